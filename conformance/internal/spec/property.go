package spec

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

var (
	definition = regexp.MustCompile(`(?m)^(\w+)(\([^)]*\))?\s*==`)
	eventually = regexp.MustCompile(`~>|<>`)
	brackets   = strings.NewReplacer("<<", "", ">>", "") // the empty tuple looks like "eventually"
)

// IsLiveness reports whether a property is a liveness property: whether its
// definition contains "leads to" or "eventually".
func (s *Spec) IsLiveness(property string) bool {
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		text := brackets.Replace(sany.WithoutComments(string(s.Files[name])))
		starts := definition.FindAllStringSubmatchIndex(text, -1)
		for i, at := range starts {
			if text[at[2]:at[3]] != property {
				continue
			}
			end := len(text)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			return eventually.MatchString(text[at[1]:end])
		}
	}
	return false
}
