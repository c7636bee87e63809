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
	tried := map[string]int{}
	for _, tr := range recordOnly(t, "faults") {
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

// Runs with real processes are accepted, and processes are killed in every phase.
func TestProcesses(t *testing.T) {
	traces := recordOnly(t, "processes")
	conformance.Accepts(t, Pattern.Spec, traces...)
	found := map[string]bool{}
	for _, tr := range traces {
		for i, e := range tr.Events {
			if e.Step == "Crash" {
				for phase := range phases(e.Args["node"].(string), tr.Events[:i]) {
					found[phase] = true
				}
			}
		}
	}
	for _, phase := range []string{
		"tc: asked to commit", "tc: asking for votes", "tc: all have voted", "tc: decided, nobody told", "tc: some have done it",
		"tc: all have done it", "tc: forgotten",
		"p: asked to promise", "p: promised, and has not said so", "p: in doubt", "p: done",
	} {
		require.Contains(t, found, phase)
	}
}

// phases are where the transactions are that have asked to commit, as far as a
// node is concerned, after some events.
func phases(node string, events []trace.Event) map[string]bool {
	last := map[string]record{}
	did := map[string]bool{} // "STEP TRANSACTION NODE", and "STEP TRANSACTION"
	for _, e := range events {
		at := e.Args["node"].(string)
		last[at] = e.State
		of, ok := e.Args["transaction"].(string)
		if !ok {
			of = at
		}
		did[e.Step+" "+of] = true
		did[e.Step+" "+of+" "+at] = true
	}
	all := map[string]bool{}
	for n := range mostNumbers {
		of := name(uint64(n + 1))
		if !did["AskCommit "+of] {
			continue
		}
		if node == coordinator {
			all["tc: "+coordinatorPhase(of, last[node], did)] = true
			continue
		}
		switch at, _ := last[node]["at"].(record)[of].(string); {
		case at == "active" && did["StartPrepare "+of]:
			all["p: asked to promise"] = true
		case at == "prepared" && !did["Vote "+of+" "+node]:
			all["p: promised, and has not said so"] = true
		case at == "prepared":
			all["p: in doubt"] = true
		case at == "committed":
			all["p: done"] = true
		}
	}
	return all
}

func coordinatorPhase(of string, state record, did map[string]bool) string {
	parts, voted, done := map[string]bool{}, 0, 0
	if touched, ok := state["keys"].(record)[of].(record); ok {
		for key := range touched {
			parts[home(key)] = true
		}
	}
	for p := range parts {
		if did["Vote "+of+" "+p] {
			voted++
		}
		if did["Apply "+of+" "+p] {
			done++
		}
	}
	switch stage := state["stage"].(record)[of]; {
	case stage == "begun":
		return "asked to commit"
	case stage == "preparing" && voted == 0:
		return "asking for votes"
	case stage == "preparing" && voted == len(parts):
		return "all have voted"
	case stage == "committed" && !did["Tell "+of]:
		return "decided, nobody told"
	case stage == "committed" && done > 0 && done < len(parts):
		return "some have done it"
	case stage == "committed" && done == len(parts):
		return "all have done it"
	case stage == "complete":
		return "forgotten"
	}
	return "elsewhere"
}

func recordOnly(t *testing.T, scenario string) []*trace.Trace {
	p := Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool { return s.Name != scenario })
	paths, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	var traces []*trace.Trace
	for _, path := range paths {
		tr, err := trace.ReadFile(path)
		require.NoError(t, err)
		traces = append(traces, tr)
	}
	return traces
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
		"Commit": "decided", "Abort": "decided", "Apply": "decided", "Discard": "decided", "Forget": "forgotten",
	}
	r := entry{Kind: kinds[e.Step], Outcome: "committed"}
	if e.Step == "Abort" || e.Step == "Discard" {
		r.Outcome = "aborted"
	}
	t, _ := e.Args["transaction"].(string)
	if t != "" {
		r.Transaction = tpc.Ref{Number: number(t)}
	}
	if n, ok := e.Args["number"].(int); ok {
		r.Transaction = tpc.Ref{Number: uint64(n)}
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
