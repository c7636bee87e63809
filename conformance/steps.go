package conformance

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// What a Steps module says can be read from its text, as far as it is said
// literally. That is enough to tell a user in which line of a trace a name is
// misspelt; what is accepted is for TLC to say.

// stepForms holds, by the name of a step, the names of its arguments, sorted:
// one list for each form that the step is used in. A nil list stands for
// arguments that only TLC knows.
type stepForms map[string][][]string

var (
	stepUse  = regexp.MustCompile(`\bStep\s*\(\s*("(?:[^"\\]|\\.)*"\s*,)?`)
	fieldUse = regexp.MustCompile(`^\s*(\w+)\s*\|->`)
)

// inspect looks for what a Steps module must define, and for the steps and
// arguments that it names.
func (s *Spec) inspect() error {
	code := map[string]string{}
	for name, source := range s.files {
		code[strings.TrimSuffix(name, ".tla")] = withoutComments(string(source))
	}
	all := strings.Join(slices.Sorted(maps.Values(code)), "\n")
	defined := func(name string) bool {
		return regexp.MustCompile(`(?m)(^|\s)` + name + `\s*(\([^)]*\))?\s*==`).MatchString(all)
	}
	for _, name := range []string{"View", "StepsNext", "vars", "Init"} {
		if !defined(name) {
			return fmt.Errorf("%sSteps.tla: %s is defined neither here nor in a module of this folder", s.Name, name)
		}
	}
	for _, name := range slices.Concat(s.config.Invariants, s.config.Constraints, s.config.ActionConstraints) {
		if !defined(name) {
			return fmt.Errorf("%sSteps.cfg: %s is defined in no module of this folder", s.Name, name)
		}
	}
	s.forms = stepForms{}
	for _, module := range extendedBy(s.Name+"Steps", code) {
		if !s.forms.read(code[module]) {
			s.forms = nil
			return nil
		}
	}
	return s.checkForms()
}

func (s *Spec) checkForms() error {
	if len(s.forms) == 0 {
		return fmt.Errorf("%sSteps.tla: no action is named with Step(\"Name\", [node |-> ...], Action)", s.Name)
	}
	for _, name := range sortedKeys(s.forms) {
		for _, form := range s.forms[name] {
			if form != nil && !slices.Contains(form, "node") {
				return fmt.Errorf("%sSteps.tla: the arguments of the step %s lack the node whose View is logged", s.Name, name)
			}
		}
	}
	return nil
}

var extended = regexp.MustCompile(`\bEXTENDS\s+(\w+(?:\s*,\s*\w+)*)`)

// extendedBy lists a module and those that it extends, without our own.
func extendedBy(module string, code map[string]string) []string {
	list := []string{module}
	for i := 0; i < len(list); i++ {
		found := extended.FindStringSubmatch(code[list[i]])
		if found == nil {
			continue
		}
		for name := range strings.SplitSeq(found[1], ",") {
			name = strings.TrimSpace(name)
			if _, ok := code[name]; ok && name != "Steps" && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// read adds the steps that a module names, and reports whether it names all of
// them literally.
func (f stepForms) read(code string) bool {
	for _, at := range stepUse.FindAllStringSubmatchIndex(code, -1) {
		if at[2] < 0 {
			return false
		}
		name := strings.Split(code[at[2]:at[3]], `"`)[1]
		form := recordFields(code[at[3]:])
		if !slices.ContainsFunc(f[name], func(known []string) bool {
			return slices.Equal(known, form) && (known == nil) == (form == nil)
		}) {
			f[name] = append(f[name], form)
		}
	}
	return true
}

// recordFields returns the names of the fields of a record that is written at
// the beginning of the text, sorted; nil if something else stands there.
func recordFields(code string) []string {
	code = strings.TrimSpace(code)
	if !strings.HasPrefix(code, "[") {
		return nil
	}
	names := []string{}
	depth, from := 0, 1
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			i = stringEnd(code, i) - 1
		case strings.IndexByte("[({", c) >= 0, strings.HasPrefix(code[i:], "<<"):
			depth++
		case strings.IndexByte("])}", c) >= 0, strings.HasPrefix(code[i:], ">>"):
			depth--
		}
		if strings.HasPrefix(code[i:], "<<") || strings.HasPrefix(code[i:], ">>") {
			i++
		}
		if depth > 1 || depth == 1 && code[i] != ',' {
			continue
		}
		field := fieldUse.FindStringSubmatch(code[from:i])
		if field == nil {
			return nil
		}
		names = append(names, field[1])
		if from = i + 1; depth == 0 {
			if !strings.HasPrefix(strings.TrimSpace(code[from:]), ",") {
				return nil // the record is only a part of what stands there
			}
			slices.Sort(names)
			return names
		}
	}
	return nil
}

// stringEnd is the place behind the string that begins at i.
func stringEnd(code string, i int) int {
	for i++; i < len(code); i++ {
		switch code[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(code)
}

// withoutComments is a module without its comments, which may lie within each
// other, and may not begin within a string.
func withoutComments(source string) string {
	var b strings.Builder
	for i := 0; i < len(source); {
		end := i + 1
		switch {
		case source[i] == '"':
			end = stringEnd(source, i)
			b.WriteString(source[i:end])
		case strings.HasPrefix(source[i:], `\*`):
			if end = strings.IndexByte(source[i:], '\n'); end < 0 {
				return b.String()
			}
			end += i
		case strings.HasPrefix(source[i:], "(*"):
			end = commentEnd(source, i)
			b.WriteByte(' ')
		default:
			b.WriteByte(source[i])
		}
		i = end
	}
	return b.String()
}

func commentEnd(source string, i int) int {
	for depth := 0; i < len(source); i++ {
		switch {
		case strings.HasPrefix(source[i:], "(*"):
			depth++
			i++
		case strings.HasPrefix(source[i:], "*)"):
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(source)
}

// withoutStep says so, if an unknown step is an action of the spec to which the
// Steps module gives no name.
func (s *Spec) withoutStep(step string) string {
	if _, known := s.forms[step]; known {
		return ""
	}
	defines := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(step) + `\s*(\([^)]*\))?\s*==`)
	for _, name := range sortedKeys(s.files) {
		if strings.HasSuffix(name, ".tla") && defines.MatchString(withoutComments(string(s.files[name]))) {
			return fmt.Sprintf(". %s defines %s, but %sSteps.tla has no Step of this name: the action has no counterpart there", name, step, s.Name)
		}
	}
	return ""
}

// check says what is wrong with the names in an event, or "".
func (f stepForms) check(spec string, e *trace.Event) string {
	forms, ok := f[e.Step]
	if !ok {
		return fmt.Sprintf("unknown step %q; %sSteps.tla names %s", e.Step, spec, strings.Join(sortedKeys(f), ", "))
	}
	names := sortedKeys(e.Args)
	if slices.ContainsFunc(forms, func(form []string) bool { return form == nil || slices.Equal(form, names) }) {
		return ""
	}
	if len(forms) > 1 {
		var list []string
		for _, form := range forms {
			list = append(list, "("+strings.Join(form, ", ")+")")
		}
		return fmt.Sprintf("step %s has the arguments (%s); the spec has it with %s", e.Step, strings.Join(names, ", "), strings.Join(list, " or with "))
	}
	for _, name := range names {
		if !slices.Contains(forms[0], name) {
			return fmt.Sprintf("step %s has no argument %q; it has %s", e.Step, name, strings.Join(forms[0], ", "))
		}
	}
	for _, name := range forms[0] {
		if !slices.Contains(names, name) {
			return fmt.Sprintf("step %s lacks its argument %q", e.Step, name)
		}
	}
	return ""
}
