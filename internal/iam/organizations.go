package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) organizationsFeatures() []api.Op { return nil }
