package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/seal"
)

// Admin is the administrator's access key as aratame env gives it, with where
// to use it.
type Admin struct {
	Account  string `json:"account"`
	User     string `json:"user"`
	KeyID    string `json:"keyID"`
	Secret   string `json:"secret"`
	Endpoint string `json:"endpoint"`
}

var adminBinding = []byte("aratame admin key v1")

// writeAdmin keeps the first key sealed under the key file, so that somebody on
// the host can set a shell up later. Deleting the file takes nothing else away.
func (s *Server) writeAdmin(f *First) error {
	text, err := json.Marshal(Admin{Account: f.Account, User: f.Admin, KeyID: f.KeyID, Secret: f.Secret, Endpoint: Endpoint(s.cfg)})
	if err != nil {
		return err
	}
	sealed, err := s.kek.Encrypt(text, adminBinding)
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, adminFile)
	if err := os.WriteFile(path+".new", sealed, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// ReadAdmin returns the administrator's key of a data directory. The server may
// be running.
func ReadAdmin(cfg *config.Config) (*Admin, error) {
	dir, err := cfg.DataDir()
	if err != nil {
		return nil, err
	}
	sealed, err := os.ReadFile(filepath.Join(dir, adminFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no administrator's key: start the server once with aratame serve, or make a key with aratame recover admin-key", dir)
	} else if err != nil {
		return nil, err
	}
	kek, err := seal.OpenKEK(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, err
	}
	text, err := kek.Decrypt(sealed, adminBinding)
	if err != nil {
		return nil, fmt.Errorf("%s can't be opened with the key file beside it; make a new key with aratame recover admin-key", filepath.Join(dir, adminFile))
	}
	a := &Admin{}
	if err := json.Unmarshal(text, a); err != nil {
		return nil, err
	}
	return a, nil
}

// Endpoint is the URL that clients on this machine use.
func Endpoint(cfg *config.Config) string {
	scheme := "http"
	if cfg.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + localAddress(cfg.Address())
}
