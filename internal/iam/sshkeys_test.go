package iam

import (
	"crypto/ed25519"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

// sshModulus makes a public key of so many bits. It need not be the product of
// two primes: nobody signs with it.
func sshModulus(t testing.TB, bits, e int) *rsa.PublicKey {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-1)))
	if err != nil {
		t.Fatal(err)
	}
	n.SetBit(n, bits-1, 1).SetBit(n, 0, 1)
	return &rsa.PublicKey{N: n, E: e}
}

func sshOf(t testing.TB, key any) string {
	t.Helper()
	k, err := ssh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

func pkixPEM(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PUBLIC KEY", der)
}

func uploadSSH(x *tester, user, body string) *iamshape.SSHPublicKey {
	x.Helper()
	return do[iamshape.UploadSSHPublicKeyOutput](x, "UploadSSHPublicKey", &iamshape.UploadSSHPublicKeyInput{UserName: user, SSHPublicKeyBody: body}).SSHPublicKey
}

func TestSSHKeyShows(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	key := sshModulus(t, 2048, 65537)
	line, text := sshOf(t, key), pkixPEM(t, key)
	sent := line + " alice at work\n"
	k := uploadSSH(x, "ALICE", sent)
	if id := *k.SSHPublicKeyId; !strings.HasPrefix(id, "APKA") || len(id) != 20 {
		t.Errorf("id %s", id)
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum(blob)
	var print []string
	for _, b := range sum {
		print = append(print, hex.EncodeToString([]byte{b}))
	}
	want := iamshape.SSHPublicKey{
		UserName: ptr("Alice"), SSHPublicKeyId: k.SSHPublicKeyId, Fingerprint: ptr(strings.Join(print, ":")), SSHPublicKeyBody: &sent, Status: ptr("Active"), UploadDate: ptr(x.now),
	}
	same(t, "upload", k, &want)
	get := func(encoding string) *iamshape.SSHPublicKey {
		t.Helper()
		return do[iamshape.GetSSHPublicKeyOutput](x, "GetSSHPublicKey", &iamshape.GetSSHPublicKeyInput{UserName: "alice", SSHPublicKeyId: *k.SSHPublicKeyId, Encoding: encoding}).SSHPublicKey
	}
	want.SSHPublicKeyBody = &line
	same(t, "get SSH", get("SSH"), &want)
	want.SSHPublicKeyBody = &text
	same(t, "get PEM", get("PEM"), &want)
	x.fails("GetSSHPublicKey", &iamshape.GetSSHPublicKeyInput{UserName: "Alice", SSHPublicKeyId: *k.SSHPublicKeyId, Encoding: "ssh"}, "ValidationError",
		"1 validation error detected: Value at 'encoding' failed to satisfy constraint: Member must satisfy enum value set: [SSH, PEM]")
	x.must("UpdateSSHPublicKey", &iamshape.UpdateSSHPublicKeyInput{UserName: "alice", SSHPublicKeyId: *k.SSHPublicKeyId, Status: "Inactive"})
	same(t, "list", do[iamshape.ListSSHPublicKeysOutput](x, "ListSSHPublicKeys", &iamshape.ListSSHPublicKeysInput{UserName: ptr("aLice")}), &iamshape.ListSSHPublicKeysOutput{
		SSHPublicKeys: []iamshape.SSHPublicKeyMetadata{{UserName: ptr("Alice"), SSHPublicKeyId: k.SSHPublicKeyId, Status: ptr("Inactive"), UploadDate: ptr(x.now)}}, IsTruncated: ptr(false),
	})
	x.must("DeleteSSHPublicKey", &iamshape.DeleteSSHPublicKeyInput{UserName: "alice", SSHPublicKeyId: *k.SSHPublicKeyId})
	same(t, "none", do[iamshape.ListSSHPublicKeysOutput](x, "ListSSHPublicKeys", &iamshape.ListSSHPublicKeysInput{UserName: ptr("Alice")}),
		&iamshape.ListSSHPublicKeysOutput{SSHPublicKeys: []iamshape.SSHPublicKeyMetadata{}, IsTruncated: ptr(false)})
}

func TestSSHKeyText(t *testing.T) {
	const encoding, body = "UnrecognizedPublicKeyEncoding: Invalid public key uploaded.", "InvalidPublicKey: Invalid body for public key"
	key := sshModulus(t, 2048, 65537)
	line, text := sshOf(t, key), pkixPEM(t, key)
	pkcs1 := pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key))
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	even := sshModulus(t, 2048, 65537)
	even.N.SetBit(even.N, 0, 0)
	ec := newECKey(t).Public()
	blob := strings.Fields(line)[1]
	for _, c := range []struct{ name, body, want string }{
		{"SSH", line, ""},
		{"SSH with a comment", line + " a comment of words", ""},
		{"SSH with spaces around", " \n" + line + "\n\n", ""},
		{"PEM", text, ""},
		{"PEM of PKCS #1", pkcs1, ""},
		{"PEM with other line ends", strings.ReplaceAll(text, "\n", "\r\n"), ""},
		{"16384 bits", sshOf(t, sshModulus(t, 16384, 65537)), ""},
		{"16384 bits in PEM", pkixPEM(t, sshModulus(t, 16384, 3)), ""},
		{"16385 bits", sshOf(t, sshModulus(t, 16385, 65537)), body},
		{"2047 bits", sshOf(t, sshModulus(t, 2047, 65537)), body},
		{"1024 bits in PEM", pkixPEM(t, sshModulus(t, 1024, 65537)), body},
		{"an even modulus", sshOf(t, even), body},
		{"exponent 1", pkixPEM(t, sshModulus(t, 2048, 1)), body},
		{"an exponent that SSH can't have", pkixPEM(t, sshModulus(t, 2048, 1<<30+1)), body},
		{"no base64", "ssh-rsa !", body},
		{"half a key", "ssh-rsa " + blob[:len(blob)/2/4*4], body},
		{"more than a key", "ssh-rsa " + base64.StdEncoding.EncodeToString(append(mustDecode(t, blob), 0)), body},
		{"Ed25519 that says it is RSA", "ssh-rsa " + strings.Fields(sshOf(t, ed))[1], body},
		{"EC in PEM", pkixPEM(t, ec), body},
		{"Ed25519", sshOf(t, ed), encoding},
		{"EC", sshOf(t, ec), encoding},
		{"text", "not a key", encoding},
		{"the type alone", "ssh-rsa", encoding},
		{"no type", blob, encoding},
		{"options", `command="x" ` + line, encoding},
		{"two lines", line + "\n" + line, encoding},
		{"two blocks", text + text, encoding},
		{"a certificate", issue(t, "a", newECKey(t), nil, nil).pem(), encoding},
		{"a private key", pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testRSAKey())), encoding},
	} {
		k, err := parseSSHKey(c.body)
		if got := refusal(err); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		} else if err == nil && !strings.Contains(c.name, "16384") && sshLine(k) != line {
			t.Errorf("%s: kept as %s", c.name, sshLine(k))
		}
	}
}

func mustDecode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSSHKeyRefuses(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newUser(x, "/p/", "Bob")
	key := sshModulus(t, 2048, 65537)
	first := uploadSSH(x, "Alice", sshOf(t, key))
	x.fails("UploadSSHPublicKey", &iamshape.UploadSSHPublicKeyInput{UserName: "Alice", SSHPublicKeyBody: pkixPEM(t, key)}, "DuplicateSSHPublicKey", "Duplicate SSH public key uploaded.")
	uploadSSH(x, "Bob", pkixPEM(t, key)) // another's is none
	ids := []string{*first.SSHPublicKeyId}
	for range 4 {
		x.now = x.now.Add(time.Second)
		ids = append(ids, *uploadSSH(x, "Alice", sshOf(t, sshModulus(t, 2048, 65537))).SSHPublicKeyId)
	}
	x.fails("UploadSSHPublicKey", &iamshape.UploadSSHPublicKeyInput{UserName: "Alice", SSHPublicKeyBody: sshOf(t, sshModulus(t, 2048, 65537))},
		"LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5")

	var listed []string
	in := &iamshape.ListSSHPublicKeysInput{UserName: ptr("Alice"), MaxItems: ptr(int32(1))}
	for {
		out := do[iamshape.ListSSHPublicKeysOutput](x, "ListSSHPublicKeys", in)
		for _, k := range out.SSHPublicKeys {
			listed = append(listed, *k.SSHPublicKeyId)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	if !slices.Equal(listed, ids) {
		t.Errorf("listed %v, want %v", listed, ids)
	}

	const unknown = "APKAXXXXXXXXXXXXXXXXX"
	for message, id := range map[string]string{
		"The Public Key with id " + unknown + " cannot be found.": unknown, "User has no Public Key with id " + ids[0] + ".": ids[0],
	} {
		x.fails("GetSSHPublicKey", &iamshape.GetSSHPublicKeyInput{UserName: "Bob", SSHPublicKeyId: id, Encoding: "SSH"}, "NoSuchEntity", message)
		x.fails("UpdateSSHPublicKey", &iamshape.UpdateSSHPublicKeyInput{UserName: "Bob", SSHPublicKeyId: id, Status: "Active"}, "NoSuchEntity", message)
		x.fails("DeleteSSHPublicKey", &iamshape.DeleteSSHPublicKeyInput{UserName: "Bob", SSHPublicKeyId: id}, "NoSuchEntity", message)
	}
	x.fails("UpdateSSHPublicKey", &iamshape.UpdateSSHPublicKeyInput{UserName: "Alice", SSHPublicKeyId: ids[0], Status: "Expired"}, "InvalidInput", "Operation does not support status Expired")
	const nobody = "The user with name none cannot be found."
	x.fails("UploadSSHPublicKey", &iamshape.UploadSSHPublicKeyInput{UserName: "none", SSHPublicKeyBody: "bad"}, "NoSuchEntity", nobody)
	x.fails("GetSSHPublicKey", &iamshape.GetSSHPublicKeyInput{UserName: "none", SSHPublicKeyId: ids[0], Encoding: "SSH"}, "NoSuchEntity", nobody)
	x.fails("ListSSHPublicKeys", &iamshape.ListSSHPublicKeysInput{UserName: ptr("none")}, "NoSuchEntity", nobody)
	x.fails("ListSSHPublicKeys", &iamshape.ListSSHPublicKeysInput{}, "ValidationError", "Must specify userName when calling with non-User credentials")

	for op, in := range map[string]any{
		"UploadSSHPublicKey": &iamshape.UploadSSHPublicKeyInput{UserName: "bob", SSHPublicKeyBody: "x"},
		"GetSSHPublicKey":    &iamshape.GetSSHPublicKeyInput{UserName: "bob", SSHPublicKeyId: unknown, Encoding: "SSH"},
		"ListSSHPublicKeys":  &iamshape.ListSSHPublicKeysInput{UserName: ptr("bob")},
		"UpdateSSHPublicKey": &iamshape.UpdateSSHPublicKeyInput{UserName: "bob", SSHPublicKeyId: unknown, Status: "Active"},
		"DeleteSSHPublicKey": &iamshape.DeleteSSHPublicKeyInput{UserName: "bob", SSHPublicKeyId: unknown},
	} {
		if r := x.target(op, in).Resource; r != "arn:aws:iam::123456789012:user/p/Bob" {
			t.Errorf("%s is authorized on %s", op, r)
		}
	}
	x.asUser("Bob")
	if n := len(do[iamshape.ListSSHPublicKeysOutput](x, "ListSSHPublicKeys", &iamshape.ListSSHPublicKeysInput{}).SSHPublicKeys); n != 1 {
		t.Errorf("Bob has %d", n)
	}
}

// Whatever text is sent, what is kept of it reads as the same key again.
func FuzzSSHKey(f *testing.F) {
	key := sshModulus(f, 2048, 65537)
	f.Add(sshOf(f, key) + " comment")
	f.Add(pkixPEM(f, key))
	f.Add(pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key)))
	f.Add("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA")
	f.Fuzz(func(t *testing.T, body string) {
		k, err := parseSSHKey(body)
		if err != nil {
			return
		}
		line := sshLine(k)
		again, err := parseSSHKey(line)
		if err != nil || sshLine(again) != line {
			t.Fatalf("%q is kept as %q: %v", body, line, err)
		}
		text, err := sshPEM(line)
		if err != nil {
			t.Fatalf("%q has no PEM: %v", line, err)
		}
		if back, err := parseSSHKey(text); err != nil || sshLine(back) != line {
			t.Fatalf("%q is another key in PEM: %v", line, err)
		}
	})
}
