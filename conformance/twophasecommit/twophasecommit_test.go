package twophasecommit

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// only is the pattern with some of its scenarios.
func only(scenarios ...string) *conformance.Pattern {
	p := Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool { return !slices.Contains(scenarios, s.Name) })
	return &p
}

func record(t *testing.T, scenarios ...string) []*trace.Trace {
	paths, err := only(scenarios...).Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	var traces []*trace.Trace
	for _, path := range paths {
		tr, err := trace.ReadFile(path)
		require.NoError(t, err)
		traces = append(traces, tr)
	}
	return traces
}

func TestScenariosAreRepeatable(t *testing.T) {
	conformance.Records(t, only("faults"), "faults")
}

func TestFaultsAreAccepted(t *testing.T) {
	conformance.Accepts(t, Pattern.Spec, record(t, "faults")...)
}

// Runs with real processes are accepted, and processes are killed in every phase.
func TestProcesses(t *testing.T) {
	traces := record(t, "processes")
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
		"tc: asked to commit", "tc: asking for votes", "tc: all have voted", "tc: decided, not told", "tc: some have done it",
		"tc: all have done it", "tc: forgotten",
		"p: asked to promise", "p: promised, and has not said so", "p: in doubt", "p: done",
	} {
		require.Contains(t, found, phase)
	}
}

// fields are those of a record in a trace.
type fields = map[string]trace.Value

// phases are where the transactions are that have asked to commit, as far as a
// node is concerned, after some events.
func phases(node string, events []trace.Event) map[string]bool {
	last := map[string]fields{}
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
		switch at, _ := last[node]["at"].(fields)[of].(string); {
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

func coordinatorPhase(of string, state fields, did map[string]bool) string {
	parts, voted, done := map[string]bool{}, 0, 0
	if touched, ok := state["keys"].(fields)[of].(fields); ok {
		for key := range touched {
			parts[placement(key)] = true
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
	switch stage := state["stage"].(fields)[of]; {
	case stage == "begun":
		return "asked to commit"
	case stage == "preparing" && voted == 0:
		return "asking for votes"
	case stage == "preparing" && voted == len(parts):
		return "all have voted"
	case stage == "committed" && !did["Tell "+of]:
		return "decided, not told"
	case stage == "committed" && done > 0 && done < len(parts):
		return "some have done it"
	case stage == "committed" && done == len(parts):
		return "all have done it"
	case stage == "complete":
		return "forgotten"
	}
	return "elsewhere"
}
