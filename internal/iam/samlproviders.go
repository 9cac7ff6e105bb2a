package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) samlProviders() []api.Op { return nil }
