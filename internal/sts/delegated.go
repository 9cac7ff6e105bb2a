package sts

import "github.com/aratame/aratame/internal/api"

func (s *Service) delegated() []api.Op { return nil }
