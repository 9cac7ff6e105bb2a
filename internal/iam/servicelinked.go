package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) serviceLinkedRoles() []api.Op { return nil }
