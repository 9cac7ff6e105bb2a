package iam

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/saml"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) samlProviders() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpCreateSAMLProvider, onNewSAMLProvider, readNewSAML, s.createSAMLProvider),
		api.Read(iamshape.OpGetSAMLProvider,
			onSAMLProvider(func(in *iamshape.GetSAMLProviderInput) string { return in.SAMLProviderArn }), getSAMLProvider),
		api.Read(iamshape.OpListSAMLProviders, anything, listSAMLProviders),
		api.Prepared(iamshape.OpUpdateSAMLProvider,
			onSAMLProvider(func(in *iamshape.UpdateSAMLProviderInput) string { return in.SAMLProviderArn }), readSAMLUpdate, s.updateSAMLProvider),
		api.Do(iamshape.OpDeleteSAMLProvider,
			onSAMLProvider(func(in *iamshape.DeleteSAMLProviderInput) string { return in.SAMLProviderArn }), deleteSAMLProvider),
		api.Do(iamshape.OpTagSAMLProvider, onSAMLTags, tagSAMLProvider),
		api.Do(iamshape.OpUntagSAMLProvider, onSAMLUntag, untagSAMLProvider),
		api.Read(iamshape.OpListSAMLProviderTags,
			onSAMLProvider(func(in *iamshape.ListSAMLProviderTagsInput) string { return in.SAMLProviderArn }), s.listSAMLProviderTags),
	}
}

// samlValidity is how long a provider whose metadata has no validUntil is valid:
// AWS shows a hundred years from its creation.
const samlValidity = 100 // years

var (
	errMetadata        = awserr.New("InvalidInput", "Could not parse metadata")
	errMetadataKey     = awserr.New("InvalidInput", "Unable to parse metadata")
	errMetadataOver    = awserr.New("InvalidInput", "The validity of the metadata document has ended.")
	errSAMLPrivateKey  = awserr.New("InvalidInput", "The private key must be an unencrypted RSA key of 2048 to 8192 bits in PEM format.")
	errSAMLNoUpdates   = awserr.New("ValidationError", "Unable to update identity provider. No updates are defined for metadata or encryption assertion.")
	errSAMLKeyRotation = awserr.New("ValidationError", "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.")
)

// A provider is named by its ARN. It is the resource as it stands in the
// request: the ARN of another provider, in another account or in another case
// is found by nobody.

func samlTarget(v *account.View, arn string) (api.Target, error) {
	if _, err := samlARN(arn); err != nil {
		return api.Target{}, err
	}
	t := api.Target{Resource: arn}
	if p := samlProvider(v, arn); p != nil {
		t.Tags = p.Tags
	}
	return t, nil
}

func onSAMLProvider[I any](arn func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return samlTarget(v, arn(in)) }
}

func onNewSAMLProvider(_ *api.Call, v *account.View, in *iamshape.CreateSAMLProviderInput) (api.Target, error) {
	return withNewTags(newTarget(v, "saml-provider", nil, in.Name), "iam:TagSAMLProvider", in.Tags), nil
}

func onSAMLTags(_ *api.Call, v *account.View, in *iamshape.TagSAMLProviderInput) (api.Target, error) {
	t, err := samlTarget(v, in.SAMLProviderArn)
	t.RequestTags = tagsFrom(in.Tags)
	return t, err
}

func onSAMLUntag(_ *api.Call, v *account.View, in *iamshape.UntagSAMLProviderInput) (api.Target, error) {
	t, err := samlTarget(v, in.SAMLProviderArn)
	t.TagKeys = in.TagKeys
	return t, err
}

// samlARN gives the name of the provider that an ARN is for. An ARN that is for
// something else can't be one of a provider.
func samlARN(arn string) (name string, err error) {
	a, err := awsid.ParseARN(arn)
	if err != nil {
		return "", awserr.Newf("ValidationError", "ARN %s is not valid.", arn)
	}
	name, ok := strings.CutPrefix(a.Resource, "saml-provider/")
	if !ok || name == "" || a.Partition != awsid.Partition || a.Service != "iam" || a.Region != "" || !awsid.ValidAccountID(a.Account) {
		return "", awserr.Newf("InvalidInput", "ARN %s is not valid.", arn)
	}
	return name, nil
}

// samlProvider finds the provider of exactly this ARN, or nil.
func samlProvider(v *account.View, arn string) *account.SAMLProvider {
	name, err := samlARN(arn)
	if err != nil {
		return nil
	}
	if p := v.SAMLProvider(name); p != nil && p.ARN(v.Account()) == arn {
		return p
	}
	return nil
}

func findSAMLProvider(v *account.View, arn string) (*account.SAMLProvider, error) {
	if p := samlProvider(v, arn); p != nil {
		return p, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "Manifest not found for arn %s", arn)
}

// readSAML reads a metadata document, which may be long, and checks a private
// key. Nil ones are left out.
func readSAML(c *api.Call, document, key *string) (*saml.Metadata, error) {
	var m *saml.Metadata
	if document != nil {
		var err error
		if m, err = saml.ParseMetadata(*document); err != nil {
			var refused *saml.MetadataError
			switch {
			case saml.ErrSmallKey(err):
				return nil, errMetadataKey
			case errors.As(err, &refused):
				e := *errMetadata
				e.Message += ": " + refused.Reason
				return nil, &e
			}
			return nil, err
		}
		if !m.ValidUntil.IsZero() && !c.Now.Before(m.ValidUntil) {
			return nil, errMetadataOver
		}
	}
	if key != nil {
		if _, err := saml.ParsePrivateKey([]byte(*key)); err != nil {
			return nil, errSAMLPrivateKey
		}
	}
	return m, nil
}

func readNewSAML(c *api.Call, _ *account.View, in *iamshape.CreateSAMLProviderInput) (*saml.Metadata, error) {
	return readSAML(c, &in.SAMLMetadataDocument, in.AddPrivateKey)
}

func readSAMLUpdate(c *api.Call, _ *account.View, in *iamshape.UpdateSAMLProviderInput) (*saml.Metadata, error) {
	return readSAML(c, in.SAMLMetadataDocument, in.AddPrivateKey)
}

// useMetadata sets what a metadata document says.
func useMetadata(c *api.Call, p *account.SAMLProvider, document string, m *saml.Metadata) {
	p.Metadata, p.Issuers, p.ValidUntil = document, nil, m.ValidUntil.Truncate(time.Second)
	for _, i := range m.Issuers {
		p.Issuers = append(p.Issuers, account.SAMLIssuer{EntityID: i.EntityID, Certificates: i.Certificates})
	}
	if m.ValidUntil.IsZero() {
		p.ValidUntil = c.Seconds().AddDate(samlValidity, 0, 0)
	}
}

func (s *Service) addSAMLKey(c *api.Call, v *account.View, p *account.SAMLProvider, key string) error {
	if len(p.Keys) >= account.MaxSAMLKeys {
		return awserr.Newf("LimitExceeded", "Private key limit of %d is reached.", account.MaxSAMLKeys)
	}
	k := account.SAMLKey{ID: samlID(c.Rand, "SAMLPK"), Added: c.Seconds()}
	var err error
	if k.Private, err = s.Secrets.Seal(saml.KeyLabel(v.Account(), p.ID, k.ID), []byte(key)); err != nil {
		return fmt.Errorf("iam: sealing a private key: %w", err)
	}
	p.Keys = append(p.Keys, k)
	return nil
}

// samlID makes an id of 22 capital letters and figures, as those of AWS are.
func samlID(rand io.Reader, prefix string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var b [16]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		panic("iam: no randomness: " + err.Error())
	}
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return prefix + string(b[:])
}

func (s *Service) createSAMLProvider(c *api.Call, tx *account.Tx, in *iamshape.CreateSAMLProviderInput, m *saml.Metadata) (*iamshape.CreateSAMLProviderOutput, error) {
	v := tx.View()
	tags, err := exactTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if v.SAMLProvider(in.Name) != nil {
		return nil, awserr.Newf("EntityAlreadyExists", "Provider with name %s already exists.", in.Name)
	}
	if n := s.Quotas.SAMLProviders; v.Count().SAMLProviders >= n {
		return nil, errQuota("SAMLProvidersPerAccount", n)
	}
	p := &account.SAMLProvider{
		ID: samlID(c.Rand, "SAMLSP"), Name: in.Name, Created: c.Seconds(), EncryptionMode: pathOr(in.AssertionEncryptionMode, account.EncryptionAllowed), Tags: tags,
	}
	useMetadata(c, p, in.SAMLMetadataDocument, m)
	if in.AddPrivateKey != nil {
		if err := s.addSAMLKey(c, v, p, *in.AddPrivateKey); err != nil {
			return nil, err
		}
	}
	if p.EncryptionMode == account.EncryptionRequired && len(p.Keys) == 0 {
		return nil, awserr.New("ValidationError", "Unable to set assertion encryption mode to Required because no private key is provided.")
	}
	tx.PutSAMLProvider(p)
	return &iamshape.CreateSAMLProviderOutput{SAMLProviderArn: shape.Ptr(p.ARN(v.Account())), Tags: tagsOut(p.Tags)}, nil
}

func getSAMLProvider(_ *api.Call, v *account.View, in *iamshape.GetSAMLProviderInput) (*iamshape.GetSAMLProviderOutput, error) {
	p, err := findSAMLProvider(v, in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	out := &iamshape.GetSAMLProviderOutput{
		AssertionEncryptionMode: &p.EncryptionMode, CreateDate: &p.Created, ValidUntil: &p.ValidUntil, PrivateKeyList: []iamshape.SAMLPrivateKey{},
		SAMLMetadataDocument: &p.Metadata, SAMLProviderUUID: &p.ID, Tags: listTags(p.Tags),
	}
	for _, k := range p.Keys {
		out.PrivateKeyList = append(out.PrivateKeyList, iamshape.SAMLPrivateKey{KeyId: &k.ID, Timestamp: &k.Added})
	}
	return out, nil
}

func listSAMLProviders(_ *api.Call, v *account.View, _ *iamshape.ListSAMLProvidersInput) (*iamshape.ListSAMLProvidersOutput, error) {
	out := &iamshape.ListSAMLProvidersOutput{SAMLProviderList: []iamshape.SAMLProviderListEntry{}}
	for p := range v.SAMLProviders("") {
		out.SAMLProviderList = append(out.SAMLProviderList, iamshape.SAMLProviderListEntry{
			Arn: shape.Ptr(p.ARN(v.Account())), CreateDate: &p.Created, ValidUntil: &p.ValidUntil,
		})
	}
	return out, nil
}

// updateSAMLProvider changes what the request names. A key is taken out by a
// request of its own, as the API's reference has it.
func (s *Service) updateSAMLProvider(c *api.Call, tx *account.Tx, in *iamshape.UpdateSAMLProviderInput, m *saml.Metadata) (*iamshape.UpdateSAMLProviderOutput, error) {
	v := tx.View()
	p, err := findSAMLProvider(v, in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	if in.AddPrivateKey != nil && in.RemovePrivateKey != nil {
		return nil, errSAMLKeyRotation
	}
	if in.SAMLMetadataDocument == nil && in.AssertionEncryptionMode == nil && in.AddPrivateKey == nil && in.RemovePrivateKey == nil {
		return nil, errSAMLNoUpdates
	}
	p = p.Clone()
	if in.SAMLMetadataDocument != nil {
		useMetadata(c, p, *in.SAMLMetadataDocument, m)
	}
	if in.AddPrivateKey != nil {
		if err := s.addSAMLKey(c, v, p, *in.AddPrivateKey); err != nil {
			return nil, err
		}
	}
	if in.RemovePrivateKey != nil {
		i := slices.IndexFunc(p.Keys, func(k account.SAMLKey) bool { return k.ID == *in.RemovePrivateKey })
		if i < 0 {
			return nil, awserr.Newf("NoSuchEntity", "The private key with id %s cannot be found.", *in.RemovePrivateKey)
		}
		p.Keys = slices.Delete(p.Keys, i, i+1)
	}
	if in.AssertionEncryptionMode != nil {
		p.EncryptionMode = *in.AssertionEncryptionMode
	}
	if p.EncryptionMode == account.EncryptionRequired && len(p.Keys) == 0 {
		if in.RemovePrivateKey != nil {
			return nil, awserr.New("InvalidInput", "Failed to remove private key.")
		}
		return nil, awserr.New("InvalidInput", "Failed to set assertion encryption mode to Required because no private key is present.")
	}
	tx.PutSAMLProvider(p)
	return &iamshape.UpdateSAMLProviderOutput{SAMLProviderArn: &in.SAMLProviderArn}, nil
}

// deleteSAMLProvider leaves roles that name the provider as they are.
func deleteSAMLProvider(_ *api.Call, tx *account.Tx, in *iamshape.DeleteSAMLProviderInput) error {
	p, err := findSAMLProvider(tx.View(), in.SAMLProviderArn)
	if err != nil {
		return err
	}
	tx.DeleteSAMLProvider(p)
	return nil
}

func tagSAMLProvider(_ *api.Call, tx *account.Tx, in *iamshape.TagSAMLProviderInput) error {
	p, err := findSAMLProvider(tx.View(), in.SAMLProviderArn)
	if err != nil {
		return err
	}
	p = p.Clone()
	if p.Tags, err = exactTags.addSome(p.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutSAMLProvider(p)
	return nil
}

func untagSAMLProvider(_ *api.Call, tx *account.Tx, in *iamshape.UntagSAMLProviderInput) error {
	p, err := findSAMLProvider(tx.View(), in.SAMLProviderArn)
	if err != nil {
		return err
	}
	p = p.Clone()
	if len(in.TagKeys) == 0 {
		return errNoTagKeys
	}
	p.Tags = exactTags.remove(p.Tags, in.TagKeys)
	tx.PutSAMLProvider(p)
	return nil
}

func (s *Service) listSAMLProviderTags(c *api.Call, v *account.View, in *iamshape.ListSAMLProviderTagsInput) (*iamshape.ListSAMLProviderTagsOutput, error) {
	sp, err := findSAMLProvider(v, in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &sp.ID)
	if err != nil {
		return nil, err
	}
	tags := takeTags(p, sp.Tags)
	return &iamshape.ListSAMLProviderTagsOutput{Tags: tags, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
