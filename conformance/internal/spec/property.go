package spec

import (
	"regexp"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

var (
	definition = regexp.MustCompile(`(?m)^(\w+)(\([^)]*\))?\s*==`)
	eventually = regexp.MustCompile(`~>|<>`)
)

// IsLiveness reports whether a property is a liveness property: whether its
// definition contains "leads to" or "eventually".
func (s *Spec) IsLiveness(property string) bool {
	for _, source := range s.Files {
		text := sany.WithoutComments(string(source))
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
