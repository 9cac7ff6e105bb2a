package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) lastAccessed() []api.Op { return nil }
