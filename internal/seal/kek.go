package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/secretdata"
)

// A KEK is a key-encryption key: it seals keyrings and nothing else. The
// methods are those of Tink's AEAD, so that any KMS client of Tink can stand
// in for the file. It is used when a keyring is opened, rotated or pruned,
// never on the path of a request.
type KEK interface {
	// Encrypt seals plaintext and binds it to associatedData.
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	// Decrypt opens what Encrypt returned for the same associatedData.
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// The file is one line: kekMagic, 32 bytes in base64, a line feed.
const (
	kekMagic = "aratame-key-encryption-key-v1:"
	kekSize  = 32
	kekFile  = len(kekMagic) + 44 + 1
)

// A KEKError says why a key file is refused and what to do about it. It never
// holds the file's content.
type KEKError struct {
	Path    string
	Problem string
	Remedy  string
	Err     error // the system's error, if any
}

// Error gives path, problem and remedy in one line.
func (e *KEKError) Error() string {
	return "key file " + e.Path + ": " + e.Problem + ": " + e.Remedy
}

// Unwrap gives the system's error.
func (e *KEKError) Unwrap() error { return e.Err }

// CreateKEK makes a key file of mode 0600 from 32 bytes of rand, and returns
// when file and directory entry are durable. A file that exists is never
// overwritten: the error then matches fs.ErrExist.
func CreateKEK(path string, rand io.Reader) (KEK, error) {
	key := make([]byte, kekSize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, fmt.Errorf("seal: reading randomness: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		remedy := "make the directory writable for this user"
		if errors.Is(err, fs.ErrExist) {
			remedy = "it is kept as it is; open it instead of making a new one"
		}
		return nil, &KEKError{path, "cannot be created", remedy, err}
	}
	line := append(base64.StdEncoding.AppendEncode([]byte(kekMagic), key), '\n')
	_, err = f.Write(line)
	err = errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
	if err != nil {
		// No keyring was sealed under it yet, so that half a file is of no use.
		_ = os.Remove(path)
		return nil, &KEKError{path, "cannot be written", "free space on the disk or repair it, then start again", err}
	}
	return newKEK(key)
}

// OpenKEK reads a key file. It refuses a symbolic link, anything that is not a
// regular file, a file of another user, one that group or others can access,
// and one of another size or format. A missing file matches fs.ErrNotExist.
func OpenKEK(path string) (KEK, error) {
	// O_NONBLOCK keeps a FIFO in the file's place from hanging the start.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &KEKError{path, "is missing", "restore it from a backup; without it no stored secret can be read", err}
	case errors.Is(err, syscall.ELOOP):
		return nil, &KEKError{path, "is a symbolic link", "put the file itself in its place", err}
	case err != nil:
		return nil, &KEKError{path, "cannot be opened", "make it readable for this user, and for this user only (chmod 600)", err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &KEKError{path, "cannot be examined", "check the disk", err}
	}
	if !info.Mode().IsRegular() {
		return nil, &KEKError{path, "is not a regular file", "put the key file in its place", nil}
	}
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return nil, &KEKError{path, fmt.Sprintf("has mode %04o, others than its owner can access it", m), "run chmod 600 on it, and consider it known to whoever could read it", nil}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		return nil, &KEKError{path, fmt.Sprintf("belongs to user %d", st.Uid), "run as that user, or chown the file", nil}
	}
	data := make([]byte, kekFile+1)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &KEKError{path, "cannot be read", "check the disk", err}
	}
	key, ok := parseKEK(data[:n])
	if !ok {
		return nil, &KEKError{path, "is not a key file of this program, or is damaged", "restore it from a backup", nil}
	}
	return newKEK(key)
}

func parseKEK(data []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(data, []byte(kekMagic))
	if !ok || len(data) != kekFile || rest[len(rest)-1] != '\n' {
		return nil, false
	}
	key, err := base64.StdEncoding.Strict().DecodeString(string(rest[:len(rest)-1]))
	if err != nil || len(key) != kekSize {
		return nil, false
	}
	return key, true
}

// NewMemoryKEK returns a key that lives as long as the process, for servers
// that keep nothing and for tests.
func NewMemoryKEK(rand io.Reader) (KEK, error) {
	key := make([]byte, kekSize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, fmt.Errorf("seal: reading randomness: %w", err)
	}
	return newKEK(key)
}

func newKEK(key []byte) (KEK, error) {
	p, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: kekSize, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantNoPrefix,
	})
	if err != nil {
		return nil, fmt.Errorf("seal: parameters: %w", err)
	}
	k, err := aesgcm.NewKey(secretdata.NewBytesFromData(key, insecuresecretdataaccess.Token{}), 0, p)
	if err != nil {
		return nil, fmt.Errorf("seal: key: %w", err)
	}
	a, err := aesgcm.NewAEAD(k)
	if err != nil {
		return nil, fmt.Errorf("seal: key: %w", err)
	}
	return a, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
