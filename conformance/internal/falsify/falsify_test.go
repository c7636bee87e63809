package falsify_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/falsify"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestEveryFalsifiedTraceIsRefused(t *testing.T) {
	good := checktest.BufferTrace("good", checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Get", "x", 1, "y"), checktest.BufferStep("Get", "y", 0, "none"))
	found, err := falsify.Traces(t.Context(), checktest.Runner(t), checktest.BufferSpec(t), []*trace.Trace{good}, nil)
	require.NoError(t, err)
	require.Empty(t, found.Missed)
	require.Empty(t, found.Unknown)
	require.Equal(t, found.Made, found.Refused)
	require.Greater(t, found.Made, 40)
}

// TestFalsifiedTracesNeedAnAcceptedOriginal: the spec refuses what is made of a trace
// that it refuses itself, whatever was changed.
func TestFalsifiedTracesNeedAnAcceptedOriginal(t *testing.T) {
	wrong := checktest.BufferTrace("wrong", checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Get", "y", 0, "none"), checktest.BufferStep("Put", "y", 1, "y"))
	found, err := falsify.Traces(t.Context(), checktest.Runner(t), checktest.BufferSpec(t), []*trace.Trace{wrong}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"wrong: itself not accepted"}, found.Unknown)
}

// looking gives the buffer a step that changes nothing, and a trace with it.
func looking(t *testing.T) (*spec.Spec, []*trace.Trace) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/buffer/spec")))
	source, err := os.ReadFile(dir + "/BufferSteps.tla")
	require.NoError(t, err)
	source = []byte(strings.Replace(string(source), "StepsNext ==", "StepsNext ==\n  \\/ Step(\"Look\", [node |-> \"buffer\"], UNCHANGED vars)", 1))
	require.NoError(t, os.WriteFile(dir+"/BufferSteps.tla", source, 0o644))
	s, err := spec.Load(os.DirFS(dir))
	require.NoError(t, err)
	look := checktest.BufferStep("Look", nil, 1, "x")
	delete(look.Args, "item")
	return s, []*trace.Trace{checktest.BufferTrace("looks", checktest.BufferStep("Put", "x", 1, "x"), look, checktest.BufferStep("Get", "x", 0, "none"))}
}

// TestStutteringStepIsProvenEquivalent: no trace can tell whether a step that
// changes nothing was taken once, twice or not at all.
func TestStutteringStepIsProvenEquivalent(t *testing.T) {
	s, traces := looking(t)
	found, err := falsify.Traces(t.Context(), checktest.Runner(t), s, traces, nil)
	require.NoError(t, err)
	require.Empty(t, found.Missed)
	require.Equal(t, 2, found.Equivalent)
	require.Equal(t, found.Made, found.Refused+found.Equivalent)
}

// twoNodes is a spec in which nodes count what they do, and post it. Its view can
// be made to leave out the count.
const twoNodes = `EXTENDS Naturals
VARIABLES count, posted
vars == <<count, posted>>
Node == {"a", "b"}
Init == count = [n \in Node |-> 0] /\ posted = {<<"b", "a">>, <<"b", "nowhere">>}
Work(n) == count' = [count EXCEPT ![n] = @ + 1] /\ UNCHANGED posted
Rest(n) == UNCHANGED vars
Guess(n) == \E v \in 0 .. 1 : count' = [count EXCEPT ![n] = v] /\ UNCHANGED posted
Reset(n) == count' = [count EXCEPT ![n] = 0] /\ UNCHANGED posted
Post(n, to) == posted' = posted \cup {<<n, to>>} /\ UNCHANGED count
Fetch(n, from) == <<from, n>> \in posted /\ count' = [count EXCEPT ![n] = 0] /\ UNCHANGED posted
`

const twoNodesNext = `StepsNext ==
  \E n \in Arg("node", Node) :
    \/ Step("Work", [node |-> n], Work(n))
    \/ Step("Rest", [node |-> n], Rest(n))
    \/ Step("Guess", [node |-> n], Guess(n))
    \/ Step("Reset", [node |-> n], Reset(n))
    \/ \E to \in Arg("to", Node \cup {"nowhere"}) : Step("Post", [node |-> n, to |-> to], Post(n, to))
    \/ \E from \in Arg("from", Node) : Step("Fetch", [node |-> n, from |-> from], Fetch(n, from))
`

func step(name, node string, count int, more ...string) trace.Event {
	e := trace.Event{Step: name, Args: map[string]trace.Value{"node": node}, State: map[string]trace.Value{"count": count}, Line: 2}
	for i := 0; i < len(more); i += 2 {
		e.Args[more[i]] = more[i+1]
	}
	return e
}

// without leaves the count out of the steps' views.
func without(steps []trace.Event) []trace.Event {
	var out []trace.Event
	for _, e := range steps {
		e.State = map[string]trace.Value{"known": true}
		out = append(out, e)
	}
	return out
}

// TestEquivalence says of falsified traces that are accepted which ones TLC proves
// to be equivalent, with a view that shows everything and one that hides the count.
func TestEquivalence(t *testing.T) {
	const shows, hides = "View(node) == [count |-> count[node]]\n", "View(node) == [known |-> TRUE]\n"
	const kept = "StepsState == count\n"
	work, again, rest := step("Work", "a", 1), step("Work", "a", 2), step("Rest", "a", 1)
	reset, other := step("Reset", "a", 0), step("Work", "b", 1)
	post := step("Post", "a", 0, "to", "b")
	for name, c := range map[string]struct {
		steps  []trace.Event
		more   string // of the Steps module
		mutant string
		shown  string // what is wrong with it where the view shows the count: "" if nothing
		hidden string // where it does not; "refused" if TLC refuses it
	}{
		"two nodes work in no order":               {steps: []trace.Event{work, other}, mutant: "swap Work, Work"},
		"a node's last step is missing":            {steps: []trace.Event{work, again, other}, mutant: "drop Work before Work"},
		"what is reset next need not have been":    {steps: []trace.Event{work, reset, work}, mutant: "drop Work before Reset"},
		"a step that the next one does not show":   {steps: []trace.Event{work, rest, reset, work}, mutant: "drop Work before Rest", shown: "refused", hidden: "step 2 does not show that the spec is in another state"},
		"a step that no later one shows":           {steps: []trace.Event{work, rest}, mutant: "drop Work before Rest", shown: "refused", hidden: "the trace ends in another state of the spec"},
		"a step twice that no later one shows":     {steps: []trace.Event{work, rest}, mutant: "double Work", shown: "refused", hidden: "the trace ends in another state of the spec"},
		"a message that was not posted":            {steps: []trace.Event{post, step("Rest", "a", 0)}, mutant: "drop Post before Rest", shown: "the trace ends in another state of the spec", hidden: "the trace ends in another state of the spec"},
		"a message that does not matter at rest":   {steps: []trace.Event{post, step("Rest", "a", 0)}, more: kept, mutant: "drop Post before Rest"},
		"a message for another node":               {steps: []trace.Event{post, step("Post", "a", 0, "to", "nowhere")}, more: kept, mutant: "falsify Post.args.to"},
		"an argument that says nothing both times": {steps: []trace.Event{step("Post", "a", 0, "to", "nowhere"), step("Post", "b", 0, "to", "a")}, more: kept, mutant: "falsify Post.args.to", shown: "the spec comes to the same state with both values", hidden: "the spec comes to the same state with both values"},
		"an original that is replayed twice":       {steps: []trace.Event{step("Post", "a", 0, "to", "nowhere"), step("Post", "b", 0, "to", "a"), step("Rest", "a", 0), step("Rest", "b", 0)}, more: kept, mutant: "falsify Post.args.to", shown: "step 2): the spec comes to the same state with both values", hidden: "step 2): the spec comes to the same state with both values"},
		"a view that has several values":           {steps: []trace.Event{step("Guess", "a", 0)}, mutant: "falsify Guess.state.count", shown: "the spec allows this view too", hidden: "refused"},
		"a choice that nothing shows":              {steps: []trace.Event{step("Guess", "a", 0), step("Guess", "a", 0)}, mutant: "double Guess"},
		"a choice made earlier":                    {steps: []trace.Event{step("Guess", "a", 0), work}, mutant: "swap Guess, Work", shown: "the trace ends in another state of the spec", hidden: "the trace ends in another state of the spec"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, view := range []struct{ text, want string }{{shows, c.shown}, {hides, c.hidden}} {
				steps := c.steps
				if view.text == hides {
					if c.shown == c.hidden {
						continue
					}
					steps = without(steps)
				}
				s := checktest.SpecOf(t, twoNodes, view.text+c.more+twoNodesNext, "")
				found, err := falsify.Traces(t.Context(), checktest.Runner(t), s, []*trace.Trace{checktest.Trace(steps...)}, nil)
				require.NoError(t, err)
				require.Empty(t, found.Unknown)
				switch view.want {
				case "", "refused":
					if view.want == "" {
						require.Positive(t, found.Equivalent)
					}
					for _, missed := range found.Missed {
						require.False(t, strings.HasPrefix(missed, c.mutant+" ("), "%s", missed)
					}
				default:
					require.Contains(t, strings.Join(found.Missed, "\n"), c.mutant)
					require.Contains(t, strings.Join(found.Missed, "\n"), view.want)
				}
			}
		})
	}
}

// TestListedAsEquivalent: an entry excuses what it matches and what TLC does not
// prove, and one that nothing needs is named.
func TestListedAsEquivalent(t *testing.T) {
	traces := []*trace.Trace{checktest.Trace(step("Post", "a", 0, "to", "b"), step("Rest", "a", 0), step("Rest", "a", 0))}
	s := checktest.SpecOf(t, twoNodes, "View(node) == [count |-> count[node]]\n"+twoNodesNext, "")
	first := func(_ []trace.Event, at int) bool { return at == 0 }
	listed := []falsify.Equivalent{
		{Mutant: "drop Post before *", Reason: "no node fetches it", InTrace: first},
		{Mutant: "drop *", Reason: "stands behind the one that is needed"},
		{Mutant: "double Rest", Reason: "TLC proves this one"},
	}
	found, err := falsify.Traces(t.Context(), checktest.Runner(t), s, traces, listed)
	require.NoError(t, err)
	require.Empty(t, found.Missed)
	require.Equal(t, 1, found.ByHand)
	require.Equal(t, []string{"drop *", "double Rest"}, found.Unused)

	listed[0].InTrace = func(_ []trace.Event, at int) bool { return at == 1 }
	found, err = falsify.Traces(t.Context(), checktest.Runner(t), s, traces, listed[:1])
	require.NoError(t, err)
	require.Len(t, found.Missed, 1)
	require.Equal(t, []string{"drop Post before *"}, found.Unused)
}

func TestListedMutantThatCannotMatch(t *testing.T) {
	_, err := falsify.Traces(t.Context(), (&run.Runner{}), nil, nil, []falsify.Equivalent{{Mutant: "shorten Put.args.items[", Reason: "wrong"}})
	require.ErrorIs(t, err, spec.ErrInput)
	require.ErrorContains(t, err, "shorten Put.args.items[")
}

// TestNamesOfOneKindAreFalsifiedAlike has a record whose fields are the members of a
// constant. They count as one field.
func TestNamesOfOneKindAreFalsifiedAlike(t *testing.T) {
	made := &trace.Trace{Name: "stock", Header: trace.Header{Spec: "Stock", Constants: map[string]trace.Value{"Item": []trace.Value{"nut", "bolt"}}}}
	for _, item := range []string{"nut", "bolt", "nut", "bolt"} {
		made.Events = append(made.Events, trace.Event{
			Step: "Put", Args: map[string]trace.Value{"node": "store"},
			State: map[string]trace.Value{"last": 1, "stock": map[string]trace.Value{item: 1}},
		})
	}
	count := map[string]int{}
	for _, name := range falsify.Names(made) {
		count[name]++
	}
	require.Equal(t, 2, count["falsify Put.state.stock.(Item)"])
	require.Equal(t, 2, count["remove Put.state.stock.(Item)"])
	require.Equal(t, 2, count["falsify Put.state.last"], "a field that is no constant's keeps its name")
	for name := range count {
		require.NotContains(t, name, "nut")
	}
}
