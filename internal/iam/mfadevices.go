package iam

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/totp"
)

func (s *Service) mfaDevices() []api.Op {
	return append([]api.Op{
		api.Prepared(iamshape.OpEnableMFADevice,
			func(c *api.Call, v *account.View, in *iamshape.EnableMFADeviceInput) (api.Target, error) {
				return wearerTarget(c, v, &in.UserName, in.SerialNumber)
			}, s.checkEnable, enableMFADevice),
		api.Prepared(iamshape.OpResyncMFADevice,
			func(c *api.Call, v *account.View, in *iamshape.ResyncMFADeviceInput) (api.Target, error) {
				return wearerTarget(c, v, &in.UserName, in.SerialNumber)
			}, s.checkResync, resyncMFADevice),
		api.Do(iamshape.OpDeactivateMFADevice,
			func(c *api.Call, v *account.View, in *iamshape.DeactivateMFADeviceInput) (api.Target, error) {
				return wearerTarget(c, v, in.UserName, in.SerialNumber)
			}, deactivateMFADevice),
		api.Read(iamshape.OpGetMFADevice,
			func(c *api.Call, v *account.View, in *iamshape.GetMFADeviceInput) (api.Target, error) {
				return wearerTarget(c, v, in.UserName, in.SerialNumber)
			}, getMFADevice),
		api.Read(iamshape.OpListMFADevices,
			func(c *api.Call, v *account.View, in *iamshape.ListMFADevicesInput) (api.Target, error) {
				return wearerTarget(c, v, in.UserName, "")
			}, s.listMFADevices),
	}, s.virtualMFADevices()...)
}

// rootDevice is the name of the first device of the root user, which AWS's
// console gives and audit tools know. Only root can use a device of this name.
const rootDevice = "root-account-mfa-device"

// rootName stands for the root user in the UserName of its own requests, where
// the model has no other way to say so.
const rootName = "root"

var (
	errCodes     = &awserr.Error{Code: "InvalidAuthenticationCode", Status: 403, Message: "Authentication code for device is not valid."}
	errNotWorn   = awserr.New("NoSuchEntity", "MFA Device invalid for user.")
	errInUse     = awserr.New("EntityAlreadyExists", "MFA Device is already in use.")
	errRootsOnly = awserr.New("InvalidInput", "The MFA device "+rootDevice+" can be assigned to the root user only.")
)

func errNoDevice(serial string) error {
	return awserr.Newf("NoSuchEntity", "MFA Device with serial number %s does not exist.", serial)
}

// byRoot reports whether a request of root is about root itself: it names
// nobody, or "root" where that is no IAM user, or where the device is root's by
// its name.
func byRoot(c *api.Call, v *account.View, name *string, serial string) bool {
	return isRoot(c) && (name == nil ||
		*name == rootName && (v.User(rootName) == nil || serial == rootSerial(v)))
}

func rootSerial(v *account.View) string { return awsid.IAM(v.Account(), "mfa", "/", rootDevice) }

func wearerTarget(c *api.Call, v *account.View, name *string, serial string) (api.Target, error) {
	if byRoot(c, v, name, serial) {
		return api.Target{Resource: awsid.Root(v.Account())}, nil
	}
	return selfTarget(c, v, name)
}

// A wearer is whom devices are assigned to.
type wearer struct {
	id   string  // of the user, or account.RootID
	name *string // nil for root
}

// wearerOf is the user named, else who has signed: a user, or root.
func wearerOf(c *api.Call, v *account.View, name *string, serial string) (wearer, error) {
	if byRoot(c, v, name, serial) {
		return wearer{id: account.RootID}, nil
	}
	n, err := c.UserName(name)
	if err != nil {
		return wearer{}, err
	}
	u, err := findUser(v, n)
	if err != nil {
		return wearer{}, err
	}
	return wearer{u.ID, &u.Name}, nil
}

// worn finds a device of a user's or of root's own.
func worn(c *api.Call, v *account.View, name *string, serial string) (*account.MFADevice, wearer, error) {
	w, err := wearerOf(c, v, name, serial)
	if err != nil {
		return nil, w, err
	}
	d := v.MFADevice(serial)
	switch {
	case d == nil:
		return nil, w, errNoDevice(serial)
	case d.User != w.id:
		return nil, w, errNotWorn
	}
	return d, w, nil
}

// A proof says that somebody has shown two codes of a seed, which are used up
// thereby: it is made once for a request.
type proof struct {
	seed  []byte // sealed
	drift int
}

// enableable finds the device that a request wants to assign, and for whom.
func enableable(c *api.Call, v *account.View, in *iamshape.EnableMFADeviceInput) (*account.MFADevice, wearer, error) {
	w, err := wearerOf(c, v, &in.UserName, in.SerialNumber)
	if err != nil {
		return nil, w, err
	}
	d := v.MFADevice(in.SerialNumber)
	switch {
	case d == nil:
		return nil, w, errNoDevice(in.SerialNumber)
	case d.User == w.id:
		return nil, w, awserr.Newf("EntityAlreadyExists", "MFA Device for user %s already exists.", in.UserName)
	case d.User != "":
		return nil, w, errInUse
	case w.id != account.RootID && in.SerialNumber == rootSerial(v):
		return nil, w, errRootsOnly
	}
	n := 0
	for range v.DevicesOf(w.id) {
		n++
	}
	if n >= account.MaxMFADevicesPerUser {
		return nil, w, errQuota("MFADevicesPerUser", account.MaxMFADevicesPerUser)
	}
	return d, w, nil
}

// checkEnable also takes codes of half an hour ago: the device is associated
// then, and out of sync, as AWS documents it.
func (s *Service) checkEnable(c *api.Call, v *account.View, in *iamshape.EnableMFADeviceInput) (proof, error) {
	d, _, err := enableable(c, v, in)
	if err != nil {
		return proof{}, err
	}
	device, err := s.device(v, d)
	if err != nil {
		return proof{}, err
	}
	drift, ok, err := s.Codes.Enable(c.Context, device, in.AuthenticationCode1, in.AuthenticationCode2, c.Now)
	return proved(d, drift, ok, err)
}

// device opens the seed of a virtual device.
func (s *Service) device(v *account.View, d *account.MFADevice) (totp.Device, error) {
	if d.Key != nil {
		return totp.Device{}, errCodes // a security key has none
	}
	seed, err := s.Secrets.Open(totp.SeedLabel(v.Account(), d.ID), d.Seed)
	return totp.Device{Account: v.Account(), Seed: string(seed), Drift: d.Drift}, err
}

func proved(d *account.MFADevice, drift int, ok bool, err error) (proof, error) {
	if err == nil && !ok {
		err = errCodes
	}
	return proof{d.Seed, drift}, err
}

func enableMFADevice(c *api.Call, tx *account.Tx, in *iamshape.EnableMFADeviceInput, p proof) (*iamshape.EnableMFADeviceOutput, error) {
	d, w, err := enableable(c, tx.View(), in)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(d.Seed, p.seed) { // made again under its name in the meantime
		return nil, errCodes
	}
	d = d.Clone()
	d.User, d.Enabled, d.Drift = w.id, c.Seconds(), p.drift
	tx.PutMFADevice(d)
	return nil, nil
}

func (s *Service) checkResync(c *api.Call, v *account.View, in *iamshape.ResyncMFADeviceInput) (proof, error) {
	d, _, err := worn(c, v, &in.UserName, in.SerialNumber)
	if err != nil {
		return proof{}, err
	}
	device, err := s.device(v, d)
	if err != nil {
		return proof{}, err
	}
	drift, ok, err := s.Codes.Resync(c.Context, device, in.AuthenticationCode1, in.AuthenticationCode2, c.Now)
	return proved(d, drift, ok, err)
}

func resyncMFADevice(c *api.Call, tx *account.Tx, in *iamshape.ResyncMFADeviceInput, p proof) (*iamshape.ResyncMFADeviceOutput, error) {
	d, _, err := worn(c, tx.View(), &in.UserName, in.SerialNumber)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(d.Seed, p.seed) {
		return nil, errCodes
	}
	d = d.Clone()
	d.Drift = p.drift
	tx.PutMFADevice(d)
	return nil, nil
}

// deactivateMFADevice leaves a virtual device unassigned; a security key is
// gone with its user.
func deactivateMFADevice(c *api.Call, tx *account.Tx, in *iamshape.DeactivateMFADeviceInput) error {
	d, _, err := worn(c, tx.View(), in.UserName, in.SerialNumber)
	if err != nil {
		return err
	}
	if d.Key != nil {
		tx.DeleteMFADevice(d)
		return nil
	}
	free := *d.Clone()
	free.User, free.Enabled, free.Drift = "", account.MFADevice{}.Enabled, 0
	tx.PutMFADevice(&free)
	return nil
}

// getMFADevice answers for virtual devices too, which have no certifications.
func getMFADevice(c *api.Call, v *account.View, in *iamshape.GetMFADeviceInput) (*iamshape.GetMFADeviceOutput, error) {
	d, w, err := worn(c, v, in.UserName, in.SerialNumber)
	if err != nil {
		return nil, err
	}
	out := &iamshape.GetMFADeviceOutput{SerialNumber: &in.SerialNumber, EnableDate: &d.Enabled, UserName: w.name}
	if d.Key != nil {
		out.Certifications = d.Key.Certifications
	}
	return out, nil
}

// listMFADevices lists by serial number.
func (s *Service) listMFADevices(c *api.Call, v *account.View, in *iamshape.ListMFADevicesInput) (*iamshape.ListMFADevicesOutput, error) {
	w, err := wearerOf(c, v, in.UserName, "")
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &w.id)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ListMFADevicesOutput{MFADevices: []iamshape.MFADevice{}}
	for _, d := range takeSorted(p, slices.Collect(v.DevicesOf(w.id)), deviceKey) {
		out.MFADevices = append(out.MFADevices, iamshape.MFADevice{
			EnableDate: &d.Enabled, SerialNumber: shape.Ptr(d.ARN(v.Account())), UserName: w.name,
		})
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func deviceKey(d *account.MFADevice) string { return nameKey(d.ID) }

// newSeed draws a seed for a device and seals it.
func (s *Service) newSeed(c *api.Call, v *account.View, id string) (seed string, sealed []byte, err error) {
	if seed, err = totp.NewSeed(c.Rand); err != nil {
		return "", nil, err
	}
	if sealed, err = s.Secrets.Seal(totp.SeedLabel(v.Account(), id), []byte(seed)); err != nil {
		return "", nil, fmt.Errorf("iam: sealing the seed of an MFA device: %w", err)
	}
	return seed, sealed, nil
}
