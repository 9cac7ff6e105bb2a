package sts

import "github.com/aratame/aratame/internal/api"

func (s *Service) webIdentity() []api.Op { return nil }
