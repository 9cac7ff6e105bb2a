package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) roleTemplates() []api.Op { return nil }
