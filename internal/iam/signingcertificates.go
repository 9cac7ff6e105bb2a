package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) signingCertificates() []api.Op { return nil }
