package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Explanation says why a trace is refused.
type Explanation struct {
	Trace    string       `json:"trace"`
	Accepted int          `json:"accepted"` // how many steps are a behaviour of the spec
	Step     int          `json:"step"`     // the number of the first refused one
	Event    *trace.Event `json:"event,omitempty"`
	Reason   Reason       `json:"reason"`
	// Summary is the reason in a sentence.
	Summary string `json:"summary"`
	// Rules are the definitions of the spec, from the action inwards, in which
	// the reason lies.
	Rules []string `json:"rules,omitempty"`
	// Action is the action, or the invariant, part by part, as far as TLC
	// evaluates it.
	Action []*Finding `json:"action,omitempty"`
	// Fields are those in which the view differs.
	Fields []FieldDifference `json:"fields,omitempty"`
	// State is the spec's state: that before the refused step or, if an
	// invariant is broken, the one that breaks it. States says how many such
	// states the spec may be in, of which this is one.
	State  []Variable `json:"state,omitempty"`
	States int        `json:"states"`
	// Possible are the steps that the spec allows there. Of one that is possible
	// in very many ways there are some.
	Possible []PossibleStep `json:"possible,omitempty"`
	// Notes say what could not be explained, and why.
	Notes []string `json:"notes,omitempty"`

	held bool // all parts before the next state hold
}

// Finding is what one expression of the spec comes to.
type Finding struct {
	Text  string `json:"text"`
	Place string `json:"place,omitempty"`
	// Rule is the definition that the expression applies, if Parts are its.
	Rule string `json:"rule,omitempty"`
	// Value is as TLC prints it; "" if it was not evaluated as a whole.
	Value string `json:"value,omitempty"`
	// Next says that it speaks of the next state, and is not evaluated.
	Next bool `json:"next,omitempty"`
	// Error is why TLC cannot evaluate it.
	Error string     `json:"error,omitempty"`
	Parts []*Finding `json:"parts,omitempty"`

	id     int
	looked bool // Parts say why it has its value
	bound  bool
}

// Variable is a variable of the spec with its value as TLC prints it.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PossibleStep is a step that the spec allows.
type PossibleStep struct {
	Step string                 `json:"step"`
	Args map[string]trace.Value `json:"args"`
}

// FieldDifference is a field of a view. Expected or Logged is "" where the
// view does not have it.
type FieldDifference struct {
	Field    string `json:"field"`
	Expected string `json:"expected,omitempty"`
	Logged   string `json:"logged,omitempty"`
}

// explainer is the work on one explanation.
type explainer struct {
	*Checker
	spec    *Spec
	trace   *trace.Trace // up to the refused step
	verdict Verdict
	into    *Explanation
}

// Explain says why a trace was refused, for which Replay gave the verdict. What
// it cannot find out is said in Notes; the error is for what kept it from
// asking at all. It runs Java twice.
func (c *Checker) Explain(ctx context.Context, s *Spec, t *trace.Trace, v Verdict) (*Explanation, error) {
	if v.Outcome != Rejected {
		return nil, fmt.Errorf("%w: there is nothing to explain: %s", ErrInput, v)
	}
	x := &Explanation{Trace: t.Name, Step: v.Step, Event: v.Event, Reason: v.Reason, Summary: v.String()}
	if v.Reason == Malformed || v.Step < 1 || v.Step > len(t.Events) {
		return x, nil
	}
	x.Accepted = v.Step - 1
	whole := *t
	whole.Events = whole.Events[:v.Step]
	e := &explainer{Checker: c, spec: s, trace: &whole, verdict: v, into: x}
	if err := e.explain(ctx); err != nil {
		return nil, err
	}
	x.conclude(v)
	return x, nil
}

func (x *Explanation) note(format string, args ...any) {
	x.Notes = append(x.Notes, fmt.Sprintf(format, args...))
}

func (e *explainer) explain(ctx context.Context) error {
	recorded, err := record([]*trace.Trace{e.trace})
	if bad := (*unwritable)(nil); errors.As(err, &bad) {
		e.into.note("the step has a value that TLA+ does not have: %s", bad)
		return nil
	} else if err != nil {
		return err
	}
	e.into.Fields = fieldDifferences(e.verdict)
	told, err := e.instrument(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e.into.note("the parts of the action cannot be told apart: %s", err)
	}
	for {
		result, h, err := e.ask(ctx, recorded, told)
		if err != nil {
			return err
		}
		if result.Outcome == tlc.SpecError && told.teller != nil {
			e.into.note("the parts of the action cannot be evaluated: %s", firstParagraph(result.Message))
			told = subject{files: e.spec.files, variables: told.variables}
			continue
		}
		h.finish(e.into, result)
		return nil
	}
}

// subject is the spec with what was put into it.
type subject struct {
	files     map[string][]byte
	variables []string
	why       string // the operator that tells about the broken invariant
	teller    *teller
}

// instrument puts what tells about the refused step, or about the broken
// invariant, into a copy of the spec. With an error it returns the spec as it
// is.
func (e *explainer) instrument(ctx context.Context) (subject, error) {
	plain := subject{files: e.spec.files}
	steps := e.spec.Name + "Steps"
	sources := newSources(e.spec.files)
	document, err := e.TLC.Syntax(ctx, sources.files, steps)
	if err != nil {
		return plain, err
	}
	syntax, err := parseSyntax(document)
	if err != nil {
		return plain, err
	}
	modules := sources.standsOn(steps)
	plain.variables = variablesOf(syntax, modules)
	var overridden []string
	for _, c := range e.spec.config.Constants {
		if c.Definition != "" {
			overridden = append(overridden, c.Name)
		}
	}
	t := newTeller(sources, overridden)
	result := subject{variables: plain.variables, teller: t}
	switch e.verdict.Reason {
	case State: // the guard holds
		return plain, nil
	case Invariant:
		d := syntax.definition(e.verdict.Message, modules)
		if d == nil || !t.has(d.at) {
			return plain, fmt.Errorf("%s is defined in no module that could be read", e.verdict.Message)
		}
		f, _ := frameOf(d)
		result.why = strings.Replace(t.define("Root", d.body, f, func() string { return "  " + t.look(d.body, f, false) }), now, "TRUE", 1)
		t.place(nil)
	default:
		if !e.sites(syntax, t, modules) {
			return plain, fmt.Errorf("no use of Step in %s could be found for it", strings.Join(modules, ", "))
		}
	}
	result.files = sources.all()
	return result, nil
}

// sites puts the telling operators beside the actions that Step names.
func (e *explainer) sites(syntax *syntax, t *teller, modules []string) bool {
	var holders []*symbol
	type site struct {
		at   span
		text string
	}
	var found []site
	syntax.uses("Step", "Steps", modules, func(d *symbol, use *expr, scope []*expr) {
		f, ok := frameOf(d)
		if !ok || len(use.args) != 3 || !t.has(use.args[2].at) || !t.has(d.at) {
			return
		}
		if name := use.args[0]; name.kind == "StringNode" && name.text != e.verdict.Event.Step {
			return
		}
		var names []string
		for _, s := range scope {
			if s.body != nil {
				f = f.in(s, t.sources)
			}
			for _, b := range s.bounds {
				for _, p := range b.symbols {
					f = f.with(p.name)
				}
			}
		}
		names = f.params
		action := use.args[2]
		walk, _, _ := strings.Cut(t.walk(action, f), "(")
		holders = append(holders, d)
		found = append(found, site{action.at, call(walk, append([]string{"TRUE"}, names...)...)})
	})
	t.place(holders)
	for _, s := range found {
		t.before(s.at.module, s.at.line, s.at.column,
			strings.Repeat(" ", s.at.column-1)+"IF ExplainHere THEN ExplainTried("+s.text+") ELSE")
	}
	return len(found) > 0
}

// variablesOf lists the variables that the definition vars names, in its order.
func variablesOf(s *syntax, modules []string) []string {
	var names []string
	d := s.definition("vars", modules)
	if d == nil {
		return nil
	}
	var visit func(x *expr)
	visit = func(x *expr) {
		if x == nil || x.op == nil {
			return
		}
		switch {
		case x.op.kind == "OpDeclNode" && x.op.kindNo == "3":
			if !slices.Contains(names, x.op.name) {
				names = append(names, x.op.name)
			}
		case x.op.kind == "UserDefinedOpKind":
			visit(x.op.body)
		}
		for _, a := range x.args {
			visit(a)
		}
	}
	visit(d.body)
	return names
}

// ask runs TLC over the trace and the state in question.
func (e *explainer) ask(ctx context.Context, recorded *recording, s subject) (*tlc.Result, *hearer, error) {
	constants, err := constantsOf(e.trace)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	config := e.spec.withConstants(constants)
	config.Set(tlc.Constant{Name: "Arg", Definition: "ExplainArg"})
	config.Set(tlc.Constant{Name: "Step", Definition: "ExplainStep"})
	config.Set(tlc.Constant{Name: "ExplainHere", Definition: "ExplainWhyNow"})
	config.Init, config.Next = "ExplainInit", "ExplainNext"
	prefix := e.verdict.Step - 1
	if e.verdict.Reason == Invariant {
		prefix = e.verdict.Step
	}
	var b strings.Builder
	b.WriteString("LOCAL INSTANCE Telling\nSubjectState ==\n  /\\ TRUE\n")
	for _, name := range s.variables {
		fmt.Fprintf(&b, "  /\\ ExplainVariable(%q, %s)\n", name, name)
	}
	why := "TRUE"
	if s.why != "" {
		why = `ExplainTell(<<"trying", 0>>) /\ ExplainTell(<<"try", 0>>) /\ ` + s.why
	}
	fmt.Fprintf(&b, "SubjectWhy == %s\nSubjectPrefix == %d\n%s", why, prefix, subjectHolds(nil))
	spec := *e.spec
	spec.files = s.files
	job := spec.job("Explain", config, b.String())
	if job.Files["Recorded.tla"], err = recorded.module(branchesOf(recorded.traces)); err != nil {
		return nil, nil, err
	}
	job.Short = true
	job.Args = []string{"-seed", "1"} // of a large set, the same members each time
	h := &hearer{teller: s.teller}
	voice := newVoice()
	job.Files["Voice.tla"] = voice.module()
	job.Print = func(line string) {
		// What cannot be read is missing, and the rest is still worth having.
		if said, err := voice.hear(line); err == nil && said != nil {
			h.hear(said)
		}
	}
	result, err := e.run(ctx, job)
	if err != nil {
		return nil, nil, err
	}
	if result.Outcome == tlc.Cancelled {
		return nil, nil, context.Cause(ctx)
	}
	return result, h, nil
}

// fieldDifferences compares the logged view with the nearest of those that the
// spec allows.
func fieldDifferences(v Verdict) []FieldDifference {
	var best []FieldDifference
	for i, view := range v.Allowed {
		want, ok := view.(map[string]trace.Value)
		if !ok {
			return nil
		}
		var all []FieldDifference
		names := sortedKeys(want)
		for _, name := range sortedKeys(v.Event.State) {
			if _, ok := want[name]; !ok {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			w, inSpec := want[name]
			g, inCode := v.Event.State[name]
			if inSpec && inCode && equal(w, g) {
				continue
			}
			d := FieldDifference{Field: name}
			if inSpec {
				d.Expected = text(w)
			}
			if inCode {
				d.Logged = text(g)
			}
			all = append(all, d)
		}
		if i == 0 || len(all) < len(best) {
			best = all
		}
	}
	return best
}
