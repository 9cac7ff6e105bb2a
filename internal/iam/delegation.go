package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) delegationRequests() []api.Op { return nil }
