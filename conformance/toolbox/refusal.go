package toolbox

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Refusal records a run that the spec must refuse, and returns how conformance.Accepts
// explains the refusal. It is "" if the spec accepts the run.
func Refusal(t conformance.T, spec fs.FS, h trace.Header, do func(*trace.Recorder) error) string {
	t.Helper()
	run := conformance.Run{Path: filepath.Join(t.TempDir(), "refused.ndjson"), Seed: h.Seed}
	if err := Record(run, h, do); err != nil {
		t.Fatalf("the run: %s", err)
	}
	recorded, err := trace.ReadFile(run.Path)
	if err != nil {
		t.Fatalf("its trace: %s", err)
	}
	k := &kept{T: t}
	conformance.Accepts(k, spec, recorded)
	return strings.Join(k.said, "\n")
}

// kept keeps what a failing test says, and the test goes on.
type kept struct {
	conformance.T
	said []string
}

func (k *kept) Errorf(format string, args ...any) {
	k.said = append(k.said, fmt.Sprintf(format, args...))
}
