package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) loginProfiles() []api.Op { return nil }
