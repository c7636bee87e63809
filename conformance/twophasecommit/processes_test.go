package twophasecommit

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// What a process records for one that has died before it could, is what that one
// would have recorded: tried on all steps of runs in which nobody died so.
func TestSurvivedIsWhatWasDone(t *testing.T) {
	p := Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool { return s.Name != "faults" })
	paths, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	tried := map[string]int{}
	for _, path := range paths {
		tr, err := trace.ReadFile(path)
		require.NoError(t, err)
		states := map[string]record{}
		for _, e := range tr.Events {
			node := e.Args["node"].(string)
			if slices.Contains(logging, e.Step) {
				tried[e.Step]++
				got := recordedFor(t, node, states[node], entryOf(e, states[node]))
				require.Equal(t, e.Step, got.Step, tr.Place(&e))
				require.Equal(t, e.Args, got.Args, tr.Place(&e))
				require.Equal(t, e.State, got.State, tr.Place(&e))
			}
			states[node] = e.State
		}
	}
	require.Len(t, tried, len(logging), "%v", tried)
}

// recordedFor is what is recorded for a node that had recorded a state.
func recordedFor(t *testing.T, node string, state record, r entry) (got trace.Event) {
	rec := trace.Watch(func(e trace.Event) error {
		got = e
		return nil
	})
	text, err := json.Marshal(state)
	require.NoError(t, err)
	before := view{"up": false}
	if state != nil {
		before = copied(t, text)
	}
	r.survived(rec, node, before, nil)
	require.NoError(t, rec.Close())
	return got
}

// copied is a state that shares nothing with that of the trace.
func copied(t *testing.T, text []byte) view {
	var v map[string]any
	require.NoError(t, json.Unmarshal(text, &v))
	var ints func(v any) trace.Value
	ints = func(v any) trace.Value {
		switch v := v.(type) {
		case float64:
			return int(v)
		case map[string]any:
			r := record{}
			for key, value := range v {
				r[key] = ints(value)
			}
			return r
		}
		return v
	}
	return view(ints(v).(record))
}

// entryOf is the record of a log that the step has written.
func entryOf(e trace.Event, before record) entry {
	kinds := map[string]string{
		"Recover": "life", "Begin": "begun", "StartPrepare": "asked", "Complete": "complete", "Prepare": "prepared",
		"Commit": "decided", "Abort": "decided", "Apply": "decided", "Discard": "decided",
	}
	r := entry{Kind: kinds[e.Step], Outcome: "committed"}
	if e.Step == "Abort" || e.Step == "Discard" {
		r.Outcome = "aborted"
	}
	t, _ := e.Args["transaction"].(string)
	if t != "" {
		r.Transaction = tpc.Ref{Number: number(t)}
	}
	if age, ok := e.Args["age"].(int); ok {
		r.Transaction.Age = int64(age)
	}
	switch {
	case e.Step == "StartPrepare":
		r.Keys = map[string]uint64{}
		for key, life := range e.State["keys"].(record)[t].(record) {
			r.Keys[key] = uint64(life.(int))
		}
	case e.Step == "Recover" && before != nil && before["stage"] != nil:
		for other, stage := range e.State["stage"].(record) {
			if before["stage"].(record)[other] != stage {
				r.Aborted = append(r.Aborted, number(other))
			}
		}
	}
	return r
}
