package iam

import (
	"fmt"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) serverCertificates() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpUploadServerCertificate, onNewServerCertificate, prepareServerCertificate, s.uploadServerCertificate),
		api.Read(iamshape.OpGetServerCertificate,
			onServerCertificate(func(in *iamshape.GetServerCertificateInput) string { return in.ServerCertificateName }), getServerCertificate),
		api.Read(iamshape.OpListServerCertificates, anything, s.listServerCertificates),
		api.Do(iamshape.OpUpdateServerCertificate, onMovedServerCertificate, updateServerCertificate),
		api.Do(iamshape.OpDeleteServerCertificate,
			onServerCertificate(func(in *iamshape.DeleteServerCertificateInput) string { return in.ServerCertificateName }), deleteServerCertificate),
		api.Do(iamshape.OpTagServerCertificate, onServerCertificateTags, tagServerCertificate),
		api.Do(iamshape.OpUntagServerCertificate, onServerCertificateUntag, untagServerCertificate),
		api.Read(iamshape.OpListServerCertificateTags,
			onServerCertificate(func(in *iamshape.ListServerCertificateTagsInput) string { return in.ServerCertificateName }), s.listServerCertificateTags),
	}
}

var ()

// serverCertificateLabel names the sealed private key of a server certificate.
func serverCertificateLabel(acct, id string) seal.Label {
	return seal.Label{Account: acct, Kind: "server-certificate", Name: id}
}

func serverCertificateTarget(v *account.View, name string) api.Target {
	if c := v.ServerCertificate(name); c != nil {
		return api.Target{Shown: "server certificate " + name, Resource: c.ARN(v.Account()), Tags: c.Tags}
	}
	return api.Target{Shown: "server certificate " + name, Resource: awsid.IAM(v.Account(), "server-certificate", "/", name)}
}

func onServerCertificate[I any](name func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) {
		return serverCertificateTarget(v, name(in)), nil
	}
}

func onNewServerCertificate(_ *api.Call, v *account.View, in *iamshape.UploadServerCertificateInput) (api.Target, error) {
	return withNewTags(newTarget(v, "server-certificate", in.Path, in.ServerCertificateName), "iam:TagServerCertificate", in.Tags), nil
}

// AWS asks for UpdateServerCertificate on the certificate as it is and as it
// will be.
func onMovedServerCertificate(_ *api.Call, v *account.View, in *iamshape.UpdateServerCertificateInput) (api.Target, error) {
	name, path := in.ServerCertificateName, "/"
	if c := v.ServerCertificate(name); c != nil {
		name, path = c.Name, c.Path
	}
	moved := awsid.IAM(v.Account(), "server-certificate", pathOr(in.NewPath, path), pathOr(in.NewServerCertificateName, name))
	return withNewARN(serverCertificateTarget(v, in.ServerCertificateName), "iam:UpdateServerCertificate", moved), nil
}

func onServerCertificateTags(_ *api.Call, v *account.View, in *iamshape.TagServerCertificateInput) (api.Target, error) {
	t := serverCertificateTarget(v, in.ServerCertificateName)
	t.RequestTags = tagsFrom(in.Tags)
	return t, nil
}

func onServerCertificateUntag(_ *api.Call, v *account.View, in *iamshape.UntagServerCertificateInput) (api.Target, error) {
	t := serverCertificateTarget(v, in.ServerCertificateName)
	t.TagKeys = in.TagKeys
	return t, nil
}

func findServerCertificate(v *account.View, name string) (*account.ServerCertificate, error) {
	if c := v.ServerCertificate(name); c != nil {
		return c, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "The Server Certificate with name %s cannot be found.", name)
}

func errServerCertificateExists(name string) error {
	return awserr.Newf("EntityAlreadyExists", "The Server Certificate with name %s already exists.", name)
}

func prepareServerCertificate(c *api.Call, _ *account.View, in *iamshape.UploadServerCertificateInput) (*keyPair, error) {
	return newKeyPair(in.CertificateBody, in.PrivateKey, in.CertificateChain, c.Now)
}

// uploadServerCertificate keeps the private key sealed; no operation gives it
// away again.
func (s *Service) uploadServerCertificate(c *api.Call, tx *account.Tx, in *iamshape.UploadServerCertificateInput, p *keyPair) (*iamshape.UploadServerCertificateOutput, error) {
	v := tx.View()
	tags, err := exactTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if v.ServerCertificate(in.ServerCertificateName) != nil {
		return nil, errServerCertificateExists(in.ServerCertificateName)
	}
	if n := s.Quotas.ServerCertificates; v.Count().ServerCertificates >= n {
		return nil, errQuota("ServerCertificatesPerAccount", n)
	}
	e := &account.ServerCertificate{
		ID: awsid.NewEntityID(c.Rand, awsid.ServerCertificatePrefix, v.Account()), Name: in.ServerCertificateName,
		Path: pathOr(in.Path, "/"), Uploaded: c.Seconds(), Expires: p.expires, Body: p.body, Chain: p.chain, Tags: tags,
	}
	if e.Key, err = s.Secrets.Seal(serverCertificateLabel(v.Account(), e.ID), []byte(p.key)); err != nil {
		return nil, fmt.Errorf("iam: sealing the key of a server certificate: %w", err)
	}
	tx.PutServerCertificate(e)
	return &iamshape.UploadServerCertificateOutput{
		ServerCertificateMetadata: shape.Ptr(certificateMetadata(v, e)), Tags: tagsOut(e.Tags),
	}, nil
}

func certificateMetadata(v *account.View, c *account.ServerCertificate) iamshape.ServerCertificateMetadata {
	return iamshape.ServerCertificateMetadata{
		Arn: shape.Ptr(c.ARN(v.Account())), Expiration: &c.Expires, Path: &c.Path,
		ServerCertificateId: &c.ID, ServerCertificateName: &c.Name, UploadDate: &c.Uploaded,
	}
}

func getServerCertificate(_ *api.Call, v *account.View, in *iamshape.GetServerCertificateInput) (*iamshape.GetServerCertificateOutput, error) {
	c, err := findServerCertificate(v, in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ServerCertificate{
		ServerCertificateMetadata: shape.Ptr(certificateMetadata(v, c)), CertificateBody: &c.Body, Tags: listTags(c.Tags),
	}
	if c.Chain != "" {
		out.CertificateChain = &c.Chain
	}
	return &iamshape.GetServerCertificateOutput{ServerCertificate: out}, nil
}

func (s *Service) listServerCertificates(c *api.Call, v *account.View, in *iamshape.ListServerCertificatesInput) (*iamshape.ListServerCertificatesOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	some := where(v.ServerCertificates(p.after), func(c *account.ServerCertificate) bool { return underPath(c.Path, in.PathPrefix) })
	out := &iamshape.ListServerCertificatesOutput{ServerCertificateMetadataList: []iamshape.ServerCertificateMetadata{}}
	for _, c := range take(p, some, func(c *account.ServerCertificate) string { return nameKey(c.Name) }) {
		out.ServerCertificateMetadataList = append(out.ServerCertificateMetadataList, certificateMetadata(v, c))
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// updateServerCertificate renames or moves a certificate; its id and tags stay.
func updateServerCertificate(_ *api.Call, tx *account.Tx, in *iamshape.UpdateServerCertificateInput) error {
	c, err := findServerCertificate(tx.View(), in.ServerCertificateName)
	if err != nil {
		return err
	}
	c = c.Clone()
	if in.NewServerCertificateName != nil {
		if other := tx.View().ServerCertificate(*in.NewServerCertificateName); other != nil && other.ID != c.ID {
			return errServerCertificateExists(*in.NewServerCertificateName)
		}
		c.Name = *in.NewServerCertificateName
	}
	c.Path = pathOr(in.NewPath, c.Path)
	tx.PutServerCertificate(c)
	return nil
}

func deleteServerCertificate(_ *api.Call, tx *account.Tx, in *iamshape.DeleteServerCertificateInput) error {
	c, err := findServerCertificate(tx.View(), in.ServerCertificateName)
	if err != nil {
		return err
	}
	tx.DeleteServerCertificate(c)
	return nil
}

func tagServerCertificate(_ *api.Call, tx *account.Tx, in *iamshape.TagServerCertificateInput) error {
	c, err := findServerCertificate(tx.View(), in.ServerCertificateName)
	if err != nil {
		return err
	}
	c = c.Clone()
	if c.Tags, err = exactTags.addSome(c.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutServerCertificate(c)
	return nil
}

func untagServerCertificate(_ *api.Call, tx *account.Tx, in *iamshape.UntagServerCertificateInput) error {
	c, err := findServerCertificate(tx.View(), in.ServerCertificateName)
	if err != nil {
		return err
	}
	if len(in.TagKeys) == 0 {
		return errNoTagKeys
	}
	c = c.Clone()
	c.Tags = exactTags.remove(c.Tags, in.TagKeys)
	tx.PutServerCertificate(c)
	return nil
}

func (s *Service) listServerCertificateTags(c *api.Call, v *account.View, in *iamshape.ListServerCertificateTagsInput) (*iamshape.ListServerCertificateTagsOutput, error) {
	e, err := findServerCertificate(v, in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &e.ID)
	if err != nil {
		return nil, err
	}
	return &iamshape.ListServerCertificateTagsOutput{Tags: takeTags(p, e.Tags), IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
