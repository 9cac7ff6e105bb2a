package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) serviceCredentials() []api.Op { return nil }
