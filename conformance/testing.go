package conformance

import (
	"context"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// T is what the functions for tests need of a *testing.T.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Accepts fails the test for each trace that is not a behaviour of the spec in
// the folder (see Load). A trace without a verdict, and a machine without TLC,
// fail it too: what was not checked is not accepted.
func Accepts(t T, spec fs.FS, traces ...*trace.Trace) {
	t.Helper()
	s, c := forTest(t, spec)
	if len(traces) == 0 {
		t.Fatalf("there are no traces to check")
	}
	verdicts, err := c.Replay(t.Context(), s, traces)
	if err != nil {
		t.Fatalf("replay: %s", err)
	}
	for i, v := range verdicts {
		if v.Outcome != Accepted {
			t.Errorf("%s: %s", traces[i].Name, v)
		}
	}
}

// Explores fails the test for each difference between the code and the bounded
// model of the spec in the folder; see Checker.Explore.
func Explores(t T, spec fs.FS, system func(*trace.Recorder) (System, error)) {
	t.Helper()
	s, c := forTest(t, spec)
	x, err := c.Explore(t.Context(), s, system)
	if err != nil {
		t.Fatalf("explore: %s", err)
	}
	for _, d := range x.Differences {
		t.Errorf("explore: %s", d)
	}
	for _, step := range x.Missing {
		t.Errorf("explore: the bounded model never takes the step %s", step)
	}
	if x.Outcome != Accepted {
		t.Errorf("explore: %s, %d of %d transitions driven %s", x.Outcome, x.Driven, x.Transitions, x.Message)
	}
}

func forTest(t T, spec fs.FS) (*Spec, *Checker) {
	t.Helper()
	s, err := Load(spec)
	if err != nil {
		t.Fatalf("the spec: %s", err)
	}
	found, err := tlc.Find(t.Context())
	if err != nil {
		t.Fatalf("%s", err)
	}
	return s, &Checker{TLC: found, Parallel: 2}
}
