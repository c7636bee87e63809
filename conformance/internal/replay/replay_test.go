package replay_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestReplayGivesEachTraceItsVerdict puts traces that are wrong in every
// possible way into one run with good ones.
func TestReplayGivesEachTraceItsVerdict(t *testing.T) {
	withCapacity := func(n int, t *trace.Trace) *trace.Trace {
		t.Header.Constants = map[string]trace.Value{"Capacity": n}
		return t
	}
	put, get := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Get", "x", 0, "none")
	second, third := checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Put", "y", 3, "y")
	accepted := report.Verdict{Outcome: report.Accepted}
	rejected := func(at int, reason report.Reason) report.Verdict {
		return report.Verdict{Outcome: report.Rejected, Step: at, Reason: reason}
	}
	cases := []struct {
		trace *trace.Trace
		want  report.Verdict
	}{
		{checktest.BufferTrace("good", put, get), accepted},
		{checktest.BufferTrace("a step too many", put, get, get), rejected(3, report.Guard)},
		{checktest.BufferTrace("another view", put, third), rejected(2, report.State)},
		{checktest.BufferTrace("an item that is none", checktest.BufferStep("Put", "z", 1, "z")), rejected(1, report.Guard)},
		{checktest.BufferTrace("a view of another kind", put, checktest.BufferStep("Put", "x", 2, 7)), rejected(2, report.State)},
		{checktest.BufferTrace("an argument of another kind", put, checktest.BufferStep("Get", 7, 0, "none")), rejected(2, report.Guard)},
		{checktest.BufferTrace("a member too many", put, withMember(second)), rejected(2, report.State)},
		{checktest.BufferTrace("a string that TLA+ cannot hold", put, checktest.BufferStep("Put", "x", 2, "\x00")), rejected(0, report.Malformed)},
		{checktest.BufferTrace("an argument that TLA+ cannot hold", checktest.BufferStep("Put", "é", 1, "x")), rejected(0, report.Malformed)},
		{checktest.BufferTrace("bad input comes before a verdict", get, checktest.BufferStep("Put", "x", 2, "`")), rejected(0, report.Malformed)},
		{checktest.BufferTrace("full", put, second, third), rejected(3, report.Guard)},
		{withCapacity(3, checktest.BufferTrace("a larger buffer", put, second, third)), accepted},
		{withCapacity(1, checktest.BufferTrace("a smaller buffer", put, second)), rejected(2, report.Guard)},
		{checktest.BufferTrace("empty"), rejected(0, report.Malformed)},
		{checktest.BufferTrace("an unknown step", put, checktest.BufferStep("Peek", "x", 1, "x")), rejected(0, report.Malformed)},
		{checktest.BufferTrace("good again", put, second, checktest.BufferStep("Get", "x", 1, "y")), accepted},
	}
	var traces []*trace.Trace
	for _, c := range cases {
		traces = append(traces, c.trace)
	}
	verdicts, err := replay.Replay(t.Context(), checktest.Runner(t), checktest.BufferSpec(t), traces)
	require.NoError(t, err)
	for i, c := range cases {
		got := verdicts[i]
		require.Equal(t, c.want, report.Verdict{Outcome: got.Outcome, Step: got.Step, Reason: got.Reason}, "%s: %s", c.trace.Name, got)
	}
}

func withMember(e trace.Event) trace.Event {
	e.State = maps.Clone(e.State)
	e.State["size"] = 2
	return e
}

// TestManyTracesOnWhichTLCStumbles has more of them than are set apart one by
// one. The good one comes last, and is not lost among them.
func TestManyTracesOnWhichTLCStumbles(t *testing.T) {
	put := checktest.BufferStep("Put", "x", 1, "x")
	var traces []*trace.Trace
	for range 12 {
		traces = append(traces, checktest.BufferTrace("a view of another kind", put, checktest.BufferStep("Put", "x", 2, 7)))
	}
	traces = append(traces, checktest.BufferTrace("good", put))
	verdicts, err := replay.Replay(t.Context(), checktest.Runner(t), checktest.BufferSpec(t), traces)
	require.NoError(t, err)
	for _, v := range verdicts[:12] {
		require.Equal(t, report.Rejected, v.Outcome, v)
		require.Equal(t, 2, v.Step, v)
	}
	require.Equal(t, report.Accepted, verdicts[12].Outcome, verdicts[12])
}
