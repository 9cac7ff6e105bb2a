package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// keyNames collects names of condition keys, each once without regard to case,
// as it was written first.
type keyNames struct {
	names []string
	seen  map[string]bool
}

func (k *keyNames) add(doc *policy.Document) {
	for _, name := range doc.ContextKeys() {
		if folded := policy.FoldKey(name); !k.seen[folded] {
			k.seen[folded] = true
			k.names = append(k.names, name)
		}
	}
}

// addInput adds the documents of a request.
func (k *keyNames) addInput(list []string) error {
	for i, text := range list {
		doc, err := parseSimulated(text, policy.Identity)
		if err != nil {
			return invalidInput("Policy input list item %d has invalid content", i+1)
		}
		k.add(doc)
	}
	return nil
}

func newKeyNames() *keyNames { return &keyNames{names: []string{}, seen: map[string]bool{}} }

func getContextKeysForCustomPolicy(_ *api.Call, _ *account.View, in *iamshape.GetContextKeysForCustomPolicyInput) (*iamshape.GetContextKeysForCustomPolicyOutput, error) {
	k := newKeyNames()
	if err := k.addInput(in.PolicyInputList); err != nil {
		return nil, err
	}
	return &iamshape.GetContextKeysForCustomPolicyOutput{ContextKeyNames: k.names}, nil
}

// getContextKeysForPrincipalPolicy names the keys of all policies of the
// entity, its boundary included, and then those of the request.
func (s *Service) getContextKeysForPrincipalPolicy(_ *api.Call, v *account.View, in *iamshape.GetContextKeysForPrincipalPolicyInput) (*iamshape.GetContextKeysForPrincipalPolicyOutput, error) {
	from, err := s.source(v, in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	k := newKeyNames()
	for _, list := range [][]policy.Policy{from.policies.Identity, from.policies.Boundary} {
		for i := range list {
			k.add(list[i].Document)
		}
	}
	if err := k.addInput(in.PolicyInputList); err != nil {
		return nil, err
	}
	return &iamshape.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: k.names}, nil
}
