package sts

import "github.com/aratame/aratame/internal/api"

func (s *Service) saml() []api.Op { return nil }
