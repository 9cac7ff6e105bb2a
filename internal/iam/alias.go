package iam

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) aliases() []api.Op {
	return []api.Op{
		api.Do(iamshape.OpCreateAccountAlias, anything, createAccountAlias),
		api.Do(iamshape.OpDeleteAccountAlias, anything, deleteAccountAlias),
		api.Read(iamshape.OpListAccountAliases, anything, s.listAccountAliases),
	}
}

// aliasClaim prefixes the claims of account aliases.
const aliasClaim = "alias/"

// AliasClaim is the claim under which the store finds an account by its alias.
func AliasClaim(alias string) string { return aliasClaim + alias }

// ErrAliasTaken is the answer to an alias that an account has, this one or,
// as the commit of the claim tells, another.
func ErrAliasTaken(alias string) error {
	return awserr.Newf("EntityAlreadyExists", "The account alias %s already exists.", alias)
}

// createAccountAlias gives the account its one alias; an alias it had is
// replaced. What looks like an account number is refused, so that the two can
// stand for each other in the address of the sign-in page.
func createAccountAlias(c *api.Call, tx *account.Tx, in *iamshape.CreateAccountAliasInput) error {
	old := tx.View().Settings().Alias
	switch {
	case awsid.ValidAccountID(in.AccountAlias):
		return awserr.New("ValidationError", "The specified value for accountAlias is invalid. It must not be a number of 12 digits.")
	case in.AccountAlias == old:
		return ErrAliasTaken(old)
	case old != "":
		c.Drop(AliasClaim(old))
	}
	c.Claim(AliasClaim(in.AccountAlias), ErrAliasTaken(in.AccountAlias))
	setAlias(tx, in.AccountAlias)
	return nil
}

func deleteAccountAlias(c *api.Call, tx *account.Tx, in *iamshape.DeleteAccountAliasInput) error {
	if in.AccountAlias != tx.View().Settings().Alias {
		return awserr.Newf("NoSuchEntity", "The account alias %s cannot be found.", in.AccountAlias)
	}
	c.Drop(AliasClaim(in.AccountAlias))
	setAlias(tx, "")
	return nil
}

func setAlias(tx *account.Tx, alias string) {
	settings := tx.View().Settings().Clone()
	settings.Alias = alias
	tx.PutSettings(settings)
}

func (s *Service) listAccountAliases(c *api.Call, v *account.View, in *iamshape.ListAccountAliasesInput) (*iamshape.ListAccountAliasesOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var aliases []string
	if a := v.Settings().Alias; a != "" {
		aliases = append(aliases, a)
	}
	aliases = take(p, slices.Values(aliases), func(a string) string { return a })
	return &iamshape.ListAccountAliasesOutput{AccountAliases: aliases, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
