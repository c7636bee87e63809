package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TLC puts Java methods in the place of these operators of its modules. It notes the methods
// by their names alone and after the definitions of the root module
// (SpecProcessor.processModuleOverrides). So a cfg that names a definition of the spec's own
// gets the method of that name if any module of the run has TLC's module inside, even if no
// other can see it there. Where a module applies the definition, it is the module's own.
var inJava = map[string]string{
	"Naturals":      "Nat",
	"Integers":      "Int Nat",
	"Sequences":     "Append Head Len SelectSeq Seq SubSeq Tail",
	"FiniteSets":    "Cardinality IsFiniteSet",
	"Bags":          "BagCardinality BagCup BagIn BagOfAll BagToSet BagUnion CopiesIn EmptyBag IsABag SetToBag",
	"TLC":           "Any Assert JavaTime Permutations Print PrintT RandomElement SortSeq TLCEval TLCGet TLCSet ToString",
	"Randomization": "RandomSetOfSubsets RandomSubset RandomSubsetSet",
}

// inOwn are those of TLC's modules that the checker's modules have inside.
var inOwn = []string{"Naturals", "Sequences", "FiniteSets", "TLC", "Randomization"}

// checkTaken refuses a cfg that names a definition for which TLC takes an operator of its own.
func (s *Spec) checkTaken(file string, c *tlc.Config) error {
	named := slices.Concat(c.Invariants, c.Properties, c.Constraints, c.ActionConstraints, c.Postconditions,
		[]string{c.Init, c.Next, c.Specification, c.Symmetry, c.View, c.Alias})
	if c.Expect != nil {
		named = append(named, c.Expect.Consequence)
	}
	for _, constant := range c.Constants {
		named = append(named, constant.Definition)
	}
	for _, module := range slices.Sorted(maps.Keys(inJava)) {
		for _, name := range strings.Fields(inJava[module]) {
			if !slices.Contains(named, name) {
				continue
			}
			if place := s.definedIn(name); place != "" && (slices.Contains(inOwn, module) || s.hasInside(module)) {
				return fmt.Errorf("%s: %s: TLC takes the operator of its module %s for the definition in %s; give that another name",
					file, name, module, place)
			}
		}
	}
	return nil
}

// definedIn is where a module of the spec defines a name, as FILE:LINE; "" if none does.
func (s *Spec) definedIn(name string) string {
	form := regexp.MustCompile(`(?m)^[ \t]*(?:LOCAL\s+)?` + name + `\s*(?:\([^)]*\)|\[[^\]]*\])?\s*==(?:[^=]|$)`)
	for _, file := range slices.Sorted(maps.Keys(s.Files)) {
		if s.IsOwn(file) || !strings.HasSuffix(file, ".tla") {
			continue
		}
		code := blanked(string(s.Files[file]))
		if at := form.FindStringIndex(code); at != nil {
			return fmt.Sprintf("%s:%d", file, lineOf(code, at[0]+strings.Index(code[at[0]:at[1]], name)))
		}
	}
	return ""
}

// hasInside says whether a module of the spec extends or instantiates one of TLC's.
func (s *Spec) hasInside(module string) bool {
	for file, source := range s.Files {
		if !strings.HasSuffix(file, ".tla") {
			continue
		}
		for _, on := range standsOn.FindAllStringSubmatch(blanked(string(source)), -1) {
			if slices.Contains(identifier.FindAllString(on[1]+" "+on[2], -1), module) {
				return true
			}
		}
	}
	return false
}
