package check

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/docs/example/lease/spec"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

func TestSpecHolds(t *testing.T) { conformance.Holds(t, spec.Files) }

func TestScenariosTakeEveryStep(t *testing.T) { conformance.Records(t, &Pattern, "walk") }

// TestCommand runs `lease check`, as its user would: the pattern is accepted, each rule
// is detected on both sides, no falsified trace is excused, and the report is there.
func TestCommand(t *testing.T) {
	dir := t.TempDir()
	lease, page := filepath.Join(dir, "lease"), filepath.Join(dir, "page")
	built, err := exec.Command("go", "build", "-o", lease, "..").CombinedOutput()
	require.NoError(t, err, "%s", built)
	c := exec.Command(lease, "check", "-json", "-html", page)
	c.Stderr = os.Stderr
	out, err := c.Output()
	require.NoError(t, err, "%s", out)
	var printed struct{ Patterns []conformance.Report }
	require.NoError(t, json.Unmarshal(out, &printed), "%s", out)
	require.Len(t, printed.Patterns, 1)
	r := printed.Patterns[0]
	require.Equal(t, conformance.Accepted, r.Verdict, "%v", r.Problems)
	require.Len(t, r.Rules, 3)
	require.Positive(t, r.Explore.Driven)
	require.Equal(t, r.Explore.Transitions, r.Explore.Driven)
	html, err := os.ReadFile(filepath.Join(page, "index.html"))
	require.NoError(t, err)
	require.Contains(t, string(html), "LaterWritesStand")
}
