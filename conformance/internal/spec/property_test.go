package spec

import (
	"testing"

	"github.com/stretchr/testify/require"
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
