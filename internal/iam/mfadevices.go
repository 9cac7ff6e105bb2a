package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) mfaDevices() []api.Op { return nil }
