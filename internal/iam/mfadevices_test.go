package iam

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func mfaSerial(name string) string { return "arn:aws:iam::" + testAccount + ":mfa/" + name }

// newDevice makes a virtual device and returns its seed.
func newDeviceOf(x *tester, name string) (serial, seed string) {
	x.Helper()
	d := do[iamshape.CreateVirtualMFADeviceOutput](x, "CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: name}).VirtualMFADevice
	return *d.SerialNumber, string(d.Base32StringSeed)
}

// codeOf is the code of the period so many periods from now.
func codeOf(x *tester, seed string, periods int) string {
	x.Helper()
	code, err := hotp.GenerateCodeCustom(seed, uint64(x.now.Unix()/30+int64(periods)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		x.Fatal(err)
	}
	return code
}

func enabling(x *tester, user, serial, seed string, periods int) *iamshape.EnableMFADeviceInput {
	x.Helper()
	return &iamshape.EnableMFADeviceInput{
		UserName: user, SerialNumber: serial, AuthenticationCode1: codeOf(x, seed, periods-1), AuthenticationCode2: codeOf(x, seed, periods),
	}
}

// giveDevice makes a virtual device and assigns it.
func giveDevice(x *tester, user, name string) (serial, seed string) {
	x.Helper()
	serial, seed = newDeviceOf(x, name)
	x.must("EnableMFADevice", enabling(x, user, serial, seed, 0))
	return serial, seed
}

const badCode = "Authentication code for device is not valid."

const notWorn = "MFA Device invalid for user."

func noDevice(serial string) string {
	return "MFA Device with serial number " + serial + " does not exist."
}

func TestCreateVirtualMFADevice(t *testing.T) {
	x := newTest(t)
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Alias = "example"
		tx.PutSettings(s)
	})
	d := do[iamshape.CreateVirtualMFADeviceOutput](x, "CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{
		VirtualMFADeviceName: "Phone", Path: ptr("/a//b/"), Tags: tags("k", "v"),
	}).VirtualMFADevice
	if *d.SerialNumber != mfaSerial("a//b/Phone") || len(d.Base32StringSeed) != 64 || d.EnableDate != nil || d.User != nil || len(d.Tags) != 1 {
		t.Errorf("%+v", d)
	}
	if _, err := png.Decode(bytes.NewReader(d.QRCodePNG)); err != nil {
		t.Error(err)
	}
	for key, data := range x.records {
		if bytes.Contains(data, d.Base32StringSeed) {
			t.Errorf("record %s holds the seed", key)
		}
	}
	for _, name := range []string{"Phone", "phone"} {
		x.fails("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: name, Path: ptr("/a//b/")}, "EntityAlreadyExists", "MFA device already exists.")
	}
	newDeviceOf(x, "Phone") // at another path it is another device
	x.fails("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x", Path: ptr("/x")}, "ValidationError",
		"The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	x.fails("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: "x", Tags: tags("k", "1", "k", "2")}, "InvalidInput", "Duplicate tag keys found.")
	newDeviceOf(x, strings.Repeat("n", 226))
	x.fails("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: strings.Repeat("n", 226), Path: ptr("/p/")}, "ValidationError",
		"1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: Member must have length less than or equal to 224")
	x.svc.Quotas.MFADevices = 4
	newDeviceOf(x, "fourth")
	x.fails("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: "fifth"}, "LimitExceeded", "Cannot exceed quota for MFADevicesPerAccount: 4")
}

func TestEnableMFADevice(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newUser(x, "/", "Bob")
	serial, seed := newDeviceOf(x, "phone")
	for _, c := range []struct {
		name          string
		user, serial  string
		one, two      string
		code, message string
	}{
		{"no user", "Carol", serial, codeOf(x, seed, -1), codeOf(x, seed, 0), "NoSuchEntity", "The user with name Carol cannot be found."},
		{"no user, no device", "Carol", serial + "x", codeOf(x, seed, -1), codeOf(x, seed, 0), "NoSuchEntity", "The user with name Carol cannot be found."},
		{"no device", "Alice", serial + "x", codeOf(x, seed, -1), codeOf(x, seed, 0), "NoSuchEntity", noDevice(serial + "x")},
		{"hardware", "Alice", "GAHT12345678", codeOf(x, seed, -1), codeOf(x, seed, 0), "NoSuchEntity", noDevice("GAHT12345678")},
		{"the same twice", "Alice", serial, codeOf(x, seed, 0), codeOf(x, seed, 0), "InvalidAuthenticationCode", badCode},
		{"the other way round", "Alice", serial, codeOf(x, seed, 0), codeOf(x, seed, -1), "InvalidAuthenticationCode", badCode},
		{"too old", "Alice", serial, codeOf(x, seed, -62), codeOf(x, seed, -61), "InvalidAuthenticationCode", badCode},
		{"letters", "Alice", serial, "abcdef", codeOf(x, seed, 0), "ValidationError", `1 validation error detected: Value at 'authenticationCode1' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]+`},
	} {
		t.Log(c.name)
		x.fails("EnableMFADevice", &iamshape.EnableMFADeviceInput{UserName: c.user, SerialNumber: c.serial, AuthenticationCode1: c.one, AuthenticationCode2: c.two}, c.code, c.message)
	}
	x.must("EnableMFADevice", enabling(x, "ALICE", serial, seed, 0))
	for _, user := range []string{"Alice", "Bob"} {
		message := "MFA Device is already in use."
		if user == "Alice" {
			message = "MFA Device for user Alice already exists."
		}
		x.fails("EnableMFADevice", enabling(x, user, serial, seed, 2), "EntityAlreadyExists", message)
	}
	x.fails("DeleteVirtualMFADevice", &iamshape.DeleteVirtualMFADeviceInput{SerialNumber: serial}, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
	x.fails("DeleteUser", &iamshape.DeleteUserInput{UserName: "Alice"}, "DeleteConflict", "Cannot delete entity, must remove tokens from principal first.")
	list := do[iamshape.ListMFADevicesOutput](x, "ListMFADevices", &iamshape.ListMFADevicesInput{UserName: ptr("alice")})
	same(t, "devices", list, &iamshape.ListMFADevicesOutput{
		MFADevices: []iamshape.MFADevice{{EnableDate: &x.now, SerialNumber: &serial, UserName: ptr("Alice")}}, IsTruncated: ptr(false),
	})
	x.fails("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("Bob"), SerialNumber: serial}, "NoSuchEntity", notWorn)
	x.must("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("alice"), SerialNumber: serial})
	x.fails("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("alice"), SerialNumber: serial}, "NoSuchEntity", notWorn)
	if d := x.view.MFADevice(serial); d == nil || d.User != "" || !d.Enabled.IsZero() {
		t.Errorf("deactivated: %+v", d)
	}
	// The codes that enabled it are used up, also for another user.
	x.fails("EnableMFADevice", enabling(x, "Bob", serial, seed, 0), "InvalidAuthenticationCode", badCode)
	x.must("EnableMFADevice", enabling(x, "Bob", serial, seed, 2))
	x.must("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("Bob"), SerialNumber: serial})
	x.must("DeleteVirtualMFADevice", &iamshape.DeleteVirtualMFADeviceInput{SerialNumber: serial})
	x.fails("DeleteVirtualMFADevice", &iamshape.DeleteVirtualMFADeviceInput{SerialNumber: serial}, "NoSuchEntity", noDevice(serial))
	// A new device of the name starts anew.
	giveDevice(x, "Alice", "phone")
}

func TestMFADevicesPerUser(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	for i := range account.MaxMFADevicesPerUser {
		giveDevice(x, "Alice", fmt.Sprint("d", i))
		giveDevice(x, "root", fmt.Sprint("r", i))
	}
	for _, user := range []string{"Alice", "root"} {
		serial, seed := newDeviceOf(x, user+"-ninth")
		x.fails("EnableMFADevice", enabling(x, user, serial, seed, 0), "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8")
	}
	var seen []string
	for marker := (*string)(nil); ; {
		p := do[iamshape.ListMFADevicesOutput](x, "ListMFADevices", &iamshape.ListMFADevicesInput{Marker: marker, MaxItems: ptr(int32(3))})
		for _, d := range p.MFADevices {
			seen = append(seen, *d.SerialNumber)
		}
		if marker = p.Marker; !*p.IsTruncated {
			break
		}
	}
	if len(seen) != 8 || seen[0] != mfaSerial("r0") || seen[7] != mfaSerial("r7") {
		t.Error(seen)
	}
}

// A device that was associated late is out of sync until it is synchronised,
// which finds codes that are much further off.
func TestResyncMFADevice(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newUser(x, "/", "Bob")
	serial, seed := newDeviceOf(x, "phone")
	x.must("EnableMFADevice", enabling(x, "Alice", serial, seed, -50))
	if d := x.view.MFADevice(serial); d.Drift != -50 {
		t.Errorf("drift %d", d.Drift)
	}
	resync := func(user string, periods int) *iamshape.ResyncMFADeviceInput {
		in := enabling(x, user, serial, seed, periods)
		return &iamshape.ResyncMFADeviceInput{UserName: user, SerialNumber: serial, AuthenticationCode1: in.AuthenticationCode1, AuthenticationCode2: in.AuthenticationCode2}
	}
	x.fails("ResyncMFADevice", resync("Carol", 0), "NoSuchEntity", "The user with name Carol cannot be found.")
	x.fails("ResyncMFADevice", resync("Bob", 0), "NoSuchEntity", notWorn)
	x.fails("ResyncMFADevice", resync("Alice", -50), "InvalidAuthenticationCode", badCode) // used
	x.must("ResyncMFADevice", resync("alice", 0))
	if d := x.view.MFADevice(serial); d.Drift != 0 {
		t.Errorf("drift %d", d.Drift)
	}
	x.fails("ResyncMFADevice", resync("Alice", 2881), "InvalidAuthenticationCode", badCode)
	x.must("ResyncMFADevice", resync("Alice", 2880))
	if d := x.view.MFADevice(serial); d.Drift != 2880 {
		t.Errorf("drift %d", d.Drift)
	}
	// Guesses are bounded for both operations together.
	x.now = x.now.Add(time.Hour)
	wrong := &iamshape.ResyncMFADeviceInput{UserName: "Alice", SerialNumber: serial, AuthenticationCode1: "000000", AuthenticationCode2: "000000"}
	for range 5 {
		x.fails("ResyncMFADevice", wrong, "InvalidAuthenticationCode", badCode)
	}
	x.fails("ResyncMFADevice", resync("Alice", 2879), "InvalidAuthenticationCode", badCode)
	x.now = x.now.Add(30 * time.Second)
	x.must("ResyncMFADevice", resync("Alice", 2879))
}

// Two requests with the same codes: whichever comes second finds them used.
func TestDeviceMadeAgainMeanwhile(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	serial, seed := newDeviceOf(x, "phone")
	op, c, in, err := x.prepare("EnableMFADevice", enabling(x, "Alice", serial, seed, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := field[func(*api.Call, *account.View, any) error](op, "prepare")(c, x.view, in); err != nil {
		t.Fatal(err)
	}
	x.must("DeleteVirtualMFADevice", &iamshape.DeleteVirtualMFADeviceInput{SerialNumber: serial})
	newDeviceOf(x, "phone")
	tx := x.view.Begin()
	if _, err := field[func(*api.Call, *account.Tx, any) (any, error)](op, "write")(c, tx, in); err != errCodes {
		t.Error("codes of one device enable another:", err)
	}
}

func TestRootsMFADevice(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	serial, seed := newDeviceOf(x, rootDevice)
	x.fails("EnableMFADevice", enabling(x, "Alice", serial, seed, 0), "InvalidInput", "The MFA device root-account-mfa-device can be assigned to the root user only.")
	x.asUser("Alice")
	x.fails("EnableMFADevice", enabling(x, "root", serial, seed, 0), "NoSuchEntity", "The user with name root cannot be found.")
	x.asRoot()
	if got := x.target("EnableMFADevice", enabling(x, "root", serial, seed, 0)).Resource; got != awsid.Root(testAccount) {
		t.Error(got)
	}
	x.must("EnableMFADevice", enabling(x, "root", serial, seed, 0))
	same(t, "root's devices", do[iamshape.ListMFADevicesOutput](x, "ListMFADevices", &iamshape.ListMFADevicesInput{}).MFADevices,
		[]iamshape.MFADevice{{EnableDate: &x.now, SerialNumber: &serial}})
	same(t, "virtual devices", do[iamshape.ListVirtualMFADevicesOutput](x, "ListVirtualMFADevices", &iamshape.ListVirtualMFADevicesInput{}).VirtualMFADevices,
		[]iamshape.VirtualMFADevice{{EnableDate: &x.now, SerialNumber: &serial, User: &iamshape.User{
			Arn: ptr(awsid.Root(testAccount)), UserId: ptr(testAccount), CreateDate: ptr(x.view.Settings().Created),
		}}})
	summary := do[iamshape.GetAccountSummaryOutput](x, "GetAccountSummary", &iamshape.GetAccountSummaryInput{}).SummaryMap
	if summary["AccountMFAEnabled"] != 1 || summary["MFADevices"] != 1 || summary["MFADevicesInUse"] != 1 {
		t.Error(summary)
	}
	// A user called root is that user, but for the device that is root's by name.
	newUser(x, "/", "root")
	x.fails("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("root"), SerialNumber: mfaSerial("x")}, "NoSuchEntity", noDevice(mfaSerial("x")))
	if got := x.target("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("root"), SerialNumber: mfaSerial("x")}).Resource; got != awsid.IAM(testAccount, "user", "/", "root") {
		t.Error(got)
	}
	x.must("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{SerialNumber: serial})
	x.asRole()
	x.fails("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{SerialNumber: serial}, "ValidationError", "Must specify userName when calling with non-User credentials")
}

func TestListVirtualMFADevices(t *testing.T) {
	x := newTest(t)
	newUser(x, "/p/", "Alice")
	giveDevice(x, "Alice", "b")
	newDeviceOf(x, "A")
	newDeviceOf(x, strings.Repeat("z", 226))
	giveDevice(x, "Alice", strings.Repeat("z", 225))
	list := func(status *string, n int32) (names []string) {
		for marker := (*string)(nil); ; {
			p := do[iamshape.ListVirtualMFADevicesOutput](x, "ListVirtualMFADevices", &iamshape.ListVirtualMFADevicesInput{AssignmentStatus: status, Marker: marker, MaxItems: &n})
			for _, d := range p.VirtualMFADevices {
				if d.Base32StringSeed != nil || d.QRCodePNG != nil || d.Tags != nil || (d.User != nil) != (d.EnableDate != nil) {
					t.Errorf("%+v", d)
				}
				name := strings.TrimPrefix(*d.SerialNumber, mfaSerial(""))
				if d.User != nil {
					name += "@" + *d.User.UserName
				}
				names = append(names, fmt.Sprint(name[:1], len(name)))
			}
			if marker = p.Marker; !*p.IsTruncated {
				return names
			}
		}
	}
	for _, n := range []int32{1, 2, 100} {
		same(t, "any", len(list(ptr("Any"), n)), 4)
		same(t, "all", len(list(nil, n)), 4)
		same(t, "assigned", list(ptr("Assigned"), n), []string{"b7", "z231"})
		same(t, "unassigned", list(ptr("Unassigned"), n), []string{"A1", "z226"})
	}
	x.fails("ListVirtualMFADevices", &iamshape.ListVirtualMFADevicesInput{Marker: ptr("invalid-marker-value")}, "ValidationError", "Invalid Marker.")
}

func TestMFADeviceTags(t *testing.T) {
	x := newTest(t)
	serial, _ := newDeviceOf(x, "phone")
	x.must("TagMFADevice", &iamshape.TagMFADeviceInput{SerialNumber: serial, Tags: tags("a", "1", "A", "2", "bbb", "")})
	x.fails("TagMFADevice", &iamshape.TagMFADeviceInput{SerialNumber: serial, Tags: tags("a", "1", "a", "2")}, "InvalidInput", "Duplicate tag keys found.")
	same(t, "tags", do[iamshape.ListMFADeviceTagsOutput](x, "ListMFADeviceTags", &iamshape.ListMFADeviceTagsInput{SerialNumber: serial}),
		&iamshape.ListMFADeviceTagsOutput{Tags: tags("A", "2", "a", "1", "bbb", ""), IsTruncated: ptr(false)})
	target := x.target("UntagMFADevice", &iamshape.UntagMFADeviceInput{SerialNumber: serial, TagKeys: []string{"a"}})
	if target.Resource != serial || len(target.Tags) != 3 || len(target.TagKeys) != 1 {
		t.Errorf("%+v", target)
	}
	x.must("UntagMFADevice", &iamshape.UntagMFADeviceInput{SerialNumber: serial, TagKeys: []string{"a", "none"}})
	x.must("TagMFADevice", &iamshape.TagMFADeviceInput{SerialNumber: serial, Tags: manyTags("k", 48)})
	x.fails("TagMFADevice", &iamshape.TagMFADeviceInput{SerialNumber: serial, Tags: tags("one", "more")}, "LimitExceeded", "The number of tags has reached the maximum limit.")
	for _, op := range []struct {
		name string
		in   any
	}{
		{"TagMFADevice", &iamshape.TagMFADeviceInput{SerialNumber: serial + "x", Tags: tags("a", "b")}},
		{"UntagMFADevice", &iamshape.UntagMFADeviceInput{SerialNumber: serial + "x", TagKeys: []string{"a"}}},
		{"ListMFADeviceTags", &iamshape.ListMFADeviceTagsInput{SerialNumber: serial + "x"}},
		{"DeleteVirtualMFADevice", &iamshape.DeleteVirtualMFADeviceInput{SerialNumber: strings.Replace(serial, testAccount, "210987654321", 1) + ""}},
	} {
		missing := serial + "x"
		if op.name == "DeleteVirtualMFADevice" {
			missing = strings.Replace(serial, testAccount, "210987654321", 1)
		}
		x.fails(op.name, op.in, "NoSuchEntity", noDevice(missing))
	}
	created := x.target("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: "n", Path: ptr("/p/"), Tags: tags("a", "b")})
	if created.Resource != mfaSerial("p/n") || len(created.RequestTags) != 1 || len(created.Also) != 1 || created.Also[0].Action != "iam:TagMFADevice" || created.Also[0].Resource != mfaSerial("p/n") {
		t.Errorf("%+v", created)
	}
}

// Security keys come by the console; the API lists, shows, tags and
// deactivates them, and they have no codes.
func TestSecurityKeys(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	id := "u2f/user/Alice/blue-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	serial := "arn:aws:iam::" + testAccount + ":" + id
	x.change(func(tx *account.Tx) {
		tx.PutMFADevice(&account.MFADevice{ID: id, Name: "blue", Path: "/", Created: x.now, Enabled: x.now, User: tx.View().User("Alice").ID,
			Key: &account.FIDOKey{CredentialID: []byte("c"), PublicKey: []byte("k"), Certifications: map[string]string{"FIDO": "L1"}}})
	})
	same(t, "key", do[iamshape.GetMFADeviceOutput](x, "GetMFADevice", &iamshape.GetMFADeviceInput{SerialNumber: serial, UserName: ptr("alice")}),
		&iamshape.GetMFADeviceOutput{SerialNumber: &serial, EnableDate: &x.now, UserName: ptr("Alice"), Certifications: map[string]string{"FIDO": "L1"}})
	phone, _ := giveDevice(x, "Alice", "phone")
	same(t, "virtual device", do[iamshape.GetMFADeviceOutput](x, "GetMFADevice", &iamshape.GetMFADeviceInput{SerialNumber: phone, UserName: ptr("alice")}),
		&iamshape.GetMFADeviceOutput{SerialNumber: &phone, EnableDate: &x.now, UserName: ptr("Alice")})
	x.fails("GetMFADevice", &iamshape.GetMFADeviceInput{SerialNumber: serial}, "NoSuchEntity", notWorn) // not root's
	list := do[iamshape.ListMFADevicesOutput](x, "ListMFADevices", &iamshape.ListMFADevicesInput{UserName: ptr("Alice")})
	if len(list.MFADevices) != 2 || *list.MFADevices[1].SerialNumber != serial {
		t.Errorf("%+v", list)
	}
	if v := do[iamshape.ListVirtualMFADevicesOutput](x, "ListVirtualMFADevices", &iamshape.ListVirtualMFADevicesInput{}).VirtualMFADevices; len(v) != 1 {
		t.Errorf("%+v", v)
	}
	summary := do[iamshape.GetAccountSummaryOutput](x, "GetAccountSummary", &iamshape.GetAccountSummaryInput{}).SummaryMap
	if summary["MFADevices"] != 1 || summary["MFADevicesInUse"] != 2 || summary["AccountMFAEnabled"] != 0 {
		t.Error(summary)
	}
	x.must("TagMFADevice", &iamshape.TagMFADeviceInput{SerialNumber: serial, Tags: tags("a", "1")})
	x.fails("ResyncMFADevice", &iamshape.ResyncMFADeviceInput{UserName: "Alice", SerialNumber: serial, AuthenticationCode1: "000000", AuthenticationCode2: "000000"}, "InvalidAuthenticationCode", badCode)
	// A virtual device can't take a key's place.
	x.fails("CreateVirtualMFADevice", &iamshape.CreateVirtualMFADeviceInput{VirtualMFADeviceName: "blue-ABCDEFGHIJKLMNOPQRSTUVWXYZ", Path: ptr("/u2f/user/Alice/")}, "EntityAlreadyExists", "MFA device already exists.")
	if x.view.MFADevice(mfaSerial(id)) != nil {
		t.Error("a security key is found under a virtual device's serial number")
	}
	x.must("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("Alice"), SerialNumber: serial})
	x.fails("ListMFADeviceTags", &iamshape.ListMFADeviceTagsInput{SerialNumber: serial}, "NoSuchEntity", noDevice(serial))
}
