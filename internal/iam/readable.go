package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) readableSummary() []api.Op { return nil }
