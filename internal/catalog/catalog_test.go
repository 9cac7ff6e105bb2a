package catalog

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

func mustAction(t testing.TB, name string) *Action {
	t.Helper()
	a, ok := LookupAction(name)
	if !ok {
		t.Fatalf("no action %s", name)
	}
	return a
}

func TestCounts(t *testing.T) {
	levels := map[AccessLevel]int{}
	actions, resources, keys, bare := 0, 0, 0, 0
	for _, s := range Services() {
		if s.Name == "" || len(s.Actions) == 0 {
			t.Errorf("%s: name %q, %d actions", s.Prefix, s.Name, len(s.Actions))
		}
		if got, ok := LookupService(strings.ToUpper(s.Prefix)); !ok || got != s {
			t.Errorf("LookupService(%s) is another", s.Prefix)
		}
		for i := range s.Actions {
			a := &s.Actions[i]
			levels[a.Level]++
			if len(a.Resources) == 0 {
				bare++
			}
			if got, ok := LookupAction(strings.ToUpper(a.String())); !ok || got != a {
				t.Errorf("LookupAction(%s) is another", a)
			}
		}
		for i := range s.Resources {
			if got, ok := LookupResourceType(s.Resources[i].String()); !ok || got != &s.Resources[i] {
				t.Errorf("LookupResourceType(%s) is another", &s.Resources[i])
			}
		}
		actions, resources, keys = actions+len(s.Actions), resources+len(s.Resources), keys+len(s.Keys)
	}
	t.Logf("%s: %d services, %d actions, %d of them without resources, %d resource types, %d keys; %v",
		Version(), len(Services()), actions, bare, resources, keys, levels)
	if len(Services()) < 400 || actions < 18000 || resources < 2000 || keys < 2000 || bare > actions/2 {
		t.Error("too few, or too many without resources")
	}
	for l := List; l <= Tagging; l++ {
		if levels[l] < 300 {
			t.Errorf("%d actions of level %s", levels[l], l)
		}
	}
	if len(levels) != 5 || !slices.IsSortedFunc(Services(), func(a, b *Service) int { return strings.Compare(a.Prefix, b.Prefix) }) {
		t.Errorf("levels %v, or not sorted", levels)
	}
}

// Actions that everybody knows.
func TestWellKnown(t *testing.T) {
	for _, c := range []struct{ name, spelling, level, types, keys string }{
		{"s3:getobject", "s3:GetObject", "Read", "accesspointobject object", "s3:ExistingObjectTag/<key> s3:authType"},
		{"S3:ListBucket", "s3:ListBucket", "List", "accesspoint bucket", "s3:prefix s3:delimiter s3:max-keys"},
		{"s3:ListAllMyBuckets", "s3:ListAllMyBuckets", "List", "", ""},
		{"iam:passrole", "iam:PassRole", "Write", "role", "iam:PassedToService iam:AssociatedResourceArn aws:ResourceTag/${TagKey}"},
		{"iam:CreateUser", "iam:CreateUser", "Write", "user", "iam:PermissionsBoundary aws:RequestTag/${TagKey} aws:TagKeys"},
		{"iam:AttachRolePolicy", "iam:AttachRolePolicy", "Permissions management", "role", "iam:PolicyARN iam:PermissionsBoundary"},
		{"iam:TagUser", "iam:TagUser", "Tagging", "user", "aws:TagKeys"},
		{"sts:AssumeRole", "sts:AssumeRole", "Write", "role", "sts:ExternalId sts:RoleSessionName"},
		{"sts:TagSession", "sts:TagSession", "Tagging", "role", "sts:TransitiveTagKeys"},
		{"dynamodb:Query", "dynamodb:Query", "Read", "table index", "dynamodb:LeadingKeys dynamodb:Attributes"},
		{"ec2:DescribeInstances", "ec2:DescribeInstances", "List", "", "ec2:Region"},
		{"ec2:TerminateInstances", "ec2:TerminateInstances", "Write", "instance", "ec2:InstanceType"},
		{"kms:Decrypt", "kms:Decrypt", "Write", "key", "kms:EncryptionContext:${EncryptionContextKey} kms:ViaService"},
		{"lambda:InvokeFunction", "lambda:InvokeFunction", "Write", "function", ""},
		{"sqs:SendMessage", "sqs:SendMessage", "Write", "queue", ""},
	} {
		a, ok := LookupAction(c.name)
		if !ok || a.String() != c.spelling || a.Level.String() != c.level {
			t.Errorf("%s is %v, %v", c.name, a, a.Level)
			continue
		}
		var types, keys []string
		for _, r := range a.Resources {
			types = append(types, r.Type.Name)
		}
		for _, want := range strings.Fields(c.types) {
			if !slices.Contains(types, want) {
				t.Errorf("%s has no resource type %s: %v", a, want, types)
			}
		}
		if c.types == "" && len(types) > 0 {
			t.Errorf("%s has resource types %v", a, types)
		}
		for _, k := range KeysFor(c.name) {
			keys = append(keys, k.Name)
		}
		for _, want := range strings.Fields(c.keys) {
			if !slices.Contains(keys, want) {
				t.Errorf("%s has no key %s: %v", a, want, keys)
			}
		}
		if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
			t.Errorf("%s: keys %v", a, keys)
		}
	}
	for _, name := range []string{"", "s3", "s3:", ":", ":GetObject", "s3:GetObjects", "s3:Get*", "s4:GetObject", "s3:GetObject ", "s3:GetObject:x", "*"} {
		if a, ok := LookupAction(name); ok {
			t.Errorf("%q is %s", name, a)
		}
		if k := KeysFor(name); k != nil {
			t.Errorf("%q has keys %v", name, k)
		}
	}
	if r, ok := LookupResourceType("S3:Object"); !ok || r.ARN != "arn:${Partition}:s3:::${BucketName}/${ObjectName}" {
		t.Errorf("s3:object is %+v", r)
	}
	for _, name := range []string{"", "s3", "s3:thing", "x:object"} {
		if r, ok := LookupResourceType(name); ok {
			t.Errorf("%q is %s", name, r)
		}
	}
	if List.String() != "List" || AccessLevel(0).String() != "" || AccessLevel(99).String() != "" {
		t.Error("names of levels")
	}
}

// unlisted are operations of IAM and STS that the source has no action for yet.
var unlisted = []string{"iam:AcquireRole", "iam:UpdateDelegationRequest"}

func TestOperationsAreKnown(t *testing.T) {
	checked := 0
	for _, ops := range [][]*shape.Operation{iamshape.Operations(), stsshape.Operations()} {
		for _, op := range ops {
			name := op.Service + ":" + op.Name
			a, ok := LookupAction(name)
			checked++
			if ok == slices.Contains(unlisted, name) {
				t.Errorf("%s: known %v", name, ok)
			} else if ok && a.String() != name {
				t.Errorf("%s is spelled %s", name, a)
			}
		}
	}
	if checked < 180 {
		t.Errorf("%d operations", checked)
	}
	for _, name := range []string{"iam:PassRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext", "sts:GetServiceBearerToken"} {
		mustAction(t, name) // permissions without an operation
	}
}

func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if a, ok := LookupAction("iam:CreateUser"); !ok || len(Expand("iam:*User")) < 7 || len(a.ResourceTypes("arn:aws:iam::111122223333:user/a")) != 1 {
					t.Error("another answer")
				}
			}
		})
	}
	wg.Wait()
}

// The file stays under 400 kB, and its content in memory under 6 MB.
func TestSize(t *testing.T) {
	if len(data) > 400<<10 {
		t.Errorf("%d bytes are embedded", len(data))
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	c, err := build(data)
	used := int64(heap()) - int64(before)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of file, %d in memory", len(data), used)
	if used > 6<<20 {
		t.Errorf("%d bytes in memory", used)
	}
	runtime.KeepAlive(c)
}

func TestDamage(t *testing.T) {
	tried := 0
	for i := 0; i < len(data); i += 8191 {
		damaged := []byte(data)
		damaged[i] ^= 0x41
		if _, err := build(string(damaged)); err == nil && i > 9 { // the header's time and system aren't checked
			t.Errorf("byte %d: not seen", i)
		}
		if _, err := build(data[:i]); err == nil {
			t.Errorf("the first %d bytes are taken", i)
		}
		tried++
	}
	if _, err := build(data + "x"); err == nil || tried < 20 {
		t.Errorf("more than a file is taken, or only %d tried", tried)
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := build(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookupAction(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		mustAction(b, "ec2:RunInstances")
	}
}
