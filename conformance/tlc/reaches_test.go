package tlc

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/store"
)

// TestReaches has goals about states and about steps, some of which a model comes to. The
// spec may have names that the module for the goals uses.
func TestReaches(t *testing.T) {
	checker := *realTLC(t)
	checker.Store = store.Open(t.TempDir())
	ownTemp(t)
	const goals = counter + `
Two == x = 2
Four == x = 4
Last == x' = 3
Back == /\ x' < x
        /\ x = 1
Shown(n) == PrintT(n)
ASSUME Shown("from the spec")
Register == 2
Nothing == 1
First == Register
Has == Nothing
Reaching == {Has, First}
`
	for _, workers := range []int{1, 2} {
		for range 2 { // the second time from the store, with one worker
			j := job(goals, "INIT Init NEXT Next CHECK_DEADLOCK FALSE")
			var printed []string
			var log bytes.Buffer
			j.Workers, j.Reaches = workers, []Goal{{"Four", false}, {"Two", false}, {"Last", true}, {"Back", true}}
			j.Print, j.Log = func(line string) { printed = append(printed, line) }, &log
			r := run(t, &checker, j)
			require.Equal(t, OK, r.Outcome, r.Message)
			require.Equal(t, []string{"Four", "Back"}, r.Missed)
			require.Equal(t, 4, r.Distinct)
			require.Equal(t, []string{`"from the spec"`}, printed)
			require.NotContains(t, log.String(), `"<<\`)
			require.EqualError(t, (&Expect{}).Check(r), "the model never comes to Four, Back")
		}
	}
	// What is outside of the bounds is not reached.
	j := job(goals+"Bound == x < 2", "INIT Init NEXT Next CONSTRAINT Bound CHECK_DEADLOCK FALSE")
	j.Reaches = []Goal{{"Two", false}, {"Last", true}}
	require.Equal(t, []string{"Two", "Last"}, run(t, &checker, j).Missed)
	// A property that falls is told as ever.
	j = job(goals+"Small == x < 2", "INIT Init NEXT Next INVARIANT Small")
	j.Reaches = []Goal{{"Last", true}}
	r := run(t, &checker, j)
	require.Equal(t, InvariantViolated, r.Outcome)
	require.Equal(t, "Small", r.Violated)
	require.Len(t, r.Trace, 3)
}

// TestStrayReaches refuses goals that would be overlooked.
func TestStrayReaches(t *testing.T) {
	for _, text := range []string{
		"\\* reaches: A\nINIT Init\n",
		"\\* expect: violates P\n\\* reaches: A\nINIT Init\n",
		"\\* expect: ok\nINIT Init\n\\* reaches: A\n",
		"\\* expect: ok\n\\* Reaches: A\nINIT Init\n",
		"\\* expect: ok\n\\* reach: A\nINIT Init\n",
	} {
		_, err := ParseConfig(text)
		require.ErrorContains(t, err, "what a model reaches stands from line 2 on", text)
	}
	for text, message := range map[string]string{
		"\\* expect: ok\n\\* reaches: A, B\nINIT Init\n":              `2:1: expected names after "\\* reaches:", each once, found "A,"`,
		"\\* expect: ok\n\\* reaches: A\n\\* reaches: A\nINIT Init\n": `3:1: expected names after "\\* reaches:", each once, found "A"`,
		"\\* expect: ok\n\\* reaches:\nINIT Init\n":                   `2:1: expected names after "\\* reaches:"`,
	} {
		_, err := ParseConfig(text)
		require.EqualError(t, err, message)
	}
}
