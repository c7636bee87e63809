package majorityquorum

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records them.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "scripted", "walk")
}

// TestQuietIsRefusedWhileSomethingIsOwed: to a caller, or by a disk. The refusal says so.
func TestQuietIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for text, owing := range map[string]string{
		"c1 Read": `"c1"`,
		"c1 write a, c1 ask n1 n2, c1 Choose, c1 store n1, c1 Expire, c1 return unknown a": `"n1"`,
	} {
		why := toolbox.Refusal(t, Pattern.Spec, setups[0].header("test", 0), func(rec *trace.Recorder) error {
			s := &script{harness: newHarness(func(name string) mq.Options { return setups[0].options(name, rec) }, names, nodes)}
			s.FollowSteps(text, mq.ErrNotAllowed, s.step)
			require.Len(t, s.owing(), 1)
			s.quiet()
			return s.Err()
		})
		require.Contains(t, why, "Quiet (guard)", text)
		require.Contains(t, why, owing)
	}
}
