package generationclock

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are killed: no
// caller may get what it must not rely on.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}

// TestEndIsRefusedWhileSomethingIsOwed, and the refusal says what.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for text, owed := range map[string]string{
		`n1 wins n2, n1 order a as order, n3 adopt order, n3 persist, n3 accept order`: "disk[x] = Memory(x)",
		`n1 stand, n1 persist`:            `role[n] # "candidate"`,
		`n1 wins n2, n2 wins n3`:          "~Deposed(n)",
		`n1 wins n2, n1 write a as write`: "entry[Store].gen = m.gen",
		lateWrite + `n1 beat as beat, n3 refuse beat as refusal, n1 adopt refusal, n1 persist, n2 write c as next
		store restart, n1 stands as ask, n2 votes ask as vote, n1 count vote, n1 lead, n3 adopt ask, n3 persist, n1 write d as last`: "entry[Store].gen = m.gen",
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			s := newScript(rec)
			s.follow(text)
			require.NoError(t, s.Err(), text)
			end(rec, s.store)
			return nil
		})
		require.Contains(t, why, "End (guard)", text)
		require.Contains(t, why, owed, text)
	}
}
