package spec

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/specs/lib"
)

// A module that defines a name of one of our modules, or that stands on one that
// speaks to the checker, could say "accepted" in our place: SANY takes the first
// of two definitions and gives no error. So such a spec is bad input.

var (
	identifier = regexp.MustCompile(`[A-Za-z_]\w*`)
	ownPrefix  = regexp.MustCompile(`^(?i:Replay|Explore|Explain|Recorded|Instance|Compare|Output|Cover|Covered|Counterexample)[A-Z]`)
	numbered   = regexp.MustCompile(`^(Explain(Walk|Value|True|False|Body(true|false)|Take\d+At)|InstanceKeep|InstanceUnnamed)\d+$`)
	standsOn   = regexp.MustCompile(`\bEXTENDS\s+(\w+(?:\s*,\s*\w+)*)|\bINSTANCE\s+(\w+)`)
	// A word of Steps as it is defined or declared.
	stepsWord     = regexp.MustCompile(`\b(Step|Arg|Members|ExplainHere)\b\s*(?:\([^)]*\)|\[[^\]]*\])?\s*==(?:[^=]|$)`)
	stepsDeclared = regexp.MustCompile(`\b(?:VARIABLES?|CONSTANTS?)\s+(?:\w+\s*,\s*)*(Step|Arg|Members|ExplainHere)\b`)
)

// written are the names in the modules that the checker writes for each run, as
// far as its other modules do not use them.
var written = []string{
	"RecordedPool", "RecordedRows", "RecordedRow", "RecordedShape", "RecordedEntry", "RecordedTraces", "RecordedLength",
	"RecordedFrom", "RecordedForks", "RecordedForkBase", "RecordedCount", "RecordedRegister", "InstanceBreaks", "InstanceValues", "InstanceChanged", "InstanceKeeps", "InstanceInitial", "InstanceNever",
	"instanceArgs", "instanceTrace", "instanceNumber", "instanceText",
}

// ownNames are the names that a spec may not use: those of our modules, except
// the words of Steps.
var ownNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, name := range written {
		names[name] = true
	}
	files, _ := fs.Glob(lib.Modules, "*.tla")
	for _, file := range files {
		source, err := lib.Modules.ReadFile(file)
		if err != nil || file == "Steps.tla" {
			continue
		}
		for _, name := range identifier.FindAllString(blanked(string(source)), -1) {
			if ownPrefix.MatchString(name) {
				names[name] = true
			}
		}
	}
	return names
})

// ownModules are those that no module of a user may have the name of or stand on.
var ownModules = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{"Recorded": true, "Instance": true, "Output": true, "Covered": true, "CounterexampleValues": true}
	files, _ := fs.Glob(lib.Modules, "*.tla")
	for _, file := range files {
		names[strings.TrimSuffix(file, ".tla")] = true
	}
	delete(names, "Steps")
	return names
})

// checkNames refuses what would let a spec speak for the checker.
func (s *Spec) checkNames() error {
	for _, file := range slices.Sorted(maps.Keys(s.Files)) {
		module, ok := strings.CutSuffix(file, ".tla")
		if !ok || module == "Steps" {
			continue
		}
		if ownModules()[module] {
			return fmt.Errorf("%s: the checker has a module of this name; give yours another", file)
		}
		code := blanked(string(s.Files[file]))
		if err := checkModuleNames(file, code); err != nil {
			return err
		}
	}
	return nil
}

func checkModuleNames(file, code string) error {
	for _, at := range standsOn.FindAllStringSubmatchIndex(code, -1) {
		for _, group := range []int{2, 4} {
			if at[group] < 0 {
				continue
			}
			for _, name := range identifier.FindAllString(code[at[group]:at[group+1]], -1) {
				if ownModules()[name] {
					return fmt.Errorf("%s:%d: the module %s is the checker's own: a spec can extend Steps only", file, lineOf(code, at[group]), name)
				}
			}
		}
	}
	for _, at := range identifier.FindAllStringIndex(code, -1) {
		if name := code[at[0]:at[1]]; ownNames()[name] || numbered.MatchString(name) {
			return fmt.Errorf("%s:%d: the name %s is the checker's own; give yours another", file, lineOf(code, at[0]), name)
		}
	}
	for _, form := range []*regexp.Regexp{stepsWord, stepsDeclared} {
		if at := form.FindStringSubmatchIndex(code); at != nil {
			return fmt.Errorf("%s:%d: %s is a word of the module Steps and cannot be defined again", file, lineOf(code, at[2]), code[at[2]:at[3]])
		}
	}
	return nil
}

func lineOf(text string, offset int) int { return strings.Count(text[:offset], "\n") + 1 }

// blanked is a module with blanks in the place of its comments and strings, so
// that all else stays where it is.
func blanked(source string) string {
	out := []byte(source)
	for i := 0; i < len(source); {
		end := i + 1
		switch {
		case source[i] == '"':
			end = sany.StringEnd(source, i)
		case strings.HasPrefix(source[i:], `\*`):
			if end = strings.IndexByte(source[i:], '\n'); end < 0 {
				end = len(source)
			} else {
				end += i
			}
		case strings.HasPrefix(source[i:], "(*"):
			end = sany.CommentEnd(source, i)
		default:
			i = end
			continue
		}
		for ; i < end; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	return string(out)
}
