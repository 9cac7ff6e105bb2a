package scripttest

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

const scripts = "testdata/scripts"

// TestScripts runs all scripts, and then looks at what they have shown. A run of
// a few, chosen by the name of the subtest, has no such end.
func TestScripts(t *testing.T) {
	seen, recording := newSeen(), newRecording()
	ran := t.Run("script", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:   scripts,
			Cmds:  boundCommands(),
			Setup: func(e *testscript.Env) error { return setup(e, seen, recording) },
		})
	})
	recording.write(t)
	if ran {
		t.Run("coverage", func(t *testing.T) { seen.check(t) })
	}
}
