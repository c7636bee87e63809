package spec

import (
	"fmt"
	"strings"
)

// InstanceHolds defines the conjunction of the invariants so that each one that
// does not hold says its name.
func InstanceHolds(invariants []string) string {
	var b strings.Builder
	b.WriteString("InstanceHolds(InstanceBreaks(_)) ==\n  /\\ TRUE\n")
	for _, name := range invariants {
		fmt.Fprintf(&b, "  /\\ %s \\/ (InstanceBreaks(%q) /\\ FALSE)\n", name, name)
	}
	return b.String()
}
