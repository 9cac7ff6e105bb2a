package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) grantingAccess() []api.Op { return nil }
