package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Behaviour is a counterexample of TLC in the words of the Steps module.
type Behaviour struct {
	Violated string          `json:"violated"`
	States   []BehaviourStep `json:"states"`
	// Back is the number of the state with which it goes on after the last, for
	// ever; 0 if it ends there.
	Back int `json:"back,omitempty"`
	// Why says which part of the invariant does not hold in the last state, and
	// where the values come from; of another property, only which one it is.
	Why *Explanation `json:"why"`
}

// BehaviourStep is a state of a counterexample with the step that leads there.
type BehaviourStep struct {
	Number int    `json:"number"`           // of the state, from 1
	Action string `json:"action,omitempty"` // as TLC names it; "" for the first
	// Step and Args are those of the Step that makes it; "" if none does.
	Step    string                 `json:"step,omitempty"`
	Args    map[string]trace.Value `json:"args,omitempty"`
	Changes []Variable             `json:"changes"` // in the first state all

	before, after map[string]trace.Value // the acting node's view, if Step is not ""
	network       []trace.Value          // the messages under way in the state
}

func (s BehaviourStep) String() string {
	switch {
	case s.Step != "":
		return stepText(s.Step, s.Args)
	case s.Action == "":
		return "in the beginning"
	}
	return s.Action
}

// Retell tells the counterexample of a model of the spec, for whose name see
// Model; violated may be "" if it is not known. What cannot be found out is said
// in Why.Notes; then the steps go by the names that TLC gives the actions. It
// runs Java twice, and once for further models of the same spec.
func (c *Checker) Retell(ctx context.Context, s *Spec, model, violated string, states []tlc.State, loop *tlc.Loop) (*Behaviour, error) {
	b := &Behaviour{Violated: violated, Why: &Explanation{Reason: Invariant, Trace: "counterexample", Summary: violated + " does not hold"}}
	if loop != nil {
		b.Back = loop.Back
	}
	b.changes(states)
	if len(states) == 0 {
		b.Why.note("TLC shows no behaviour")
		return b, nil
	}
	var err error
	if b.Why.breakable, err = s.BrokenRules(); err != nil {
		return nil, err
	}
	job, config, err := s.Model(model)
	switch {
	case model == "" && errors.Is(err, fs.ErrNotExist): // somebody's spec, with a Steps.cfg alone
		job.Module, config = s.Name, s.config
	case err != nil:
		return nil, err
	}
	r := &retelling{Checker: c, spec: s, model: job.Module, config: config, states: states, into: b}
	if err := r.retell(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		b.Why.note("the counterexample could not be gone through: %s", err)
	}
	return b, nil
}

// changes says of each state what is new in it.
func (b *Behaviour) changes(states []tlc.State) {
	var before map[string]tlc.Value
	for _, s := range states {
		step := BehaviourStep{Number: s.Number, Action: s.Action}
		for _, name := range sortedKeys(s.Vars) {
			if was, ok := before[name]; !ok || text(was) != text(s.Vars[name]) {
				step.Changes = append(step.Changes, Variable{name, text(s.Vars[name])})
			}
		}
		b.States = append(b.States, step)
		before = s.Vars
	}
}

// retelling is the work on one counterexample.
type retelling struct {
	*Checker
	spec   *Spec
	model  string // its module
	config *tlc.Config
	states []tlc.State
	into   *Behaviour
}

func (r *retelling) retell(ctx context.Context) error {
	for _, extends := range []string{r.model + ", " + r.spec.Name + "Steps", r.model} {
		y, files, err := r.study(ctx, extends)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, tlc.ErrSyntax) && strings.Contains(extends, ",") {
			r.into.Why.note("%s and %sSteps cannot be read together, so the steps have no arguments", r.model, r.spec.Name)
			continue
		}
		if err != nil {
			return err
		}
		return r.ask(ctx, y, files, extends)
	}
	return nil
}

// study is that of a module which extends the given ones. All models of a spec
// share one.
func (r *retelling) study(ctx context.Context, extends string) (*study, map[string][]byte, error) {
	files := maps.Clone(r.spec.files)
	files["Subject.tla"] = []byte("---- MODULE Subject ----\nEXTENDS " + extends + "\n====\n")
	found, err := r.spec.memo.get(extends, func() (any, error) {
		return studyOf(ctx, r.Checker, newSources(files), "Subject")
	})
	if err != nil {
		return nil, nil, err
	}
	y := *found.(*study)
	for _, c := range r.config.Constants {
		if c.Definition != "" {
			y.overridden = append(y.overridden, c.Name)
		}
	}
	return &y, files, nil
}

// ask runs TLC along the counterexample.
func (r *retelling) ask(ctx context.Context, y *study, files map[string][]byte, extends string) error {
	values, models, err := valuesOf(r.states, y.variables)
	if err != nil {
		return err
	}
	sources := newSources(files)
	delete(sources.files, "Subject.tla")
	t := newTeller(sources, y.overridden)
	why := "TRUE"
	if d := y.syntax.definition(r.into.Violated, y.modules); slices.Contains(r.config.Invariants, r.into.Violated) && d != nil && t.has(d.at) {
		why = `ExplainTell(<<"trying", 1>>) /\ ExplainTell(<<"try", 0>>) /\ ` + t.invariant(d)
		t.place(nil)
	} else if d != nil && t.has(d.at) {
		r.into.Why.note("%s is not about one state: %s  (%s)", r.into.Violated, short(t.text(d.body.at)), d.at)
	}
	job := tlc.Job{Files: sources.all(), Module: "Retell", Config: "Retell.cfg", Short: true}
	job.Files["Subject.tla"] = []byte("---- MODULE Subject ----\nEXTENDS " + extends + "\nLOCAL INSTANCE TLC\n" + r.subject(y, values, models, why, strings.Contains(extends, ",")) + "====\n")
	job.Files["Retell.cfg"] = []byte(r.settings(models, strings.Contains(extends, ",")).String())
	voice := newVoice()
	job.Files["Voice.tla"] = voice.module()
	h := &hearer{teller: t}
	talk := &talk{all: []*hearer{h}}
	job.Print = func(line string) {
		said, err := voice.hear(line)
		switch {
		case err != nil || said == nil:
		case said[0] == "takes" && len(said) == 6:
			r.takes(numberAt(said, 1), said[2:])
		case said[0] == "network" && len(said) == 3:
			r.at(numberAt(said, 1)).network = flat(viewOf(said[2]))
		default:
			talk.hear(said)
		}
	}
	result, err := r.run(ctx, job)
	if err != nil {
		return err
	}
	if result.Outcome != tlc.OK && h.states == 0 {
		return fmt.Errorf("%s: %s", result.Outcome, firstParagraph(result.Message))
	}
	r.finish(y, h)
	return nil
}

// at is the state of that number; of one that is not there, nobody's.
func (r *retelling) at(number int) *BehaviourStep {
	if number < 1 || number > len(r.into.States) {
		return &BehaviourStep{}
	}
	return &r.into.States[number-1]
}

// takes notes which Step leads to the state of that number, with its arguments
// and the acting node's view before and after. Of two, the first counts.
func (r *retelling) takes(number int, said []trace.Value) {
	s := r.at(number)
	args, ok := viewOf(said[1]).(map[string]trace.Value)
	if s.Step != "" || !ok {
		return
	}
	s.Step, _ = said[0].(string)
	s.Args = args
	s.before, _ = viewOf(said[2]).(map[string]trace.Value)
	s.after, _ = viewOf(said[3]).(map[string]trace.Value)
}

// finish says what does not hold in the last state, and since when.
func (r *retelling) finish(y *study, h *hearer) {
	b := r.into
	x := b.Why
	t := &trace.Trace{}
	for _, s := range b.States[1:] {
		e := trace.Event{Step: s.Step, Args: s.Args}
		if e.Step == "" {
			e.Step = s.Action
		}
		t.Events = append(t.Events, e)
	}
	x.Step, x.Accepted = len(t.Events), len(t.Events)
	last := trace.Event{}
	if len(t.Events) > 0 {
		last = t.Events[len(t.Events)-1]
	}
	h.finish(x, &tlc.Result{Outcome: tlc.OK})
	v := Verdict{Outcome: Rejected, Step: x.Step, Event: &last, Reason: Invariant, Message: b.Violated}
	summary := x.Summary
	if len(x.Action) > 0 {
		x.conclude(v)
	} else {
		x.Summary = summary
	}
	e := &explainer{Checker: r.Checker, spec: r.spec, study: y}
	e.trace(&refusal{trace: t, verdict: v, into: x, heard: h})
}

// valuesOf writes the states as tuples of the variables' values, and lists the
// model values in them.
func valuesOf(states []tlc.State, variables []string) (values, models []string, err error) {
	var collect func(v tlc.Value)
	collect = func(v tlc.Value) {
		switch v := v.(type) {
		case tlc.Model:
			if !slices.Contains(models, string(v)) {
				models = append(models, string(v))
			}
		case []tlc.Value:
			for _, e := range v {
				collect(e)
			}
		case tlc.Set:
			for _, e := range v {
				collect(e)
			}
		case map[string]tlc.Value:
			for _, e := range v {
				collect(e)
			}
		case tlc.Func:
			for _, p := range v {
				collect(p.Arg)
				collect(p.Result)
			}
		}
	}
	for _, s := range states {
		row := make([]string, len(variables))
		for i, name := range variables {
			v, ok := s.Vars[name]
			if !ok {
				return nil, nil, fmt.Errorf("the value of %s in state %d cannot be read", name, s.Number)
			}
			if row[i], err = tlc.FormatValue(v); err != nil {
				return nil, nil, fmt.Errorf("%s in state %d: %w", name, s.Number, err)
			}
			collect(v)
		}
		values = append(values, "<<"+strings.Join(row, ", ")+">>")
	}
	slices.Sort(models)
	return values, models, nil
}

// isConstant says whether the model has a constant of this name.
func (r *retelling) isConstant(name string) bool {
	_, ok := r.config.Constant(name)
	return ok
}

// subject is what Retell needs to know.
func (r *retelling) subject(y *study, values, models []string, why string, steps bool) string {
	var b strings.Builder
	b.WriteString("LOCAL INSTANCE Telling\n")
	for _, m := range models {
		if !r.isConstant(m) {
			fmt.Fprintf(&b, "CONSTANT %s\n", m)
		}
	}
	fmt.Fprintf(&b, "SubjectLength == %d\nSubjectValues == <<\n%s>>\n", len(values), strings.Join(values, ",\n"))
	list := func(head string, line func(name string, i int) string) {
		b.WriteString(head + " ==\n  /\\ TRUE\n")
		for i, name := range y.variables {
			b.WriteString("  /\\ " + line(name, i+1) + "\n")
		}
	}
	list("SubjectInit", func(name string, i int) string { return fmt.Sprintf("%s = SubjectValues[1][%d]", name, i) })
	list("SubjectBecomes(subjectNumber)", func(name string, i int) string {
		return fmt.Sprintf("%s' = SubjectValues[subjectNumber][%d]", name, i)
	})
	b.WriteString(aboutVariables(y.variables))
	fmt.Fprintf(&b, "SubjectWhy(subjectTrace) == %s\n", why)
	if steps {
		b.WriteString("SubjectSteps == StepsNext\nSubjectView(subjectArgs) == View(subjectArgs.node)\n" + r.spec.subjectNetwork())
		return b.String()
	}
	b.WriteString("SubjectSteps == FALSE\nSubjectView(subjectArgs) == <<>>\n" + "SubjectNetwork == {}\n")
	return b.String()
}

// settings is the model's configuration, with what the Steps module needs
// besides.
func (r *retelling) settings(models []string, steps bool) *tlc.Config {
	config := &tlc.Config{Constants: slices.Clone(r.config.Constants), IgnoreDeadlock: true, Init: "RetellInit", Next: "RetellNext"}
	for _, c := range r.spec.config.Constants {
		if steps && !r.isConstant(c.Name) && c.Definition == "" {
			config.Set(c)
		}
	}
	for _, m := range models {
		if !r.isConstant(m) {
			config.Set(tlc.Constant{Name: m, Value: m})
		}
	}
	if steps {
		config.Set(tlc.Constant{Name: "Step", Definition: "RetellStep"})
	}
	return config
}

// String is the counterexample as text for people.
func (b *Behaviour) String() string {
	var w strings.Builder
	for _, s := range b.States {
		fmt.Fprintf(&w, "%2d %s\n", s.Number, s)
		for _, v := range s.Changes {
			fmt.Fprintf(&w, "     %s = %s\n", v.Name, short(v.Value))
		}
	}
	if n := len(b.States); b.Back == n && n > 0 {
		w.WriteString("   and nothing more happens\n")
	} else if b.Back > 0 {
		fmt.Fprintf(&w, "   and again from %d\n", b.Back)
	}
	fmt.Fprintf(&w, "%s\n", b.Why.Summary)
	if len(b.Why.Action) > 0 {
		w.WriteString("\nPart by part\n")
		writeFindings(&w, b.Why.Action, "  ")
	}
	b.Why.writeOrigins(&w)
	b.Why.writeNotes(&w)
	return w.String()
}
