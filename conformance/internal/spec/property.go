package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

var (
	definition = regexp.MustCompile(`(?m)^(\w+)(\([^)]*\))?\s*==`)
	primed     = regexp.MustCompile(`'|\bUNCHANGED\b|\]_`)
	anyText    = regexp.MustCompile(`"[^"\n]*"`)
	eventually = regexp.MustCompile(`~>|<>`)
	afterwards = regexp.MustCompile(`(?m)^(?:THEOREM\b|ASSUME\b|----|====)`)
	anyName    = regexp.MustCompile(`\w+`)
	brackets   = strings.NewReplacer("<<", "", ">>", "") // the empty tuple looks like "eventually"
)

// IsLiveness reports whether a property is a liveness property: whether its definition, or
// one that it names, contains "leads to" or "eventually".
func (s *Spec) IsLiveness(property string) bool {
	return mentions(s.definitions(), property, eventually)
}

// goals finds out which of the definitions are about a step: those with a prime, or which
// name one that has it.
func (s *Spec) goals(names []string) (goals []tlc.Goal, err error) {
	bodies := s.definitions()
	for _, name := range names {
		if _, ok := bodies[name]; !ok {
			return nil, fmt.Errorf("the model is to reach %s, which no module defines", name)
		}
		goals = append(goals, tlc.Goal{Name: name, OfStep: mentions(bodies, name, primed)})
	}
	return goals, nil
}

// definitions returns the texts of all definitions that begin a line, by their names. Of those
// with one name, it is the first.
func (s *Spec) definitions() map[string]string {
	bodies := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		text := anyText.ReplaceAllString(brackets.Replace(sany.WithoutComments(string(s.Files[name]))), `""`)
		starts := definition.FindAllStringSubmatchIndex(text, -1)
		for i, at := range starts {
			body := text[at[1]:]
			if i+1 < len(starts) {
				body = text[at[1]:starts[i+1][0]]
			}
			if over := afterwards.FindStringIndex(body); over != nil {
				body = body[:over[0]]
			}
			if defined := text[at[2]:at[3]]; bodies[defined] == "" {
				bodies[defined] = body
			}
		}
	}
	return bodies
}

// mentions reports whether a pattern is found in a definition, or in one that it names.
func mentions(bodies map[string]string, name string, pattern *regexp.Regexp) bool {
	seen := map[string]bool{}
	var found func(name string) bool
	found = func(name string) bool {
		body, ok := bodies[name]
		if !ok || seen[name] {
			return false
		}
		seen[name] = true
		return pattern.MatchString(body) || slices.ContainsFunc(anyName.FindAllString(body, -1), found)
	}
	return found(name)
}
