package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) credentialReport() []api.Op { return nil }
