package iam

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) signingCertificates() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpUploadSigningCertificate,
			func(c *api.Call, v *account.View, in *iamshape.UploadSigningCertificateInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, uploadSigningCertificate),
		api.Read(iamshape.OpListSigningCertificates,
			func(c *api.Call, v *account.View, in *iamshape.ListSigningCertificatesInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, s.listSigningCertificates),
		api.Do(iamshape.OpUpdateSigningCertificate,
			func(c *api.Call, v *account.View, in *iamshape.UpdateSigningCertificateInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, updateSigningCertificate),
		api.Do(iamshape.OpDeleteSigningCertificate,
			func(c *api.Call, v *account.View, in *iamshape.DeleteSigningCertificateInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, deleteSigningCertificate),
	}
}

var (
	errDuplicateCertificate = awserr.New("DuplicateCertificate", "Duplicate certificate uploaded.")
	errCertificateKey       = awserr.New("InvalidCertificate", "The public key of the certificate is neither RSA nor EC.")
	errStatusExpired        = awserr.New("InvalidInput", "Operation does not support status Expired")
)

type signer = holder[account.SigningCertificate]

func signerOf(c *api.Call, v *account.View, name *string) (*signer, error) {
	return holderOf(c, v, name,
		func(r *account.Root) *[]account.SigningCertificate { return &r.SigningCertificates },
		func(u *account.User) *[]account.SigningCertificate { return &u.SigningCertificates })
}

// findSigningCertificate gives the index of the signer's certificate.
func findSigningCertificate(h *signer, id string) (int, error) {
	return h.find("Certificate", id, func(c *account.SigningCertificate) string { return c.ID })
}

// signingCertificate reads a certificate that is valid now. IAM says of one that
// isn't the same as of one that can't be read.
func signingCertificate(body string, now time.Time) (*x509.Certificate, error) {
	certificates, ok := certificatesIn(body)
	if !ok || len(certificates) != 1 || now.After(certificates[0].NotAfter) || now.Before(certificates[0].NotBefore) {
		if strings.Contains(body, "PRIVATE KEY") { // the wrong file: it must not stand in the audit event
			return nil, awserr.New("MalformedCertificate", "Certificate is malformed.")
		}
		return nil, awserr.Newf("MalformedCertificate", "Certificate %s is malformed.", body)
	}
	switch certificates[0].PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return certificates[0], nil
	}
	return nil, errCertificateKey
}

// signingID is the id of a certificate: the SHA-1 of its DER in base32
// (observed). It is a name, not a proof: who asks whether two certificates are
// the same compares them.
func signingID(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return base32.StdEncoding.EncodeToString(sum[:])
}

// uploadSigningCertificate answers a certificate that the signer has already as
// IAM does: with the upload it knows, and Active, whatever its status is.
func uploadSigningCertificate(c *api.Call, tx *account.Tx, in *iamshape.UploadSigningCertificateInput) (*iamshape.UploadSigningCertificateOutput, error) {
	v := tx.View()
	o, err := signerOf(c, v, in.UserName)
	if err != nil {
		return nil, err
	}
	parsed, err := signingCertificate(in.CertificateBody, c.Now)
	if err != nil {
		return nil, err
	}
	e := account.SigningCertificate{ID: signingID(parsed), Body: in.CertificateBody, Status: account.Active, Uploaded: c.Seconds()}
	if known, owner := v.SigningCertificate(e.ID); known != nil {
		switch same, ok := certificatesIn(known.Body); {
		case !ok || !same[0].Equal(parsed):
			return nil, awserr.Newf("EntityAlreadyExists", "The Certificate with id %s already exists.", e.ID)
		case owner != o.id:
			return nil, errDuplicateCertificate
		}
		e = *known
		e.Status = account.Active
		return &iamshape.UploadSigningCertificateOutput{Certificate: shownSigningCertificate(o, &e)}, nil
	}
	if len(o.list) >= account.MaxSigningCertsPerUser {
		return nil, errQuota("CertificatesPerUser", account.MaxSigningCertsPerUser)
	}
	o.save(tx, append(o.list, e))
	return &iamshape.UploadSigningCertificateOutput{Certificate: shownSigningCertificate(o, &e)}, nil
}

func shownSigningCertificate(o *signer, c *account.SigningCertificate) *iamshape.SigningCertificate {
	return &iamshape.SigningCertificate{
		CertificateBody: &c.Body, CertificateId: &c.ID, Status: &c.Status, UploadDate: &c.Uploaded, UserName: o.name,
	}
}

// listSigningCertificates lists the oldest certificate first.
func (s *Service) listSigningCertificates(c *api.Call, v *account.View, in *iamshape.ListSigningCertificatesInput) (*iamshape.ListSigningCertificatesOutput, error) {
	o, err := signerOf(c, v, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &o.id)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ListSigningCertificatesOutput{Certificates: []iamshape.SigningCertificate{}}
	for _, e := range takeSorted(p, o.list, func(e account.SigningCertificate) string { return ageKey(e.Uploaded, e.ID) }) {
		out.Certificates = append(out.Certificates, *shownSigningCertificate(o, &e))
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// ageKey is the key of a listing by age.
func ageKey(t time.Time, id string) string { return fmt.Sprintf("%020d%s", t.Unix(), id) }

func updateSigningCertificate(c *api.Call, tx *account.Tx, in *iamshape.UpdateSigningCertificateInput) error {
	o, err := signerOf(c, tx.View(), in.UserName)
	if err != nil {
		return err
	}
	i, err := findSigningCertificate(o, in.CertificateId)
	if err != nil {
		return err
	}
	if in.Status != account.Active && in.Status != account.Inactive {
		return errStatusExpired
	}
	o.list[i].Status = in.Status
	o.save(tx, o.list)
	return nil
}

func deleteSigningCertificate(c *api.Call, tx *account.Tx, in *iamshape.DeleteSigningCertificateInput) error {
	o, err := signerOf(c, tx.View(), in.UserName)
	if err != nil {
		return err
	}
	i, err := findSigningCertificate(o, in.CertificateId)
	if err != nil {
		return err
	}
	o.save(tx, slices.Delete(o.list, i, i+1))
	return nil
}
