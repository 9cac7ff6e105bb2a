package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/aratame/aratame/internal/store"
)

// TestOpenWithoutRights opens where this user may not write. Root may write
// everywhere, so the thread gives its file rights up for the call.
func TestOpenWithoutRights(t *testing.T) {
	for _, c := range []struct {
		name                string
		dir, lock, mainFile os.FileMode
	}{
		{"nothing readable", 0o000, 0o600, 0o600},
		{"directory read-only", 0o555, 0o444, 0o444},
		{"lock read-only", 0o777, 0o444, 0o666},
		{"database read-only", 0o777, 0o666, 0o444},
		{"database unreadable", 0o777, 0o666, 0o000},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filled(t, 10)
			for path, mode := range map[string]os.FileMode{LockFile: c.lock, MainFile: c.mainFile, ".": c.dir} {
				if err := os.Chmod(filepath.Join(dir, path), mode); err != nil {
					t.Fatal(err)
				}
				defer os.Chmod(filepath.Join(dir, path), 0o700)
			}
			s, err := openAsNobody(t, dir)
			if err == nil {
				_ = s.Close()
				t.Fatal("opened")
			}
			var refused *store.OpenError
			if !errors.As(err, &refused) || refused.Problem != store.ProblemPermission || !strings.Contains(err.Error(), "belong to the user") {
				t.Fatalf("%v", err)
			}
		})
	}
}

func openAsNobody(t *testing.T, dir string) (*Store, error) {
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	return Open(t.Context(), Options{Dir: dir, Create: true})
}

// TestOpenErrorsOfTheSystem holds the kinds of failure against their words.
func TestOpenErrorsOfTheSystem(t *testing.T) {
	for _, c := range []struct {
		err  error
		want store.Problem
	}{
		{&os.PathError{Op: "open", Path: "p", Err: syscall.EROFS}, store.ProblemReadOnly},
		{&os.PathError{Op: "open", Path: "p", Err: syscall.ENOSPC}, store.ProblemDiskFull},
		{&os.PathError{Op: "open", Path: "p", Err: syscall.EDQUOT}, store.ProblemDiskFull},
		{&os.PathError{Op: "open", Path: "p", Err: syscall.EACCES}, store.ProblemPermission},
		{&os.PathError{Op: "open", Path: "p", Err: syscall.EIO}, store.ProblemOther},
	} {
		if got := openFailed("p", c.err); got.Problem != c.want || got.Advice == "" {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
