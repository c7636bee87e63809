package mutation

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
)

// diff shows what a change of a file replaces, line by line.
func diff(file, before, after string) string {
	first, text := rules.Diff(before, after)
	return fmt.Sprintf("%s:%d\n%s", file, first, text)
}
