package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) passwordPolicy() []api.Op { return nil }
