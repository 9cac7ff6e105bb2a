package sts

import (
	"errors"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
)

func (s *Service) getCallerIdentity(c *api.Call, _ *account.View, _ *stsshape.GetCallerIdentityInput) (*stsshape.GetCallerIdentityOutput, error) {
	id := c.Caller.UserID()
	return &stsshape.GetCallerIdentityOutput{
		Account: &c.Caller.Principal.Account, Arn: &c.Caller.Principal.ARN, UserId: &id,
	}, nil
}

// getAccessKeyInfo tells the account of a key, whether or not the key still
// exists: the number is part of its id. A key that the operator chose is known
// by its claim.
func (s *Service) getAccessKeyInfo(c *api.Call, _ *account.View, in *stsshape.GetAccessKeyInfoInput) (*stsshape.GetAccessKeyInfoOutput, error) {
	acct, err := s.Claims.Resolve(c.Context, api.KeyClaim(in.AccessKeyId))
	if errors.Is(err, store.ErrNotFound) {
		var ok bool
		if acct, ok = awsid.AccountOfKeyID(in.AccessKeyId); !ok {
			return nil, awserr.New("ValidationError", "The access key ID is not valid.")
		}
	} else if err != nil {
		return nil, err
	}
	return &stsshape.GetAccessKeyInfoOutput{Account: &acct}, nil
}

func (s *Service) decodeAuthorizationMessage(c *api.Call, _ *account.View, in *stsshape.DecodeAuthorizationMessageInput) (*stsshape.DecodeAuthorizationMessageOutput, error) {
	text, err := api.OpenDenial(s.Secrets, c.Caller.Account(), in.EncodedMessage)
	if err != nil {
		return nil, err
	}
	return &stsshape.DecodeAuthorizationMessageOutput{DecodedMessage: &text}, nil
}
