package spec

import (
	"fmt"
	"strings"
)

// Kept is a formula that must hold, and the operator that stands for it: an
// invariant, or what a property says of each state or of each step.
type Kept struct{ Name, Operator string }

// Instance defines what Replay asks of each state and of each step, so that each
// formula that does not hold says its name.
func Instance(states, steps []Kept) string {
	var b strings.Builder
	write := func(head string, all []Kept) {
		fmt.Fprintf(&b, "%s(InstanceBreaks(_)) ==\n  /\\ TRUE\n", head)
		for _, k := range all {
			fmt.Fprintf(&b, "  /\\ IF %s THEN TRUE ELSE InstanceBreaks(%q) /\\ FALSE\n", k.Operator, k.Name)
		}
	}
	write("InstanceHolds", states)
	write("InstanceKeeps", steps)
	return b.String()
}
