package sts

import "github.com/aratame/aratame/internal/api"

func (s *Service) outbound() []api.Op { return nil }
