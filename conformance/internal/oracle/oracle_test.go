package oracle_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/oracle"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
	"github.com/lockstep-tla/lockstep/trace"
)

// wanted is how many traces of each spec both are asked about: LOCKSTEP_ORACLE says so
// for a long run.
func wanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LOCKSTEP_ORACLE")
	if text == "" {
		return 100
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "LOCKSTEP_ORACLE")
	return n
}

func agree(t *testing.T, s *spec.Spec, n int) {
	t.Helper()
	const seed = 1
	found, err := oracle.Compare(t.Context(), checktest.Runner(t), s, n, seed)
	require.NoError(t, err)
	t.Logf("%d traces: both accept %d, both reject %d, %d leave the bounds", found.Traces, found.Accepted, found.Rejected, found.Beyond)
	require.Empty(t, found.Apart, "of %d:\n%s", len(found.Apart), strings.Join(found.Apart[:min(5, len(found.Apart))], "\n"))
	require.Greater(t, found.Accepted, n/6)
	require.Greater(t, found.Rejected, n/6)
}

// TestReplayAgreesWithTheGraph asks about specs that are hard on purpose.
func TestReplayAgreesWithTheGraph(t *testing.T) {
	n := wanted(t)
	const nasty = "../../testdata/nasty"
	folders, err := os.ReadDir(nasty)
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			s, err := spec.Load(os.DirFS(nasty + "/" + folder.Name()))
			require.NoError(t, err)
			agree(t, s, n)
		})
	}
}

// TestReplayAgreesWithTheGraphOfEachPattern is for a long run.
func TestReplayAgreesWithTheGraphOfEachPattern(t *testing.T) {
	n := wanted(t)
	for _, p := range patterns.Checked {
		t.Run(p.Name, func(t *testing.T) {
			s, err := conformance.Load(p.Spec, p.Library...)
			require.NoError(t, err)
			agree(t, s, n)
		})
	}
}

// TestJudgeFollowsAllBranches: a hidden choice is decided by what comes later.
func TestJudgeFollowsAllBranches(t *testing.T) {
	view := func(n int) trace.Value { return map[string]trace.Value{"n": n} }
	a := map[string]trace.Value{"node": "a"}
	m := &explore.Paths{
		Init: []int{0},
		Out: [][]explore.Transition{
			{{Step: "Roll", Args: a, View: view(0), To: 1}, {Step: "Roll", Args: a, View: view(0), To: 2}},
			{{Step: "Show", Args: a, View: view(1), To: 3}},
			{{Step: "Show", Args: a, View: view(2), To: 0}, {Step: "Leave", Args: a, View: view(2), To: 4}},
			{}, {},
		},
		Within: []bool{true, true, true, true, false},
	}
	step := func(name string, n int) trace.Event {
		return trace.Event{Step: name, Args: a, State: map[string]trace.Value{"n": n}}
	}
	judge := func(steps ...trace.Event) oracle.Opinion { return oracle.Judge(m, checktest.Trace(steps...)) }
	require.Equal(t, oracle.Opinion{Outcome: report.Accepted}, judge(step("Roll", 0), step("Show", 2), step("Roll", 0)))
	require.Equal(t, oracle.Opinion{Outcome: report.Rejected, Step: 2, Reason: report.State}, judge(step("Roll", 0), step("Show", 3)))
	require.Equal(t, oracle.Opinion{Outcome: report.Rejected, Step: 3, Reason: report.Guard}, judge(step("Roll", 0), step("Show", 1), step("Roll", 0)))
	require.Equal(t, oracle.Opinion{Outcome: report.Unknown}, judge(step("Roll", 0), step("Leave", 2), step("Roll", 0)))
}
