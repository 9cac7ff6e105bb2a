package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) serverCertificates() []api.Op { return nil }
