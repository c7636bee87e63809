package report_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
)

// TestWhatSetsTheSceneIsOneLine has a behaviour of ten steps, which x counts.
func TestWhatSetsTheSceneIsOneLine(t *testing.T) {
	of := func(setup, back int) *report.Behaviour {
		b := &report.Behaviour{Setup: setup, Back: back, Why: &report.Explanation{Summary: "x < 10 is FALSE"}}
		for n := range 11 {
			s := report.BehaviourStep{Number: n + 1, Changes: []report.Variable{{Name: "x", Value: strconv.Itoa(n)}}}
			if n > 0 {
				s.Action = "Count" + strconv.Itoa(n)
			} else {
				s.Changes = append(s.Changes, report.Variable{Name: "y", Value: "7"})
			}
			b.States = append(b.States, s)
		}
		return b
	}
	require.Contains(t, of(3, 0).String(), ` 1 to 3, which the rule allows: Count1, Count2, Count3
     x = 3
     y = 7
 4 Count4
     x = 4
`)
	require.Contains(t, of(2, 0).String(), " 1 Count1\n", "two steps are not folded")
	require.Contains(t, of(4, 2).String(), " 1 Count1\n", "a step that comes again is not folded")
	require.Zero(t, of(4, 2).Folded())
	require.Equal(t, 3, of(4, 4).Folded())
	require.Equal(t, 5, of(9, 0).Folded(), "the last steps are told one by one")
}
