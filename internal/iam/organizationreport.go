package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) organizationReport() []api.Op { return nil }
