package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) accountProperties() []api.Op { return nil }
