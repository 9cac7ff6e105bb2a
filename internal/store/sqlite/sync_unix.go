//go:build unix

package sqlite

import "os"

// syncDir makes the names in a directory durable.
func syncDir(dir string) error { return syncPath(dir, os.O_RDONLY) }
