package iam

import "github.com/aratame/aratame/internal/api"

func (s *Service) sshKeys() []api.Op { return nil }
