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
	afterwards = regexp.MustCompile(`(?m)^(?:THEOREM\b|ASSUME\b|----|====)`)
	anyName    = regexp.MustCompile(`\w+`)
	brackets   = strings.NewReplacer("<<", "", ">>", "") // the empty tuple looks like "eventually"
)

// IsLiveness reports whether a property is a liveness property: whether its definition, or
// one that it names, contains "leads to" or "eventually".
func (s *Spec) IsLiveness(property string) bool {
	bodies := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		text := brackets.Replace(sany.WithoutComments(string(s.Files[name])))
		starts := definition.FindAllStringSubmatchIndex(text, -1)
		for i, at := range starts {
			end := len(text)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			if defined := text[at[2]:at[3]]; bodies[defined] == "" {
				bodies[defined] = text[at[1]:end]
				if over := afterwards.FindStringIndex(bodies[defined]); over != nil {
					bodies[defined] = bodies[defined][:over[0]]
				}
			}
		}
	}
	seen := map[string]bool{}
	var holds func(name string) bool
	holds = func(name string) bool {
		body, ok := bodies[name]
		if !ok || seen[name] {
			return false
		}
		seen[name] = true
		return eventually.MatchString(body) || slices.ContainsFunc(anyName.FindAllString(body, -1), holds)
	}
	return holds(property)
}
