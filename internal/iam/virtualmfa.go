package iam

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/totp"
)

// virtualMFADevices are the operations on the devices themselves, whoever has
// them; those on the devices of a user are in mfadevices.go.
func (s *Service) virtualMFADevices() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpCreateVirtualMFADevice,
			func(_ *api.Call, v *account.View, in *iamshape.CreateVirtualMFADeviceInput) (api.Target, error) {
				return withNewTags(newTarget(v, "mfa", in.Path, in.VirtualMFADeviceName), "iam:TagMFADevice", in.Tags), nil
			}, s.prepareVirtualMFADevice, s.createVirtualMFADevice),
		api.Do(iamshape.OpDeleteVirtualMFADevice,
			func(c *api.Call, v *account.View, in *iamshape.DeleteVirtualMFADeviceInput) (api.Target, error) {
				// A session of AssumeRoot may delete what is root's, by task policies
				// that name the root user alone.
				if c.Caller.Session != nil && c.Caller.Session.Kind == session.AssumedRoot && in.SerialNumber == rootSerial(v) {
					return api.Target{Resource: awsid.Root(v.Account()), Shown: in.SerialNumber}, nil
				}
				return deviceTarget(v, in.SerialNumber), nil
			}, deleteVirtualMFADevice),
		api.Read(iamshape.OpListVirtualMFADevices, anything, s.listVirtualMFADevices),
		api.Do(iamshape.OpTagMFADevice,
			func(_ *api.Call, v *account.View, in *iamshape.TagMFADeviceInput) (api.Target, error) {
				t := deviceTarget(v, in.SerialNumber)
				t.RequestTags = tagsFrom(in.Tags)
				return t, nil
			}, tagMFADevice),
		api.Do(iamshape.OpUntagMFADevice,
			func(_ *api.Call, v *account.View, in *iamshape.UntagMFADeviceInput) (api.Target, error) {
				t := deviceTarget(v, in.SerialNumber)
				t.TagKeys = in.TagKeys
				return t, nil
			}, untagMFADevice),
		api.Read(iamshape.OpListMFADeviceTags,
			onDevice(func(in *iamshape.ListMFADeviceTagsInput) string { return in.SerialNumber }), s.listMFADeviceTags),
	}
}

func onDevice[I any](serial func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return deviceTarget(v, serial(in)), nil }
}

// deviceTarget is that of a device, which requests name by its ARN.
func deviceTarget(v *account.View, serial string) api.Target {
	if d := v.MFADevice(serial); d != nil {
		return api.Target{Resource: serial, Tags: d.Tags}
	}
	return api.Target{Resource: serial}
}

func findDevice(v *account.View, serial string) (*account.MFADevice, error) {
	if d := v.MFADevice(serial); d != nil {
		return d, nil
	}
	return nil, errNoDevice(serial)
}

// maxSerial is the longest serial number that other operations take.
const maxSerial = 256

// A newDevice is what is made for a virtual device before it is saved. The
// picture takes longer than all the rest.
type newDevice struct {
	seed   string
	sealed []byte
	png    []byte
}

func (s *Service) prepareVirtualMFADevice(c *api.Call, v *account.View, in *iamshape.CreateVirtualMFADeviceInput) (n newDevice, err error) {
	if err := s.mayCreateDevice(v, in); err != nil {
		return n, err
	}
	if n.seed, n.sealed, err = s.newSeed(c, v, deviceID(in)); err != nil {
		return n, err
	}
	holder := v.Settings().Alias
	if holder == "" {
		holder = v.Account()
	}
	n.png, err = totp.PNG(totp.URI(n.seed, in.VirtualMFADeviceName, holder))
	return n, err
}

func deviceID(in *iamshape.CreateVirtualMFADeviceInput) string {
	return pathOr(in.Path, "/")[1:] + in.VirtualMFADeviceName
}

func (s *Service) mayCreateDevice(v *account.View, in *iamshape.CreateVirtualMFADeviceInput) error {
	if _, err := exactTags.add(nil, in.Tags); err != nil {
		return err
	}
	if over := len(awsid.IAM(v.Account(), "mfa", pathOr(in.Path, "/"), in.VirtualMFADeviceName)) - maxSerial; over > 0 {
		return awserr.Newf("ValidationError", "1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: Member must have length less than or equal to %d",
			max(len(in.VirtualMFADeviceName)-over, 0))
	}
	if v.MFADeviceByID(deviceID(in)) != nil {
		return awserr.New("EntityAlreadyExists", "MFA device already exists.")
	}
	if n := s.Quotas.MFADevices; v.Count().MFADevices >= n {
		return errQuota("MFADevicesPerAccount", n)
	}
	return nil
}

// createVirtualMFADevice shows the seed this once.
func (s *Service) createVirtualMFADevice(c *api.Call, tx *account.Tx, in *iamshape.CreateVirtualMFADeviceInput, n newDevice) (*iamshape.CreateVirtualMFADeviceOutput, error) {
	v := tx.View()
	if err := s.mayCreateDevice(v, in); err != nil {
		return nil, err
	}
	tags, err := exactTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	d := &account.MFADevice{
		ID: deviceID(in), Name: in.VirtualMFADeviceName, Path: pathOr(in.Path, "/"), Created: c.Seconds(), Seed: n.sealed, Tags: tags,
	}
	tx.PutMFADevice(d)
	return &iamshape.CreateVirtualMFADeviceOutput{VirtualMFADevice: &iamshape.VirtualMFADevice{
		SerialNumber: shape.Ptr(d.ARN(v.Account())), Base32StringSeed: []byte(n.seed), QRCodePNG: n.png, Tags: tagsOut(d.Tags),
	}}, nil
}

func deleteVirtualMFADevice(_ *api.Call, tx *account.Tx, in *iamshape.DeleteVirtualMFADeviceInput) error {
	d, err := findDevice(tx.View(), in.SerialNumber)
	if err != nil {
		return err
	}
	if d.User != "" {
		return awserr.New("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
	}
	tx.DeleteMFADevice(d)
	return nil
}

// listVirtualMFADevices shows whose an assigned device is, and never seeds or
// tags.
func (s *Service) listVirtualMFADevices(c *api.Call, v *account.View, in *iamshape.ListVirtualMFADevicesInput) (*iamshape.ListVirtualMFADevicesOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.AssignmentStatus)
	if err != nil {
		return nil, err
	}
	status := shape.Value(in.AssignmentStatus)
	listed := where(v.MFADevices(""), func(d *account.MFADevice) bool {
		return d.Key == nil && (status != iamshape.AssignmentStatusTypeAssigned || d.User != "") &&
			(status != iamshape.AssignmentStatusTypeUnassigned || d.User == "")
	})
	out := &iamshape.ListVirtualMFADevicesOutput{VirtualMFADevices: []iamshape.VirtualMFADevice{}}
	for _, d := range takeSorted(p, slices.Collect(listed), deviceKey) {
		o := iamshape.VirtualMFADevice{SerialNumber: shape.Ptr(d.ARN(v.Account()))}
		if d.User != "" {
			o.EnableDate, o.User = &d.Enabled, s.wearerOut(v, d.User)
		}
		out.VirtualMFADevices = append(out.VirtualMFADevices, o)
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func (s *Service) wearerOut(v *account.View, id string) *iamshape.User {
	if id == account.RootID {
		return s.rootOut(v)
	}
	return shape.Ptr(s.userOut(v, v.UserByID(id)))
}

func tagMFADevice(_ *api.Call, tx *account.Tx, in *iamshape.TagMFADeviceInput) error {
	d, err := findDevice(tx.View(), in.SerialNumber)
	if err != nil {
		return err
	}
	d = d.Clone()
	if d.Tags, err = exactTags.addSome(d.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutMFADevice(d)
	return nil
}

func untagMFADevice(_ *api.Call, tx *account.Tx, in *iamshape.UntagMFADeviceInput) error {
	d, err := findDevice(tx.View(), in.SerialNumber)
	if err != nil {
		return err
	}
	d = d.Clone()
	d.Tags = exactTags.remove(d.Tags, in.TagKeys)
	tx.PutMFADevice(d)
	return nil
}

func (s *Service) listMFADeviceTags(c *api.Call, v *account.View, in *iamshape.ListMFADeviceTagsInput) (*iamshape.ListMFADeviceTagsOutput, error) {
	d, err := findDevice(v, in.SerialNumber)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &d.ID)
	if err != nil {
		return nil, err
	}
	return &iamshape.ListMFADeviceTagsOutput{Tags: takeTags(p, d.Tags), IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
