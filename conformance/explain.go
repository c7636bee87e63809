package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	// Explored is what Explore says, if this is of one of its differences; ""
	// of a trace.
	Explored string `json:"explored,omitempty"`
	// Summary is the reason in a sentence.
	Summary string `json:"summary"`
	// Rules are the definitions of the spec, from the action inwards, in which
	// the reason lies.
	Rules []string `json:"rules,omitempty"`
	// At are the places of what decides: the comparisons that do not hold.
	At []string `json:"at,omitempty"`
	// Action is the action, or the invariant, part by part, as far as TLC
	// evaluates it.
	Action []*Finding `json:"action,omitempty"`
	// Fields are those in which the view differs.
	Fields []FieldDifference `json:"fields,omitempty"`
	// Origins say, of each variable on which the reason rests, since when it has
	// the value that it has.
	Origins []Origin `json:"origins,omitempty"`
	// State is the spec's state: that before the refused step or, if an
	// invariant is broken, the one that breaks it. States says how many such
	// states the spec may be in, of which this is one. Node is what of it belongs
	// to the acting node.
	State  []Variable `json:"state,omitempty"`
	Node   []Variable `json:"node,omitempty"`
	States int        `json:"states"`
	// Possible are the steps that the spec allows there. Of one that is possible
	// in very many ways there are some.
	Possible []PossibleStep `json:"possible,omitempty"`
	// Unnamed are the actions of the spec that are possible there, and that the
	// Steps module does not name, so that no trace can take them.
	Unnamed []string `json:"unnamed,omitempty"`
	// Shortest is the shortest trace found that is refused for the same reason;
	// nil if none is shorter, or none was looked for.
	Shortest *trace.Trace `json:"-"`
	// Lines are those of Shortest in the file.
	Lines []int `json:"shortest,omitempty"`
	// Hints are simple repairs with which the trace comes further.
	Hints []Hint `json:"hints,omitempty"`
	// Notes say what could not be explained, and why.
	Notes []string `json:"notes,omitempty"`

	held      bool     // all parts before the next state hold
	decided   []*expr  // what decides
	arguments []string // what is wrong with the step's arguments
	breakable []string // the spec's rules that can be left out, for the text
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
	expr   *expr
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

	view trace.Value // after it
}

// FieldDifference is a field of a view. Expected or Logged is "" where the
// view does not have it.
type FieldDifference struct {
	Field    string `json:"field"`
	Expected string `json:"expected,omitempty"`
	Logged   string `json:"logged,omitempty"`
	// From is what the action says about the variables in the field.
	From []Assignment `json:"from,omitempty"`

	value trace.Value // Expected
}

// refusal is a refused trace on its way to its explanation.
type refusal struct {
	trace   *trace.Trace // up to the refused step
	verdict Verdict
	into    *Explanation
	heard   *hearer
	plain   bool // without the parts of the action
}

// explainer explains traces that share their constants.
type explainer struct {
	*Checker
	spec  *Spec
	study *study // nil if the spec cannot be read
	wanted
}

// Explain says why a trace was refused, for which Replay gave the verdict. What
// it cannot find out is said in Notes; the error is for what kept it from
// asking at all. It runs Java twice.
func (c *Checker) Explain(ctx context.Context, s *Spec, t *trace.Trace, v Verdict) (*Explanation, error) {
	if v.Outcome != Rejected {
		return nil, fmt.Errorf("%w: there is nothing to explain: %s", ErrInput, v)
	}
	all, err := c.ExplainAll(ctx, s, []*trace.Trace{t}, []Verdict{v})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// ExplainAll explains all of these traces that were refused, with as few runs
// of Java as for one. It leaves nil where there is nothing to explain.
func (c *Checker) ExplainAll(ctx context.Context, s *Spec, traces []*trace.Trace, verdicts []Verdict) ([]*Explanation, error) {
	return c.explainAll(ctx, s, traces, verdicts, wanted{lists: true})
}

// wanted is what an explanation is to say besides the reason.
type wanted struct {
	lists bool // what would be possible
	truth bool // why what holds holds
	brief bool // nothing of the state
}

func (c *Checker) explainAll(ctx context.Context, s *Spec, traces []*trace.Trace, verdicts []Verdict, want wanted) ([]*Explanation, error) {
	all := make([]*Explanation, len(traces))
	groups := map[string][]*refusal{}
	rules, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	for i, v := range verdicts {
		if v.Outcome != Rejected {
			continue
		}
		x := &Explanation{Trace: traces[i].Name, Step: v.Step, Event: v.Event, Reason: v.Reason, Summary: v.String(), breakable: rules}
		all[i] = x
		if r := newRefusal(traces[i], v, x); r != nil {
			key := fmt.Sprint(traces[i].Header.Constants)
			groups[key] = append(groups[key], r)
		}
	}
	e := &explainer{Checker: c, spec: s, wanted: want}
	var unread error
	if len(groups) > 0 {
		if e.study, unread = s.study(ctx, c); ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	for _, key := range sortedKeys(groups) {
		for _, r := range groups[key] {
			if r.plain = e.study == nil; r.plain && unread != nil {
				r.into.note("the parts of the action cannot be told apart: %s", unread)
			}
		}
		if err := e.explain(ctx, groups[key]); err != nil {
			return nil, err
		}
		for _, r := range groups[key] {
			r.into.conclude(r.verdict)
			e.trace(r)
		}
	}
	return all, nil
}

// newRefusal is nil if there is no step to look at.
func newRefusal(t *trace.Trace, v Verdict, x *Explanation) *refusal {
	if v.Reason == Malformed || v.Step < 1 || v.Step > len(t.Events) {
		return nil
	}
	x.Accepted = v.Step - 1
	whole := *t
	whole.Events = whole.Events[:v.Step]
	if bad := (*unwritable)(nil); errors.As(second(record([]*trace.Trace{&whole})), &bad) {
		x.note("the step has a value that TLA+ does not have: %s", bad)
		if bad.reason != Guard || bad.step != v.Step-1 {
			return nil
		}
		whole.Events = spelled(whole.Events)
		if second(record([]*trace.Trace{&whole})) != nil {
			return nil
		}
		x.Event = &whole.Events[bad.step]
	}
	x.Fields = fieldDifferences(v)
	return &refusal{trace: &whole, verdict: v, into: x}
}

// spelled has the arguments of the last event with strings that TLA+ can hold:
// what it cannot hold is spelled out. No string of the spec is equal to one or
// the other, so what the spec says of them is the same.
func spelled(events []trace.Event) []trace.Event {
	var spell func(v trace.Value) trace.Value
	spell = func(v trace.Value) trace.Value {
		switch v := v.(type) {
		case string:
			if _, err := tlc.FormatValue(v); err != nil {
				return strings.Trim(strconv.QuoteToASCII(v), `"`)
			}
		case []trace.Value:
			list := make([]trace.Value, len(v))
			for i := range v {
				list[i] = spell(v[i])
			}
			return list
		case map[string]trace.Value:
			record := map[string]trace.Value{}
			for name, field := range v {
				record[name] = spell(field)
			}
			return record
		}
		return v
	}
	events = slices.Clone(events)
	last := &events[len(events)-1]
	last.Args, _ = spell(last.Args).(map[string]trace.Value)
	return events
}

func second[T any](_ T, err error) error { return err }

func (x *Explanation) note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	if !slices.Contains(x.Notes, note) {
		x.Notes = append(x.Notes, note)
	}
}

// explain asks TLC about all that is pending. One step that TLC cannot evaluate
// ends the run for all: what had not been heard by then is asked again.
func (e *explainer) explain(ctx context.Context, pending []*refusal) error {
	for len(pending) > 0 {
		told := e.instrument(pending)
		result, talk, err := e.ask(ctx, pending, told)
		if err != nil {
			return err
		}
		if result.Outcome == tlc.SpecError && told.teller != nil {
			if len(pending) == 1 {
				pending[0].into.note("the parts of the action cannot be evaluated: %s", firstParagraph(result.Message))
				pending[0].plain = true
				continue
			}
			for _, r := range pending { // one of them is the cause
				if err := e.explain(ctx, []*refusal{r}); err != nil {
					return err
				}
			}
			return nil
		}
		var again []*refusal
		for _, r := range pending {
			failed := result
			switch {
			case result.Outcome != tlc.OK && r.heard.complete(e.lists) && r.heard != talk.current:
				failed = &tlc.Result{Outcome: tlc.OK}
			case result.Outcome != tlc.OK && talk.current != nil && r.heard != talk.current:
				again = append(again, r)
				continue
			}
			r.heard.finish(r.into, failed)
		}
		pending = again
	}
	return nil
}

// subject is the spec with what was put into it.
type subject struct {
	files     map[string][]byte
	variables []string
	why       map[*refusal]string // the operator that tells about the broken invariant
	unnamed   []string            // the actions without a Step, as they stand in Next
	teller    *teller
}

// instrument puts what tells about the refused steps, or about the broken
// invariants, into a copy of the spec.
func (e *explainer) instrument(pending []*refusal) subject {
	result := subject{files: e.spec.files, why: map[*refusal]string{}}
	if e.study == nil {
		return result
	}
	sources := newSources(e.spec.files)
	if !e.brief {
		result.variables = e.study.variables
	}
	if e.lists {
		result.unnamed = e.study.unnamedTexts(sources)
	}
	t := newTeller(sources, e.study.overridden)
	t.truth = e.truth
	steps := map[string]bool{}
	for _, r := range pending {
		switch {
		case r.plain || r.verdict.Reason == State: // the guard holds
		case r.verdict.Reason == Invariant:
			d := e.study.syntax.definition(r.verdict.Message, e.study.modules)
			if d == nil || !t.has(d.at) {
				r.into.note("the parts of the invariant cannot be told apart: %s is defined in no module that could be read", r.verdict.Message)
				continue
			}
			result.why[r] = t.invariant(d)
		default:
			steps[r.verdict.Event.Step] = true
		}
	}
	holders, found := e.study.sites(t, steps)
	for _, r := range pending {
		if name := r.verdict.Event.Step; !r.plain && steps[name] && !found[name] {
			r.into.note("the parts of the action cannot be told apart: no use of Step in %s could be found for it", strings.Join(e.study.modules, ", "))
		}
	}
	if len(result.why)+len(found) > 0 {
		t.place(holders)
		result.teller, result.files = t, sources.all()
	}
	return result
}

// invariant writes what tells about an invariant, and returns its use.
func (t *teller) invariant(d *symbol) string {
	f, _ := frameOf(d)
	return strings.Replace(t.define("Root", d.body, f, func() string { return "  " + t.look(d.body, f, false) }), now, "TRUE", 1)
}

// ask runs TLC over the traces and the states in question.
func (e *explainer) ask(ctx context.Context, pending []*refusal, s subject) (*tlc.Result, *talk, error) {
	traces := make([]*trace.Trace, len(pending))
	for i, r := range pending {
		traces[i] = r.trace
	}
	constants, err := constantsOf(traces[0])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	recorded, err := record(traces)
	if err != nil {
		return nil, nil, err
	}
	config := e.spec.withConstants(constants)
	config.Set(tlc.Constant{Name: "Arg", Definition: "ExplainArg"})
	config.Set(tlc.Constant{Name: "Step", Definition: "ExplainStep"})
	config.Set(tlc.Constant{Name: "ExplainHere", Definition: "ExplainWhyNow"})
	config.Init, config.Next = "ExplainInit", "ExplainNext"
	spec := *e.spec
	spec.files = s.files
	job := spec.job("Explain", config, e.subjectText(pending, s))
	if job.Files["Recorded.tla"], err = recorded.module(apart(recorded.traces)); err != nil {
		return nil, nil, err
	}
	job.Short = true
	job.Args = []string{"-seed", "1"} // of a large set, the same members each time
	voice := newVoice()
	job.Files["Voice.tla"] = voice.module()
	talk := &talk{}
	for _, r := range pending {
		r.heard = &hearer{teller: s.teller}
		talk.all = append(talk.all, r.heard)
	}
	job.Print = func(line string) {
		// What cannot be read is missing, and the rest is still worth having.
		if said, err := voice.hear(line); err == nil && said != nil {
			talk.hear(said)
		}
	}
	result, err := e.run(ctx, job)
	if err != nil {
		return nil, nil, err
	}
	if result.Outcome == tlc.Cancelled {
		return nil, nil, context.Cause(ctx)
	}
	return result, talk, nil
}

// subjectText is what Explain needs to know of the spec and of the traces.
func (e *explainer) subjectText(pending []*refusal, s subject) string {
	var b strings.Builder
	b.WriteString("LOCAL INSTANCE Telling\n" + aboutVariables(s.variables))
	why, prefixes := "TRUE", make([]string, len(pending))
	for i, r := range pending {
		prefixes[i] = fmt.Sprint(r.verdict.Step - 1)
		if r.verdict.Reason == Invariant {
			prefixes[i] = fmt.Sprint(r.verdict.Step)
		}
		if tells, ok := s.why[r]; ok {
			why = fmt.Sprintf("IF subjectTrace = %d THEN ExplainTell(<<\"trying\", %d>>) /\\ ExplainTell(<<\"try\", 0>>) /\\ %s ELSE %s", i+1, i+1, tells, why)
		}
	}
	fmt.Fprintf(&b, "SubjectWhy(subjectTrace) == %s\nSubjectPrefix == <<%s>>\nSubjectLists == %s\n",
		why, strings.Join(prefixes, ", "), strings.ToUpper(fmt.Sprint(e.lists)))
	for i, text := range s.unnamed {
		fmt.Fprintf(&b, "SubjectUnnamed%d ==\n%s\n", i+1, text)
	}
	b.WriteString("SubjectUnnamed ==\n  \\/ FALSE\n")
	for i := range s.unnamed {
		fmt.Fprintf(&b, "  \\/ (SubjectUnnamed%d /\\ ExplainTell(<<\"unnamed\", %d>>) /\\ FALSE)\n", i+1, i)
	}
	return b.String() + subjectHolds(nil)
}

// aboutVariables defines what says the values of variables, and which of them
// change.
func aboutVariables(names []string) string {
	var state, changes strings.Builder
	for _, name := range names {
		fmt.Fprintf(&state, "  /\\ ExplainVariable(%q, %s)\n", name, name)
		fmt.Fprintf(&changes, "  /\\ IF %s' = %s THEN TRUE ELSE SubjectChanged(%q)\n", name, name, name)
	}
	return "SubjectState ==\n  /\\ TRUE\n" + state.String() +
		"SubjectChanges(SubjectChanged(_)) ==\n  /\\ TRUE\n" + changes.String()
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
			d := FieldDifference{Field: name, value: w}
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
