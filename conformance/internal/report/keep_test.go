package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// full is a report with values of each kind, with empty lists and with none.
func full() *Report {
	event := trace.Event{Step: "Write", Args: map[string]trace.Value{"node": "a", "list": []trace.Value{}, "n": 3},
		State: map[string]trace.Value{}, Line: 2}
	refused := &trace.Trace{Name: "x.ndjson", Header: trace.Header{Spec: "X", Seed: 7, Constants: map[string]trace.Value{
		"Key": []trace.Value{"a", "b"}, "Max": 3, "On": true, "None": map[string]trace.Value{}}}, Events: []trace.Event{event}}
	explanation := &Explanation{
		Step: 1, Event: &refused.Events[0], Summary: "because", Rules: []string{"R"}, Notes: []string{},
		Action:   []*Finding{{Text: "a", Looked: true, Parts: []*Finding{{Text: "b", Value: "FALSE", Bound: true}}}},
		Possible: []PossibleStep{{Step: "Read", View: map[string]trace.Value{"x": 1}}},
		Fields:   []FieldDifference{{Field: "f", Value: []trace.Value{1}}},
		Shortest: refused, Breakable: []string{"R"}, Held: true,
	}
	return &Report{
		Pattern: "x", Verdict: Accepted, Seconds: 1.5,
		Model: ModelReport{States: 5, Properties: []string{"P"}, Liveness: []string{}},
		Replay: ReplayReport{Coverage: &Coverage{Actions: []Exercised{{Name: "A", Done: true, At: sany.Span{Module: "X", Line: 3}}},
			Branches: []Exercised{}}},
		Rules: []*Rule{{
			Name: "R", Spec: Detected, Code: Detected, Explanation: explanation, Refused: refused,
			Verdict: Verdict{Outcome: Rejected, Step: 1, Event: &refused.Events[0], Reason: State, Allowed: []trace.Value{map[string]trace.Value{"x": 1}}},
			Counterexample: []tlc.State{{Number: 1, Vars: map[string]tlc.Value{
				"set": tlc.Set{1, "a"}, "f": tlc.Func{{Arg: 1, Result: tlc.Model("m")}}, "text": "a"}, Text: "/\\ a", Place: &tlc.Place{Module: "X", Line: 1}}},
			Loop: &tlc.Loop{Back: 1},
		}, {Name: "S", Difference: &Difference{Path: []string{}, Step: "T", Explanation: explanation}}},
	}
}

func TestKeptReportComesBackWhole(t *testing.T) {
	data, err := Encode(full())
	require.NoError(t, err)
	back, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, full(), back)
	require.Equal(t, full().Rules[0].Explanation.String(), back.Rules[0].Explanation.String())
}

func TestKeptReportHasNoSyntaxTrees(t *testing.T) {
	r := full()
	loop := &sany.Expr{}
	loop.Args = []*sany.Expr{loop}
	r.Rules[0].Explanation.Decided = []*sany.Expr{loop}
	r.Rules[0].Explanation.Action[0].Parts[0].Expr = loop
	data, err := Encode(r)
	require.NoError(t, err)
	back, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, full(), back)
}

func TestReportThatDoesNotComeBackIsNotKept(t *testing.T) {
	r := full()
	r.Rules[0].Refused.Events[0].State["x"] = struct{}{} // no value of a trace
	_, err := Encode(r)
	require.Error(t, err)
}

func TestDamagedReportIsAnError(t *testing.T) {
	data, err := Encode(full())
	require.NoError(t, err)
	for n := range data {
		_, err := Decode(data[:n])
		require.Error(t, err, "%d bytes", n)
	}
}
