package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// What a Steps module says can be read from its text, as far as it is said
// literally. That is enough to tell a user in which line of a trace a name is
// misspelt; what is accepted is for TLC to say.

// stepForms holds, by the name of a step, the sorted names of its arguments:
// one list for each use of the step. A nil list stands for arguments that only
// TLC can determine.
type stepForms map[string][][]string

var (
	stepUse  = regexp.MustCompile(`\bStep\s*\(\s*("(?:[^"\\]|\\.)*"\s*,)?`)
	viewUse  = regexp.MustCompile(`(?m)(?:^|\s)View\s*(?:\(([^)]*)\))?\s*==`)
	fieldUse = regexp.MustCompile(`^\s*(\w+)\s*\|->`)
)

// inspect checks that the Steps module has its definitions, and reads the names
// of steps and arguments.
func (s *Spec) inspect() error {
	code := map[string]string{}
	for name, source := range s.Files {
		code[strings.TrimSuffix(name, ".tla")] = sany.WithoutComments(string(source))
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
	if view := viewUse.FindStringSubmatch(all); strings.Count(view[1], ",") > 0 || view[1] == "" {
		return fmt.Errorf("%sSteps.tla: View must have one parameter, the node: View(node)", s.Name)
	}
	for _, name := range slices.Concat(s.Config.Invariants, s.Config.Constraints, s.Config.ActionConstraints) {
		if !defined(name) {
			return fmt.Errorf("%sSteps.cfg: %s is defined in no module of this folder", s.Name, name)
		}
	}
	if err := s.checkSpecification(all); err != nil {
		return fmt.Errorf("%sSteps.cfg: %w", s.Name, err)
	}
	s.Forms = stepForms{}
	for _, module := range sany.ExtendedBy(s.Name+"Steps", code) {
		if !s.Forms.read(code[module]) {
			s.Forms = nil
			return nil
		}
	}
	return s.checkForms()
}

func (s *Spec) checkForms() error {
	if len(s.Forms) == 0 {
		return fmt.Errorf("%sSteps.tla: no action is named with Step(\"Name\", [node |-> ...], Action)", s.Name)
	}
	for _, name := range tla.SortedKeys(s.Forms) {
		for _, form := range s.Forms[name] {
			if form != nil && !slices.Contains(form, "node") {
				return fmt.Errorf("%sSteps.tla: the arguments of the step %s lack the node whose View is logged", s.Name, name)
			}
		}
	}
	return nil
}

// read adds the steps that a module names, and reports whether all names are
// literal.
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

// recordFields returns the sorted names of the fields of a record at the
// beginning of the text; nil if there is no record.
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
			i = sany.StringEnd(code, i) - 1
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
				return nil // the record is only a part of the expression
			}
			slices.Sort(names)
			return names
		}
	}
	return nil
}

// withoutStep returns a note if an unknown step is an action of the spec
// without a Step.
func (s *Spec) withoutStep(step string) string {
	if _, known := s.Forms[step]; known {
		return ""
	}
	defines := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(step) + `\s*(\([^)]*\))?\s*==`)
	for _, name := range tla.SortedKeys(s.Files) {
		if strings.HasSuffix(name, ".tla") && defines.MatchString(sany.WithoutComments(string(s.Files[name]))) {
			return fmt.Sprintf(". %s defines %s, but %sSteps.tla has no Step of this name: the action has no counterpart there", name, step, s.Name)
		}
	}
	return ""
}

// check returns the fault of the names in an event, or "".
func (f stepForms) check(spec string, e *trace.Event) string {
	forms, ok := f[e.Step]
	if !ok {
		return fmt.Sprintf("unknown step %q; %sSteps.tla names %s", e.Step, spec, strings.Join(tla.SortedKeys(f), ", "))
	}
	names := tla.SortedKeys(e.Args)
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
