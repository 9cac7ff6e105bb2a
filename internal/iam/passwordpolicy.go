package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) passwordPolicy() []api.Op {
	return []api.Op{
		api.Do(iamshape.OpUpdateAccountPasswordPolicy, anything, updatePasswordPolicy),
		api.Read(iamshape.OpGetAccountPasswordPolicy, anything, getPasswordPolicy),
		api.Do(iamshape.OpDeleteAccountPasswordPolicy, anything, deletePasswordPolicy),
	}
}

// updatePasswordPolicy sets every rule: one that the request leaves out gets
// its default, whatever it was.
func updatePasswordPolicy(_ *api.Call, tx *account.Tx, in *iamshape.UpdateAccountPasswordPolicyInput) error {
	p := &account.PasswordPolicy{
		MinLength: account.MinPasswordLength,
		Symbols:   shape.Value(in.RequireSymbols), Numbers: shape.Value(in.RequireNumbers),
		Uppercase: shape.Value(in.RequireUppercaseCharacters), Lowercase: shape.Value(in.RequireLowercaseCharacters),
		AllowChange: shape.Value(in.AllowUsersToChangePassword), MaxAge: int(shape.Value(in.MaxPasswordAge)),
		ReusePrevention: int(shape.Value(in.PasswordReusePrevention)),
		HardExpiry:      shape.Value(in.HardExpiry), HardExpirySet: in.HardExpiry != nil,
	}
	if in.MinimumPasswordLength != nil {
		p.MinLength = int(*in.MinimumPasswordLength)
	}
	settings := tx.View().Settings().Clone()
	settings.PasswordPolicy = p
	tx.PutSettings(settings)
	return nil
}

func getPasswordPolicy(_ *api.Call, v *account.View, _ *iamshape.GetAccountPasswordPolicyInput) (*iamshape.GetAccountPasswordPolicyOutput, error) {
	p := v.Settings().PasswordPolicy
	if p == nil {
		return nil, awserr.Newf("NoSuchEntity", "The Password Policy with domain name %s cannot be found.", v.Account())
	}
	out := &iamshape.PasswordPolicy{
		MinimumPasswordLength: shape.Ptr(int32(p.MinLength)),
		RequireSymbols:        &p.Symbols, RequireNumbers: &p.Numbers,
		RequireUppercaseCharacters: &p.Uppercase, RequireLowercaseCharacters: &p.Lowercase,
		AllowUsersToChangePassword: &p.AllowChange, ExpirePasswords: shape.Ptr(p.MaxAge > 0),
	}
	if p.MaxAge > 0 {
		out.MaxPasswordAge = shape.Ptr(int32(p.MaxAge))
	}
	if p.ReusePrevention > 0 {
		out.PasswordReusePrevention = shape.Ptr(int32(p.ReusePrevention))
	}
	if p.HardExpirySet {
		out.HardExpiry = &p.HardExpiry
	}
	return &iamshape.GetAccountPasswordPolicyOutput{PasswordPolicy: out}, nil
}

func deletePasswordPolicy(_ *api.Call, tx *account.Tx, _ *iamshape.DeleteAccountPasswordPolicyInput) error {
	if tx.View().Settings().PasswordPolicy == nil {
		return awserr.New("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
	}
	settings := tx.View().Settings().Clone()
	settings.PasswordPolicy = nil
	tx.PutSettings(settings)
	return nil
}
