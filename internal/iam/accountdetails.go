package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) accountDetails() []api.Op { return nil }
