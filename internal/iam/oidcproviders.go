package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) oidcProviders() []api.Op { return nil }
