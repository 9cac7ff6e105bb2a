package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) outboundFederation() []api.Op { return nil }
