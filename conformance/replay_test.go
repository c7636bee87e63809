package conformance_test

import (
	"maps"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// checker is one with the TLC of this machine.
func checker(t *testing.T) *run.Runner {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	return &run.Runner{TLC: found, MemoryMB: 1024, Parallel: 2}
}

func bufferSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s, err := spec.Load(os.DirFS("testdata/buffer/spec"))
	require.NoError(t, err)
	return s
}

// step is one step of the buffer.
func step(name string, item any, length int, last any) trace.Event {
	return trace.Event{
		Step: name, Args: map[string]trace.Value{"node": "buffer", "item": item},
		State: map[string]trace.Value{"length": length, "last": last}, Line: 2,
	}
}

func bufferTrace(name string, events ...trace.Event) *trace.Trace {
	return &trace.Trace{Name: name, Header: trace.Header{Spec: "Buffer"}, Events: events}
}

// TestReplayGivesEachTraceItsVerdict puts traces that are wrong in every
// possible way into one run with good ones.
func TestReplayGivesEachTraceItsVerdict(t *testing.T) {
	withCapacity := func(n int, t *trace.Trace) *trace.Trace {
		t.Header.Constants = map[string]trace.Value{"Capacity": n}
		return t
	}
	put, get := step("Put", "x", 1, "x"), step("Get", "x", 0, "none")
	second, third := step("Put", "y", 2, "y"), step("Put", "y", 3, "y")
	accepted := report.Verdict{Outcome: report.Accepted}
	rejected := func(at int, reason report.Reason) report.Verdict {
		return report.Verdict{Outcome: report.Rejected, Step: at, Reason: reason}
	}
	cases := []struct {
		trace *trace.Trace
		want  report.Verdict
	}{
		{bufferTrace("good", put, get), accepted},
		{bufferTrace("a step too many", put, get, get), rejected(3, report.Guard)},
		{bufferTrace("another view", put, third), rejected(2, report.State)},
		{bufferTrace("an item that is none", step("Put", "z", 1, "z")), rejected(1, report.Guard)},
		{bufferTrace("a view of another kind", put, step("Put", "x", 2, 7)), rejected(2, report.State)},
		{bufferTrace("an argument of another kind", put, step("Get", 7, 0, "none")), rejected(2, report.Guard)},
		{bufferTrace("a member too many", put, withMember(second)), rejected(2, report.State)},
		{bufferTrace("a string that TLA+ cannot hold", put, step("Put", "x", 2, "\x00")), rejected(2, report.State)},
		{bufferTrace("an argument that TLA+ cannot hold", step("Put", "\x00", 1, "x")), rejected(1, report.Guard)},
		{bufferTrace("refused before that", get, step("Put", "x", 2, "\x00")), rejected(1, report.Guard)},
		{bufferTrace("full", put, second, third), rejected(3, report.Guard)},
		{withCapacity(3, bufferTrace("a larger buffer", put, second, third)), accepted},
		{withCapacity(1, bufferTrace("a smaller buffer", put, second)), rejected(2, report.Guard)},
		{bufferTrace("empty"), rejected(0, report.Malformed)},
		{bufferTrace("an unknown step", put, step("Peek", "x", 1, "x")), rejected(0, report.Malformed)},
		{bufferTrace("good again", put, second, step("Get", "x", 1, "y")), accepted},
	}
	var traces []*trace.Trace
	for _, c := range cases {
		traces = append(traces, c.trace)
	}
	verdicts, err := replay.Replay(t.Context(), checker(t), bufferSpec(t), traces)
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
	put := step("Put", "x", 1, "x")
	var traces []*trace.Trace
	for range 12 {
		traces = append(traces, bufferTrace("a view of another kind", put, step("Put", "x", 2, 7)))
	}
	traces = append(traces, bufferTrace("good", put))
	verdicts, err := replay.Replay(t.Context(), checker(t), bufferSpec(t), traces)
	require.NoError(t, err)
	for _, v := range verdicts[:12] {
		require.Equal(t, report.Rejected, v.Outcome, v)
		require.Equal(t, 2, v.Step, v)
	}
	require.Equal(t, report.Accepted, verdicts[12].Outcome, verdicts[12])
}
