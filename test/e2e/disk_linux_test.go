package e2e

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
)

// inNamespace runs the calling test again in a mount namespace of its own, in
// which it may mount; a mount made there is gone with the process. It tells
// whether this is that process.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv("ARATAME_E2E_NAMESPACE") == t.Name() {
		os.Unsetenv("ARATAME_E2E_NAMESPACE")
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), "ARATAME_E2E_NAMESPACE="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a mount namespace: %v (this test needs root, or a system that lets users make namespaces)\n%s", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("the test did not run in the namespace:\n%s", out)
	}
	return false
}

// mount mounts a file system of 12 MB.
func mount(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatalf("mount: %v", err)
	}
	if err := syscall.Mount("e2e", dir, "tmpfs", 0, "size=12m,mode=0755"); err != nil {
		t.Fatalf("mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill writes a file until nothing more fits, and gives what empties it.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f := must(os.Create(path))(t)
	defer f.Close()
	for _, size := range []int{1 << 16, 1 << 12, 1} {
		block := make([]byte, size)
		for {
			if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// On a full disk writes are refused with a clear error; nothing acknowledged
// is lost, nothing refused is there, each call that was answered with success
// has its event, and the server works again as soon as there is space.
func TestFullDisk(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	disk := mount(t)
	s := start(t, filepath.Join(disk, "data"))
	rec, admin := newRecorder(), s.admin()
	c := s.iam(admin, rec)
	there, refused := map[string]bool{"admin": true}, 0
	create := func(user string) error {
		_, err := c.CreateUser(ctx, &iam.CreateUserInput{UserName: &user, Path: name("/" + strings.Repeat("p", 500) + "/")})
		if err == nil {
			there[user] = true
		}
		return err
	}
	if err := create("before"); err != nil {
		t.Fatal(err)
	}
	empty := fill(t, disk)
	for i := range 200 { // some fit into what the files already hold
		err := create(fmt.Sprintf("full%d", i))
		if err == nil {
			continue
		}
		refused++
		var e smithy.APIError
		var status interface{ HTTPStatusCode() int }
		if !errors.As(err, &e) || e.ErrorCode() != "ServiceUnavailable" || !errors.As(err, &status) || status.HTTPStatusCode() != 503 {
			t.Fatalf("%v; want 503 ServiceUnavailable", err)
		}
		if strings.Contains(e.ErrorMessage(), disk) || strings.Contains(strings.ToLower(e.ErrorMessage()), "sql") {
			t.Errorf("the message tells of the server's inside: %s", e.ErrorMessage())
		}
		if refused == 20 {
			break
		}
	}
	if refused < 20 {
		t.Fatalf("the disk was full, and only %d of 200 writes were refused", refused)
	}
	for range 50 { // whether a read is answered is free; if it is, it is on record
		_, _ = c.ListUsers(ctx, nil)
	}
	empty()
	var err error
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if err = create("after"); err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		t.Fatalf("with space again: %v", err)
	}
	s.stop(t)

	// A start on a full disk either works or says what to do; both leave all.
	empty = fill(t, disk)
	out, err := run([]string{"HOME=" + t.TempDir()}, "serve", "--data", filepath.Join(disk, "new"), "--listen", "127.0.0.1:0")
	if err == nil || !strings.Contains(out, "space") {
		t.Errorf("a first start on a full disk: %v %s", err, out)
	}
	empty()
	s = start(t, s.data)
	users := must(s.iam(admin, rec).ListUsers(ctx, &iam.ListUsersInput{MaxItems: aws.Int32(1000)}))(t).Users
	for _, u := range users {
		if !there[*u.UserName] {
			t.Errorf("%s was refused and is there", *u.UserName)
		}
	}
	if len(users) != len(there) {
		t.Errorf("%d users, %d were acknowledged", len(users), len(there))
	}
	s.stop(t)
	holdsEvents(t, s.data, rec.done)
	t.Logf("%d writes refused; %d calls answered, all on record", refused, len(rec.done))
	s = start(t, filepath.Join(disk, "new")) // what the refused first start left doesn't stand in the way
	s.stop(t)
}

// A file system that is mounted read-only is told as such, and stays as it is.
func TestReadOnlyDisk(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	disk := mount(t)
	s := start(t, filepath.Join(disk, "data"))
	rec, admin := newRecorder(), s.admin()
	s.stop(t)
	before := sums(t, s.data)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"recover", "admin-key"}} {
		out, err := run([]string{"HOME=" + t.TempDir()}, append(args, "--data", s.data)...)
		if err == nil || !strings.Contains(out, "read-only") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	if now := sums(t, s.data); now != before {
		t.Errorf("changed from\n%s\nto\n%s", before, now)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	s = start(t, s.data)
	must(s.iam(admin, rec).ListUsers(ctx, nil))(t)
	s.stop(t)
}

// sums tells the content of every file.
func sums(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s %x\n", path, sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
