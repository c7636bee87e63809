package lock_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	lock "github.com/lockstep-tla/lockstep/docs/example"
	"github.com/lockstep-tla/lockstep/trace"
)

// record lets use work with a server and returns what the server did.
func record(t *testing.T, use func(*lock.Server)) *trace.Trace {
	t.Helper()
	var file bytes.Buffer
	rec := trace.New(&file, trace.Header{Spec: "Lock", Scenario: t.Name()})
	use(lock.NewServer(rec))
	require.NoError(t, rec.Close())
	recorded, err := trace.Read(&file, t.Name())
	require.NoError(t, err)
	return recorded
}

func TestRunsFollowTheSpec(t *testing.T) {
	recorded := record(t, func(s *lock.Server) {
		s.Acquire("ann")
		s.Acquire("bob") // in vain, and no step
		s.Release("ann")
		s.Acquire("bob")
	})

	conformance.Holds(t, os.DirFS("spec"))
	conformance.Accepts(t, os.DirFS("spec"), recorded)
	conformance.Explores(t, os.DirFS("spec"), newSystem)
}

// system lets Explore drive a server.
type system struct{ *lock.Server }

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	return system{lock.NewServer(rec)}, nil
}

func (s system) Do(step string, args map[string]trace.Value) error {
	take := map[string]func(string) bool{"Acquire": s.Acquire, "Release": s.Release}[step]
	if !take(args["client"].(string)) {
		return conformance.ErrRefused
	}
	return nil
}

func (s system) Close() error { return nil }

// TestAStolenLockIsNoticed has the trace of a server that gives away a lock
// which is taken, and, to be accepted, the one that the docs show.
func TestAStolenLockIsNoticed(t *testing.T) {
	stolen := record(t, func(s *lock.Server) {
		s.Acquire("ann")
		s.Release("ann")
		s.Acquire("bob")
	})
	stolen.Events = append(stolen.Events[:1], stolen.Events[2]) // no Release

	spec, err := conformance.Load(os.DirFS("spec"))
	require.NoError(t, err)
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	checker := &conformance.Checker{TLC: found}
	verdicts, err := checker.Replay(t.Context(), spec, []*trace.Trace{stolen, documented(t)})
	require.NoError(t, err)
	require.Equal(t, "rejected at step 2, Acquire (guard): "+
		"the spec does not allow this step here with these arguments", verdicts[0].String(), "as the README says")
	require.Equal(t, conformance.Accepted, verdicts[1].Outcome, "%s", verdicts[1])
}

// documented returns the trace that the docs show.
func documented(t *testing.T) *trace.Trace {
	t.Helper()
	docs, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, after, ok := strings.Cut(string(docs), `{"lockstep"`)
	require.True(t, ok)
	lines, _, ok := strings.Cut(after, "```")
	require.True(t, ok)
	shown, err := trace.Read(strings.NewReader(`{"lockstep"`+lines), "docs/README.md")
	require.NoError(t, err)
	require.Len(t, shown.Events, 2)
	return shown
}

// TestTheReadmeShowsThisCode keeps the README from showing what does not
// compile, or what no test has run.
func TestTheReadmeShowsThisCode(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range []string{"lock.go", "lock_test.go", "spec/Lock.tla", "spec/LockSteps.tla", "spec/LockSteps.cfg"} {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		for line := range strings.Lines(string(b)) {
			all.WriteString(strings.TrimSpace(line) + "\n")
		}
	}
	_, example, ok := strings.Cut(string(readme), "## Use it on your own code")
	require.True(t, ok)
	example, _, _ = strings.Cut(example, "\n## ")
	shown := 0
	for i, block := range strings.Split(example, "```") {
		language, code, _ := strings.Cut(block, "\n")
		if i%2 == 0 || language == "sh" {
			continue
		}
		shown++
		var trimmed strings.Builder
		for line := range strings.Lines(code) {
			trimmed.WriteString(strings.TrimSpace(line) + "\n")
		}
		require.Contains(t, all.String(), strings.TrimSpace(trimmed.String())+"\n")
	}
	require.Equal(t, 5, shown)
}
