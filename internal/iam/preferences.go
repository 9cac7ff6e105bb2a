package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) preferences() []api.Op { return nil }
