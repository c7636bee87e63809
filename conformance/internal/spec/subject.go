package spec

import (
	"fmt"
	"strings"
)

// SubjectHolds defines the conjunction of the invariants so that each one that
// does not hold says its name.
func SubjectHolds(invariants []string) string {
	var b strings.Builder
	b.WriteString("SubjectHolds(SubjectBreaks(_)) ==\n  /\\ TRUE\n")
	for _, name := range invariants {
		fmt.Fprintf(&b, "  /\\ %s \\/ (SubjectBreaks(%q) /\\ FALSE)\n", name, name)
	}
	return b.String()
}
