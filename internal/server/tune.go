package server

import (
	"os"
	"runtime/debug"
)

// gcPercent trades memory under load for time: what is alive of a server is a
// few megabytes, so that Go's default collects many times a second. At rest the
// memory goes back to the system.
const gcPercent = 300

// Tune sets the garbage collector for a process that is a server and nothing
// else. GOGC in the environment has its way.
func Tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// Settle gives back to the system what the start has used and the server
// doesn't: hashing the first password alone takes 19 MiB.
func Settle() { debug.FreeOSMemory() }
