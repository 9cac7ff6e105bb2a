package aratametest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/server"
)

// racers is how many clients want the last free slot.
const racers = 50

const (
	ec2Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allowOne = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`
)

// pairs makes parameters of names and values given one after the other.
func pairs(kv ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return v
}

// must calls an operation that has to succeed.
func (s *Server) must(action string, params url.Values) string {
	s.t.Helper()
	status, body := s.Call(s.Admin, "iam", action, params)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %s", action, body)
	}
	return body
}

// race runs n calls at once and counts the outcomes by error code, "" for
// success.
func (s *Server) race(n int, call func(i int) (action string, params url.Values)) map[string]int {
	outcomes := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		action, params := call(i)
		wg.Go(func() {
			<-begin
			status, body := s.Call(s.Admin, "iam", action, params)
			code := ""
			if status != http.StatusOK {
				code = Field(body, "Code")
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[code]++
		})
	}
	close(begin)
	wg.Wait()
	return outcomes
}

// smallQuotas leave room for few, so that each is soon full.
func smallQuotas() *account.Quotas {
	q := account.DefaultQuotas
	q.Users, q.Groups, q.Roles, q.Policies, q.InstanceProfiles, q.MFADevices = 60, 20, 5, 30, 5, 20
	q.AttachedPoliciesPerUser, q.AttachedPoliciesPerRole, q.ServerCertificates, q.OIDCProviders, q.SAMLProviders = 10, 10, 5, 5, 5
	return &q
}

// For each quota the account is filled to one below it, and then fifty clients
// want the last place: exactly one gets it, and the others are told so.
func TestLastSlot(t *testing.T) {
	certificate, key := selfSigned(t)
	policies := func(s *Server, n int) (arns []string) {
		for i := range n {
			arns = append(arns, Field(s.must("CreatePolicy", pairs("PolicyName", fmt.Sprint("p", i), "PolicyDocument", allowOne)), "Arn"))
		}
		return arns
	}
	type calls = func(i int) (string, url.Values)
	attach := func(kind string, room int) func(s *Server) (int, calls) {
		return func(s *Server) (int, calls) {
			make := pairs(kind+"Name", "x")
			if kind == "Role" {
				make.Set("AssumeRolePolicyDocument", ec2Trust)
			}
			s.must("Create"+kind, make)
			arns := policies(s, room+15)
			return room, func(i int) (string, url.Values) {
				return "Attach" + kind + "Policy", pairs(kind+"Name", "x", "PolicyArn", arns[i%len(arns)])
			}
		}
	}
	for _, c := range []struct {
		name string
		code string // of those who lose
		// setup gives how many there can be and the call that makes number i.
		// Numbers below that are made one after the other, but for the last.
		setup func(s *Server) (room int, call calls)
	}{
		{"users", "LimitExceeded", func(*Server) (int, calls) {
			return 59, func(i int) (string, url.Values) { return "CreateUser", pairs("UserName", fmt.Sprint("u", i)) } // one is there
		}},
		{"groups", "LimitExceeded", func(*Server) (int, calls) {
			return 20, func(i int) (string, url.Values) { return "CreateGroup", pairs("GroupName", fmt.Sprint("g", i)) }
		}},
		{"roles", "LimitExceeded", func(*Server) (int, calls) {
			return 5, func(i int) (string, url.Values) {
				return "CreateRole", pairs("RoleName", fmt.Sprint("r", i), "AssumeRolePolicyDocument", ec2Trust)
			}
		}},
		{"policies", "LimitExceeded", func(*Server) (int, calls) {
			return 30, func(i int) (string, url.Values) {
				return "CreatePolicy", pairs("PolicyName", fmt.Sprint("p", i), "PolicyDocument", allowOne)
			}
		}},
		{"instance profiles", "LimitExceeded", func(*Server) (int, calls) {
			return 5, func(i int) (string, url.Values) {
				return "CreateInstanceProfile", pairs("InstanceProfileName", fmt.Sprint("i", i))
			}
		}},
		{"virtual MFA devices", "LimitExceeded", func(*Server) (int, calls) {
			return 20, func(i int) (string, url.Values) {
				return "CreateVirtualMFADevice", pairs("VirtualMFADeviceName", fmt.Sprint("m", i))
			}
		}},
		{"server certificates", "LimitExceeded", func(*Server) (int, calls) {
			return 5, func(i int) (string, url.Values) {
				return "UploadServerCertificate", pairs("ServerCertificateName", fmt.Sprint("c", i), "CertificateBody", certificate, "PrivateKey", key)
			}
		}},
		{"OIDC providers", "LimitExceeded", func(*Server) (int, calls) {
			return 5, func(i int) (string, url.Values) {
				return "CreateOpenIDConnectProvider", pairs("Url", fmt.Sprintf("https://idp%d.example.com", i), "ThumbprintList.member.1", strings.Repeat("0", 40))
			}
		}},
		{"access keys of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			return 2, func(int) (string, url.Values) { return "CreateAccessKey", pairs("UserName", "x") }
		}},
		{"groups of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			for i := range 20 {
				s.must("CreateGroup", pairs("GroupName", fmt.Sprint("g", i)))
			}
			return 10, func(i int) (string, url.Values) {
				if i >= 10 {
					i = 10 + i%10
				}
				return "AddUserToGroup", pairs("UserName", "x", "GroupName", fmt.Sprint("g", i))
			}
		}},
		{"policies of a user", "LimitExceeded", attach("User", 10)},
		{"policies of a group", "LimitExceeded", attach("Group", 10)},
		{"policies of a role", "LimitExceeded", attach("Role", 10)},
		{"versions of a policy", "LimitExceeded", func(s *Server) (int, calls) {
			arn := policies(s, 1)[0]
			return 4, func(int) (string, url.Values) {
				return "CreatePolicyVersion", pairs("PolicyArn", arn, "PolicyDocument", allowOne)
			}
		}},
		{"signing certificates of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			return 2, func(int) (string, url.Values) {
				body, _ := selfSigned(t)
				return "UploadSigningCertificate", pairs("UserName", "x", "CertificateBody", body)
			}
		}},
		{"SSH keys of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			return 5, func(int) (string, url.Values) {
				return "UploadSSHPublicKey", pairs("UserName", "x", "SSHPublicKeyBody", sshKey(t))
			}
		}},
		{"service-specific credentials of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			return 2, func(int) (string, url.Values) {
				return "CreateServiceSpecificCredential", pairs("UserName", "x", "ServiceName", "codecommit.amazonaws.com")
			}
		}},
		{"client ids of a provider", "LimitExceeded", func(s *Server) (int, calls) {
			arn := Field(s.must("CreateOpenIDConnectProvider", pairs("Url", "https://idp.example.com", "ThumbprintList.member.1", strings.Repeat("0", 40))), "OpenIDConnectProviderArn")
			return 100, func(i int) (string, url.Values) {
				return "AddClientIDToOpenIDConnectProvider", pairs("OpenIDConnectProviderArn", arn, "ClientID", fmt.Sprint("c", i))
			}
		}},
		{"tags of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			return 50, func(i int) (string, url.Values) {
				return "TagUser", pairs("UserName", "x", "Tags.member.1.Key", fmt.Sprint("k", i), "Tags.member.1.Value", "v")
			}
		}},
		{"inline size of a user", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateUser", pairs("UserName", "x"))
			return 4, func(i int) (string, url.Values) {
				long := strings.Replace(allowOne, `"*"`, `"arn:aws:s3:::`+strings.Repeat("a", 380)+`"`, 1)
				return "PutUserPolicy", pairs("UserName", "x", "PolicyName", fmt.Sprint("p", i), "PolicyDocument", long)
			}
		}},
		{"role of an instance profile", "LimitExceeded", func(s *Server) (int, calls) {
			s.must("CreateInstanceProfile", pairs("InstanceProfileName", "x"))
			for i := range 5 {
				s.must("CreateRole", pairs("RoleName", fmt.Sprint("r", i), "AssumeRolePolicyDocument", ec2Trust))
			}
			return 1, func(i int) (string, url.Values) {
				return "AddRoleToInstanceProfile", pairs("InstanceProfileName", "x", "RoleName", fmt.Sprint("r", i%5))
			}
		}},
		{"one name in all its cases", "EntityAlreadyExists", func(*Server) (int, calls) {
			return 1, func(i int) (string, url.Values) {
				name := []byte("username")
				for bit := range name {
					if i>>bit&1 == 1 {
						name[bit] -= 'a' - 'A'
					}
				}
				return "CreateUser", pairs("UserName", string(name))
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := New(t, &server.Options{Quotas: smallQuotas()})
			room, call := c.setup(s)
			for i := range room - 1 {
				action, params := call(i)
				s.must(action, params)
			}
			got := s.race(racers, func(i int) (string, url.Values) { return call(room - 1 + i) })
			// Who asks for what a winner has got already may succeed too, where
			// the operation is idempotent.
			if idempotent := slices.Contains([]string{"groups of a user", "policies of a user", "policies of a group", "policies of a role"}, c.name); idempotent {
				if got[""] == 0 || got[""]+got[c.code] != racers {
					t.Errorf("%v", got)
				}
				holds(t, s, c.name, room)
			} else if got[""] != 1 || got[c.code] != racers-1 {
				t.Errorf("%v, want one success and %d × %s", got, racers-1, c.code)
			}
		})
	}
}

// holds counts what a user, group or role has after a race.
func holds(t *testing.T, s *Server, what string, room int) {
	t.Helper()
	list := map[string][]string{
		"groups of a user":    {"ListGroupsForUser", "UserName", "<GroupId>"},
		"policies of a user":  {"ListAttachedUserPolicies", "UserName", "<PolicyArn>"},
		"policies of a group": {"ListAttachedGroupPolicies", "GroupName", "<PolicyArn>"},
		"policies of a role":  {"ListAttachedRolePolicies", "RoleName", "<PolicyArn>"},
	}[what]
	if n := strings.Count(s.must(list[0], pairs(list[1], "x")), list[2]); n != room {
		t.Errorf("%d after the race, want %d", n, room)
	}
}

// Fifty clients attach policies to users, roles and groups, put users into
// groups and roles into profiles, and delete all of them at the same time. No
// reference to anything that is gone remains, and what is left can be taken
// away.
func TestNothingDangles(t *testing.T) {
	s := New(t, nil)
	const each = 4
	names := func(kind string, i int) string { return fmt.Sprint(kind, i%each) }
	arn := func(i int) string { return "arn:aws:iam::" + s.Account + ":policy/" + names("p", i) }
	for round := range 4 {
		for i := range each {
			// Some are left from the round before.
			for _, c := range []struct {
				action string
				params url.Values
			}{
				{"CreateUser", pairs("UserName", names("u", i))}, {"CreateGroup", pairs("GroupName", names("g", i))},
				{"CreateRole", pairs("RoleName", names("r", i), "AssumeRolePolicyDocument", ec2Trust)},
				{"CreatePolicy", pairs("PolicyName", names("p", i), "PolicyDocument", allowOne)},
				{"CreateInstanceProfile", pairs("InstanceProfileName", names("i", i))},
			} {
				if status, body := s.Call(s.Admin, "iam", c.action, c.params); status != http.StatusOK && Field(body, "Code") != "EntityAlreadyExists" {
					t.Fatal(body)
				}
			}
		}
		got := s.race(racers*2, func(n int) (string, url.Values) {
			i := n / 16
			switch n % 16 {
			case 0:
				return "AttachUserPolicy", pairs("UserName", names("u", i), "PolicyArn", arn(i))
			case 1:
				return "AttachGroupPolicy", pairs("GroupName", names("g", i), "PolicyArn", arn(i))
			case 2:
				return "AttachRolePolicy", pairs("RoleName", names("r", i), "PolicyArn", arn(i))
			case 3:
				return "PutUserPermissionsBoundary", pairs("UserName", names("u", i), "PermissionsBoundary", arn(i))
			case 4:
				return "PutRolePermissionsBoundary", pairs("RoleName", names("r", i), "PermissionsBoundary", arn(i))
			case 5:
				return "AddUserToGroup", pairs("UserName", names("u", i), "GroupName", names("g", i))
			case 6:
				return "AddRoleToInstanceProfile", pairs("InstanceProfileName", names("i", i), "RoleName", names("r", i))
			case 7:
				return "DeletePolicy", pairs("PolicyArn", arn(i))
			case 8:
				return "DeleteUser", pairs("UserName", names("u", i))
			case 9:
				return "DeleteGroup", pairs("GroupName", names("g", i))
			case 10:
				return "DeleteRole", pairs("RoleName", names("r", i))
			case 11:
				return "DeleteInstanceProfile", pairs("InstanceProfileName", names("i", i))
			case 12:
				return "DetachUserPolicy", pairs("UserName", names("u", i), "PolicyArn", arn(i))
			case 13:
				return "RemoveUserFromGroup", pairs("UserName", names("u", i), "GroupName", names("g", i))
			case 14:
				return "DetachRolePolicy", pairs("RoleName", names("r", i), "PolicyArn", arn(i))
			default:
				return "DetachGroupPolicy", pairs("GroupName", names("g", i), "PolicyArn", arn(i))
			}
		})
		for code := range got {
			if !slices.Contains([]string{"", "NoSuchEntity", "DeleteConflict", "LimitExceeded"}, code) {
				t.Errorf("round %d: %v", round, got)
			}
		}
		if err := s.Host.Check(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	details := s.must("GetAccountAuthorizationDetails", pairs("MaxItems", "1000"))
	for _, used := range strings.Split(details, "<PolicyArn>")[1:] {
		used, _, _ = strings.Cut(used, "<")
		if strings.HasPrefix(used, "arn:aws:iam::aws:") {
			continue
		}
		if status, body := s.Call(s.Admin, "iam", "GetPolicy", pairs("PolicyArn", used)); status != http.StatusOK {
			t.Errorf("%s is attached, and: %s", used, body)
		}
	}
}

var serial struct {
	sync.Mutex
	n int64
}

// selfSigned is a new certificate, with its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial.Lock()
	serial.n++
	n := serial.n
	serial.Unlock()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: fmt.Sprint("c", n)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// sshKey is a public key in the form of ssh-keygen. Nobody has its private half.
func sshKey(t *testing.T) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var blob []byte
	field := func(b []byte) { blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(b))), b...) }
	field([]byte("ssh-rsa"))
	field(big.NewInt(int64(private.E)).Bytes())
	field(append([]byte{0}, private.N.Bytes()...))
	return "ssh-rsa " + base64.StdEncoding.EncodeToString(blob) + " x"
}
