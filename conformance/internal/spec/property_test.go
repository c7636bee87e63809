package spec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

func TestLivenessIsToldBySayingEventually(t *testing.T) {
	s := &Spec{Files: map[string][]byte{"X.tla": []byte(`
Safe == x > 0   \* ~> is only in this comment
Answered == x = 1 ~> y = 1
Ends ==
  (* in the end *)
  <>(x = 2)
Grows == [][x' >= x]_x
Empty == queue = <<>> /\ last = <<1, 2>>
Both(n) == Answered /\ n > 0
One == Both(1)
Last == x < 9
THEOREM Spec => Ends
====
`)}}
	for name, want := range map[string]bool{"Safe": false, "Answered": true, "Ends": true, "Grows": false, "Empty": false, "One": true, "Last": false, "Unknown": false} {
		require.Equal(t, want, s.IsLiveness(name), name)
	}
}

func TestGoalsAreOfStatesOrOfSteps(t *testing.T) {
	s := &Spec{Files: map[string][]byte{"X.tla": []byte(`
Full == x = 3 /\ y # "x'"   \* x' is in this comment
Falls == x' < x
Stays == UNCHANGED x
Moved(n) == y' = n
Hidden == \E n \in 1 .. 3 : Moved(n)
Both == Full /\ y > 0
THEOREM Spec => [][x' > 0]_x
====
`)}}
	goals, err := s.goals([]string{"Full", "Falls", "Stays", "Hidden", "Both"})
	require.NoError(t, err)
	require.Equal(t, []tlc.Goal{{Name: "Full"}, {Name: "Falls", OfStep: true}, {Name: "Stays", OfStep: true}, {Name: "Hidden", OfStep: true}, {Name: "Both"}}, goals)
	_, err = s.goals([]string{"Full", "Nowhere"})
	require.EqualError(t, err, "the model is to reach Nowhere, which no module defines")
}
