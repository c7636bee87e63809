// Package refused is for tests which show that a spec refuses a run, and that the reason
// can be read.
package refused

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Why returns the verdict and the explanation for a run that the spec in a folder must refuse.
// It fails the test if the spec allows the run.
func Why(t conformance.T, spec fs.FS, h trace.Header, run func(*trace.Recorder)) string {
	t.Helper()
	var file bytes.Buffer
	rec := trace.New(&file, h)
	run(rec)
	if err := rec.Close(); err != nil {
		t.Fatalf("the run was not recorded: %s", err)
	}
	recorded, err := trace.Read(&file, "run")
	if err != nil {
		t.Fatalf("the run cannot be read: %s", err)
	}
	refusal := &listener{T: t}
	conformance.Accepts(refusal, spec, recorded)
	if refusal.Len() == 0 {
		t.Errorf("the spec allows the run")
	}
	return refusal.String()
}

// listener is a test that keeps its errors to itself.
type listener struct {
	conformance.T
	strings.Builder
}

// Errorf implements conformance.T.
func (l *listener) Errorf(format string, args ...any) { fmt.Fprintf(l, format, args...) }
