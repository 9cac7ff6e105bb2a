package iam

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) sshKeys() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpUploadSSHPublicKey,
			onUser(func(in *iamshape.UploadSSHPublicKeyInput) string { return in.UserName }), uploadSSHPublicKey),
		api.Read(iamshape.OpGetSSHPublicKey,
			onUser(func(in *iamshape.GetSSHPublicKeyInput) string { return in.UserName }), getSSHPublicKey),
		api.Read(iamshape.OpListSSHPublicKeys,
			func(c *api.Call, v *account.View, in *iamshape.ListSSHPublicKeysInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, s.listSSHPublicKeys),
		api.Do(iamshape.OpUpdateSSHPublicKey,
			onUser(func(in *iamshape.UpdateSSHPublicKeyInput) string { return in.UserName }), updateSSHPublicKey),
		api.Do(iamshape.OpDeleteSSHPublicKey,
			onUser(func(in *iamshape.DeleteSSHPublicKeyInput) string { return in.UserName }), deleteSSHPublicKey),
	}
}

// minModulus is the shortest RSA key that IAM takes for SSH, in bits.
const minModulus = 2048

var (
	errKeyEncoding  = awserr.New("UnrecognizedPublicKeyEncoding", "Invalid public key uploaded.")
	errKeyBody      = awserr.New("InvalidPublicKey", "Invalid body for public key")
	errDuplicateKey = awserr.New("DuplicateSSHPublicKey", "Duplicate SSH public key uploaded.")
)

func onUser[I any](name func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return userTarget(v, name(in)), nil }
}

// parseSSHKey reads an RSA public key of 2048 to 16384 bits: a line "ssh-rsa
// BASE64", with a comment or without, or PEM of PKIX or PKCS #1. It returns
// UnrecognizedPublicKeyEncoding for anything that is neither, and
// InvalidPublicKey for what is but holds no such key.
func parseSSHKey(body string) (ssh.PublicKey, error) {
	var wire []byte
	if line := strings.TrimSpace(body); strings.HasPrefix(line, ssh.KeyAlgoRSA+" ") && !strings.ContainsAny(line, "\r\n") {
		var err error
		if wire, err = base64.StdEncoding.DecodeString(strings.Fields(line)[1]); err != nil {
			return nil, errKeyBody
		}
	} else {
		public, err := pemPublicKey(body)
		if err != nil {
			return nil, err
		}
		key, err := ssh.NewPublicKey(public)
		if err != nil {
			return nil, errKeyBody
		}
		wire = key.Marshal()
	}
	key, err := ssh.ParsePublicKey(wire) // PEM can hold exponents that SSH can't
	if err != nil {
		return nil, errKeyBody
	}
	public, err := rsaKey(key)
	if err != nil || public.N.BitLen() < minModulus || public.N.BitLen() > maxModulus || public.N.Bit(0) == 0 {
		return nil, errKeyBody
	}
	return key, nil
}

func pemPublicKey(text string) (key any, err error) {
	blocks, ok := pemBlocks(text, 1)
	if !ok {
		return nil, errKeyEncoding
	}
	switch blocks[0].Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(blocks[0].Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(blocks[0].Bytes)
	default:
		return nil, errKeyEncoding
	}
	if err != nil {
		return nil, errKeyBody
	}
	return key, nil
}

func rsaKey(key ssh.PublicKey) (*rsa.PublicKey, error) {
	if k, ok := key.(ssh.CryptoPublicKey); ok {
		if public, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok {
			return public, nil
		}
	}
	return nil, errKeyBody
}

// sshLine is a key as GetSSHPublicKey shows it: without a comment.
func sshLine(key ssh.PublicKey) string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(key)), "\n")
}

// uploadSSHPublicKey answers with the body that was sent. The key alone is kept:
// GetSSHPublicKey shows no comment. Another user may have the same key.
func uploadSSHPublicKey(c *api.Call, tx *account.Tx, in *iamshape.UploadSSHPublicKeyInput) (*iamshape.UploadSSHPublicKeyOutput, error) {
	v := tx.View()
	u, err := findUser(v, in.UserName)
	if err != nil {
		return nil, err
	}
	key, err := parseSSHKey(in.SSHPublicKeyBody)
	if err != nil {
		return nil, err
	}
	line := sshLine(key)
	if slices.ContainsFunc(u.SSHKeys, func(k account.SSHKey) bool { return k.Body == line }) {
		return nil, errDuplicateKey
	}
	if len(u.SSHKeys) >= account.MaxSSHKeysPerUser {
		return nil, errQuota("SSHPublicKeysPerUser", account.MaxSSHKeysPerUser)
	}
	k := account.SSHKey{
		ID: awsid.NewAccessKeyID(c.Rand, awsid.PublicKeyPrefix, v.Account()), Body: line, Fingerprint: ssh.FingerprintLegacyMD5(key),
		Status: account.Active, Uploaded: c.Seconds(),
	}
	u = u.Clone()
	u.SSHKeys = append(u.SSHKeys, k)
	tx.PutUser(u)
	return &iamshape.UploadSSHPublicKeyOutput{SSHPublicKey: shownSSHKey(u, &k, in.SSHPublicKeyBody)}, nil
}

func shownSSHKey(u *account.User, k *account.SSHKey, body string) *iamshape.SSHPublicKey {
	return &iamshape.SSHPublicKey{
		UserName: &u.Name, SSHPublicKeyId: &k.ID, Fingerprint: &k.Fingerprint, SSHPublicKeyBody: &body, Status: &k.Status, UploadDate: &k.Uploaded,
	}
}

// findSSHKey gives a user's key by its index. IAM has other words for the key
// of another user than for that of nobody.
func findSSHKey(v *account.View, user, id string) (*account.User, int, error) {
	u, err := findUser(v, user)
	if err != nil {
		return nil, 0, err
	}
	has := func(k account.SSHKey) bool { return k.ID == id }
	if i := slices.IndexFunc(u.SSHKeys, has); i >= 0 {
		return u, i, nil
	}
	for other := range v.Users("") {
		if slices.ContainsFunc(other.SSHKeys, has) {
			return nil, 0, awserr.Newf("NoSuchEntity", "User has no Public Key with id %s.", id)
		}
	}
	return nil, 0, awserr.Newf("NoSuchEntity", "The Public Key with id %s cannot be found.", id)
}

func getSSHPublicKey(_ *api.Call, v *account.View, in *iamshape.GetSSHPublicKeyInput) (*iamshape.GetSSHPublicKeyOutput, error) {
	u, i, err := findSSHKey(v, in.UserName, in.SSHPublicKeyId)
	if err != nil {
		return nil, err
	}
	k := &u.SSHKeys[i]
	body := k.Body
	if in.Encoding == "PEM" {
		if body, err = sshPEM(k.Body); err != nil {
			return nil, fmt.Errorf("iam: SSH key %s is damaged: %v", k.ID, err) // the server's failure, not the request's
		}
	}
	return &iamshape.GetSSHPublicKeyOutput{SSHPublicKey: shownSSHKey(u, k, body)}, nil
}

func sshPEM(line string) (string, error) {
	key, err := parseSSHKey(line)
	if err != nil {
		return "", err
	}
	public, err := rsaKey(key)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// listSSHPublicKeys lists the oldest key first. Root has none and can't have.
func (s *Service) listSSHPublicKeys(c *api.Call, v *account.View, in *iamshape.ListSSHPublicKeysInput) (*iamshape.ListSSHPublicKeysOutput, error) {
	name, err := c.UserName(in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := findUser(v, name)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &u.ID)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ListSSHPublicKeysOutput{SSHPublicKeys: []iamshape.SSHPublicKeyMetadata{}}
	for _, k := range takeSorted(p, u.SSHKeys, func(k account.SSHKey) string { return ageKey(k.Uploaded, k.ID) }) {
		out.SSHPublicKeys = append(out.SSHPublicKeys, iamshape.SSHPublicKeyMetadata{
			UserName: &u.Name, SSHPublicKeyId: &k.ID, Status: &k.Status, UploadDate: &k.Uploaded,
		})
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func updateSSHPublicKey(_ *api.Call, tx *account.Tx, in *iamshape.UpdateSSHPublicKeyInput) error {
	u, i, err := findSSHKey(tx.View(), in.UserName, in.SSHPublicKeyId)
	if err != nil {
		return err
	}
	if in.Status != account.Active && in.Status != account.Inactive {
		return errStatusExpired
	}
	u = u.Clone()
	u.SSHKeys[i].Status = in.Status
	tx.PutUser(u)
	return nil
}

func deleteSSHPublicKey(_ *api.Call, tx *account.Tx, in *iamshape.DeleteSSHPublicKeyInput) error {
	u, i, err := findSSHKey(tx.View(), in.UserName, in.SSHPublicKeyId)
	if err != nil {
		return err
	}
	u = u.Clone()
	u.SSHKeys = slices.Delete(u.SSHKeys, i, i+1)
	tx.PutUser(u)
	return nil
}
