package server

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/mirror"
	"github.com/aratame/aratame/internal/store"
)

// importSteps is how many steps of an import are committed together: each
// changes one record, and a commit has room for store.MaxChanges.
const importSteps = store.MaxChanges - 20

// Import sets up in this account what the file says, and brings up to date what
// is there under the same unique ids. What can't be taken over is in the notes
// of the plan that it returns. When it fails midway, the same import can be run
// again.
func (s *Server) Import(ctx context.Context, f *mirror.File) (*mirror.Plan, error) {
	acct, err := f.Account()
	if err != nil {
		return nil, err
	}
	if acct != s.account {
		return nil, fmt.Errorf("the file is about account %s, and this is account %s: import into an empty data directory, whose account then has the file's number", acct, s.account)
	}
	now := s.now().UTC().Truncate(time.Second)
	others := map[string]*account.View{}
	for _, number := range s.accountNumbers() {
		if number == acct {
			continue
		}
		if others[number], err = s.accounts.View(ctx, number); err != nil {
			return nil, err
		}
	}
	plan := mirror.New(f, now, others)
	steps := plan.Steps()
	for len(steps) > 0 {
		some := steps[:min(len(steps), importSteps)]
		steps = steps[len(some):]
		err := s.accounts.Update(ctx, acct, func(tx *account.Tx) (store.Effects, error) {
			for _, step := range some {
				step(tx)
			}
			entry, err := s.hostEvent(acct, "ImportAccount", now, []string{awsid.Root(acct)})
			return store.Effects{Outbox: entry}, err
		})
		if err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// Export gives the account in the form that Import reads.
func (s *Server) Export(ctx context.Context) (*mirror.File, error) {
	v, err := s.accounts.View(ctx, s.account)
	if err != nil {
		return nil, err
	}
	return s.identity.Export(ctx, v, s.now())
}

// prepareImport chooses, for an account that is still to be made, its number and
// the name of its administrator: those that let the file in.
func prepareImport(cfg *config.Config, f *mirror.File) (account, admin string, err error) {
	if account, err = f.Account(); err != nil {
		return "", "", err
	}
	if cfg.AccountID != "" && cfg.AccountID != account {
		return "", "", fmt.Errorf("account-id is %s, and the file to import is about account %s", cfg.AccountID, account)
	}
	admin = adminName
	for i := range f.UserDetailList {
		if awsid.Fold(f.UserDetailList[i].UserName) == awsid.Fold(adminName) {
			admin = "aratame-admin"
		}
	}
	return account, admin, nil
}

// ReadImport reads a file to import; "-" is standard input.
func ReadImport(path string) (*mirror.File, error) {
	in := os.Stdin
	if path != "-" {
		file, err := os.Open(filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
		}
		in = file
	}
	f, err := mirror.Read(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}
