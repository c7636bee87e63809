package explain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// ExplainCounterexample gives the steps of a counterexample the names and
// arguments of the Steps module, and explains the violation. model is the name
// of the spec's model, as for Spec.Model; violated may be "" if it is unknown.
// Facts that it cannot find out are listed in Why.Notes; the steps then have
// TLC's names. If model is a broken rule, it finds out which steps only set the
// scene. It runs Java two or three times, and once less for each further model of
// the same spec.
func ExplainCounterexample(ctx context.Context, c *run.Runner, s *spec.Spec, model, violated string, states []tlc.State, loop *tlc.Loop) (*report.Behaviour, error) {
	b := &report.Behaviour{Violated: violated, Why: &report.Explanation{Reason: report.Invariant, Trace: "counterexample", Summary: violated + " does not hold"}}
	if loop != nil {
		b.Back = loop.Back
	}
	changes(b, states)
	if len(states) == 0 {
		b.Why.Note("TLC shows no behaviour")
		return b, nil
	}
	var err error
	if b.Why.Breakable, err = s.BrokenRules(); err != nil {
		return nil, err
	}
	job, config, err := s.Model(model)
	switch {
	case model == "" && errors.Is(err, fs.ErrNotExist): // a user's spec with a Steps.cfg alone
		job.Module, config = s.Name, s.Config
	case err != nil:
		return nil, err
	}
	if e := config.Expect; e != nil && e.Consequence != "" && e.Consequence == b.Violated {
		config = config.OfConsequence()
	}
	r := &counterexample{Runner: c, spec: s, rule: model, model: job.Module, config: config, states: states, into: b}
	if err := r.run(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		b.Why.Note("the counterexample could not be gone through: %s", err)
	}
	return b, nil
}

// changes lists the variables that change in each state, and what changes in them.
func changes(b *report.Behaviour, states []tlc.State) {
	var before map[string]tlc.Value
	for _, s := range states {
		step := report.BehaviourStep{Number: s.Number, Action: s.Action}
		for _, name := range tla.SortedKeys(s.Vars) {
			if was, ok := before[name]; !ok || tla.Text(was) != tla.Text(s.Vars[name]) {
				v := report.Variable{Name: name, Value: tla.Text(s.Vars[name])}
				if ok {
					v.Parts = parts(name, was, s.Vars[name])
				}
				step.Changes = append(step.Changes, v)
			}
		}
		b.States = append(b.States, step)
		before = s.Vars
	}
}

// parts says what has changed in a value: which members of a set of records, such as the
// messages, and which fields of a record. Of any other value it says what it is now.
func parts(name string, was, is tlc.Value) (lines []string) {
	switch is := is.(type) {
	case map[string]tlc.Value:
		was, ok := was.(map[string]tlc.Value)
		if !ok || len(was) == 0 || !slices.Equal(tla.SortedKeys(was), tla.SortedKeys(is)) {
			break
		}
		for _, key := range tla.SortedKeys(is) {
			if tla.Text(was[key]) != tla.Text(is[key]) {
				lines = append(lines, parts(name+"."+key, was[key], is[key])...)
			}
		}
		return lines
	case tlc.Set:
		was, ok := was.(tlc.Set)
		if !ok || !areRecords(was) || !areRecords(is) {
			break
		}
		for _, m := range without(is, was) {
			lines = append(lines, "added to "+name+": "+tla.Text(m))
		}
		for _, m := range without(was, is) {
			lines = append(lines, "removed from "+name+": "+tla.Text(m))
		}
		return lines
	}
	return []string{name + " = " + tla.Text(is)}
}

func areRecords(s tlc.Set) bool {
	return !slices.ContainsFunc(s, func(v tlc.Value) bool {
		_, ok := v.(map[string]tlc.Value)
		return !ok
	})
}

// without returns the members of a set that another one does not have.
func without(s, other tlc.Set) (left tlc.Set) {
	has := map[string]bool{}
	for _, v := range other {
		has[tla.Text(v)] = true
	}
	return slices.DeleteFunc(slices.Clone(s), func(v tlc.Value) bool { return has[tla.Text(v)] })
}

// counterexample explains one counterexample.
type counterexample struct {
	*run.Runner
	spec   *spec.Spec
	rule   string // the name of its model
	model  string // its module
	config *tlc.Config
	states []tlc.State
	into   *report.Behaviour
}

func (r *counterexample) run(ctx context.Context) error {
	for _, extends := range []string{r.model + ", " + r.spec.Name + "Steps", r.model} {
		y, files, err := r.analysis(ctx, extends)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, tlc.ErrSyntax) && strings.Contains(extends, ",") {
			r.into.Why.Note("%s and %sSteps cannot be read together, so the steps have no arguments", r.model, r.spec.Name)
			continue
		}
		if err != nil {
			return err
		}
		return r.ask(ctx, y, files, extends)
	}
	return nil
}

// analysis returns the analysis of a module that extends the given ones. All
// models of a spec share one.
func (r *counterexample) analysis(ctx context.Context, extends string) (*analysis.Analysis, map[string][]byte, error) {
	files := maps.Clone(r.spec.Files)
	files["Instance.tla"] = []byte("---- MODULE Instance ----\nEXTENDS " + extends + "\n====\n")
	found, err := r.spec.Memo.Get(extends, func() (any, error) {
		return analysis.OfModule(ctx, r.Runner, sany.NewSources(files), "Instance")
	})
	if err != nil {
		return nil, nil, err
	}
	y := *found.(*analysis.Analysis)
	for _, c := range r.config.Constants {
		if c.Definition != "" {
			y.Overridden = append(y.Overridden, c.Name)
		}
	}
	if len(r.states) > 0 { // the model may count what its spec does not
		for _, name := range slices.Sorted(maps.Keys(r.states[0].Vars)) {
			if !slices.Contains(y.Variables, name) {
				y.Variables = append(slices.Clip(y.Variables), name)
			}
		}
	}
	return &y, files, nil
}

// ask runs TLC along the counterexample.
func (r *counterexample) ask(ctx context.Context, y *analysis.Analysis, files map[string][]byte, extends string) error {
	values, models, err := valuesOf(r.states, y.Variables)
	if err != nil {
		return err
	}
	sources := sany.NewSources(files)
	delete(sources.Files, "Instance.tla")
	t := newInstrumenter(sources, y.Overridden)
	why := "TRUE"
	if d := y.Syntax.Definition(r.into.Violated, y.Modules); slices.Contains(r.config.Invariants, r.into.Violated) && d != nil && t.Has(d.At) {
		why = `ExplainPrint(<<"trying", 1>>) /\ ExplainPrint(<<"try", 0>>) /\ ` + t.invariant(d)
		t.place(nil)
	} else if d != nil && t.Has(d.At) {
		r.into.Why.Note("%s is not about one state: %s  (%s)", r.into.Violated, tla.Short(t.Text(d.Body.At)), d.At)
	}
	job := tlc.Job{Files: sources.All(), Module: "Counterexample", Config: "Counterexample.cfg", Short: true}
	standard := ""
	if !slices.ContainsFunc(ofTLC, func(name string) bool { return y.Syntax.Definition(name, y.Modules) != nil }) {
		standard = "LOCAL INSTANCE TLC\n" // the text of an invariant may need what its module has by LOCAL INSTANCE
	}
	job.Files["CounterexampleValues.tla"] = []byte(moduleOfValues(values, models))
	job.Files["Instance.tla"] = []byte("---- MODULE Instance ----\nEXTENDS " + extends + "\n" + standard + r.instance(y, len(values), models, why, strings.Contains(extends, ",")) + "====\n")
	job.Files["Counterexample.cfg"] = []byte(r.settings(models, strings.Contains(extends, ",")).String())
	output := tla.NewOutput()
	output.AddTo(&job)
	h := &collector{instrumenter: t}
	collected := &collection{all: []*collector{h}}
	job.Print = func(line string) {
		message, err := output.Parse(line)
		switch {
		case err != nil || message == nil:
		case message[0] == "takes" && len(message) == 6:
			r.takes(tla.NumberAt(message, 1), message[2:])
		case message[0] == "network" && len(message) == 3:
			r.at(tla.NumberAt(message, 1)).Network = tla.Flat(tla.ViewOf(message[2]))
		default:
			collected.collect(message)
		}
	}
	var result *tlc.Result
	err = run.Together(ctx,
		func(ctx context.Context) (err error) { result, err = r.Run(ctx, job); return err },
		func(ctx context.Context) (err error) { r.into.Setup, err = r.setup(ctx, job); return err })
	if err != nil {
		return err
	}
	if result.Outcome != tlc.OK && h.states == 0 {
		return fmt.Errorf("%s: %s", result.Outcome, report.FirstParagraph(result.Message))
	}
	r.finish(y, h)
	return nil
}

// setup goes along the counterexample of a broken rule with the rule in its place, and
// returns how many steps there are before the first that the rule forbids. job is the
// run with the broken rule.
func (r *counterexample) setup(ctx context.Context, job tlc.Job) (int, error) {
	if broken, ok := r.config.Constant(r.rule); !ok || broken.Definition == "" || r.rule == "" {
		return 0, nil
	}
	config, err := tlc.ParseConfig(string(job.Files[job.Config]))
	if err != nil {
		return 0, err
	}
	config.Constants = slices.DeleteFunc(config.Constants, func(c tlc.Constant) bool { return c.Name == r.rule })
	job.Files = maps.Clone(job.Files)
	job.Files[job.Config] = []byte(config.String())
	output := tla.NewOutput()
	output.AddTo(&job)
	allowed := map[int]bool{}
	job.Print = func(line string) {
		if message, err := output.Parse(line); err == nil && len(message) == 6 && message[0] == "takes" {
			allowed[tla.NumberAt(message, 1)] = true
		}
	}
	if _, err := r.Run(ctx, job); err != nil {
		return 0, err
	}
	for n := 2; n <= len(r.states); n++ {
		if !allowed[n] {
			return n - 2, nil
		}
	}
	return 0, nil
}

// at returns the state of that number, or an unused one if there is none.
func (r *counterexample) at(number int) *report.BehaviourStep {
	if number < 1 || number > len(r.into.States) {
		return &report.BehaviourStep{}
	}
	return &r.into.States[number-1]
}

// takes records which Step leads to the state of that number, with its
// arguments and the acting node's view before and after. If two Steps do, the
// first counts.
func (r *counterexample) takes(number int, message []trace.Value) {
	s := r.at(number)
	args, ok := tla.ViewOf(message[1]).(map[string]trace.Value)
	if s.Step != "" || !ok {
		return
	}
	s.Step, _ = message[0].(string)
	s.Args = args
	s.Before, _ = tla.ViewOf(message[2]).(map[string]trace.Value)
	s.After, _ = tla.ViewOf(message[3]).(map[string]trace.Value)
}

// finish reports the part that is false in the last state, and the origin of
// its values.
func (r *counterexample) finish(y *analysis.Analysis, h *collector) {
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
	v := report.Verdict{Outcome: report.Rejected, Step: x.Step, Event: &last, Reason: report.Invariant, Message: b.Violated}
	summary := x.Summary
	if len(x.Action) > 0 {
		conclude(x, v)
	} else {
		x.Summary = summary
	}
	e := &explainer{Runner: r.Runner, spec: r.spec, analysis: y}
	e.trace(&refusal{trace: t, verdict: v, into: x, collected: h})
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

// isConstant reports whether the model has a constant of this name.
func (r *counterexample) isConstant(name string) bool {
	_, ok := r.config.Constant(name)
	return ok
}

// ofTLC are the names that the standard module TLC defines.
var ofTLC = []string{"Print", "PrintT", "Assert", "JavaTime", "TLCGet", "TLCSet", "Permutations", "SortSeq", "RandomElement", "Any", "ToString", "TLCEval"}

// moduleOfValues writes the module with the values of the variables in each state. It
// is apart from the spec, which may define what the module TLC defines.
func moduleOfValues(values, models []string) string {
	var b strings.Builder
	b.WriteString("---- MODULE CounterexampleValues ----\nLOCAL INSTANCE Integers\nLOCAL INSTANCE TLC\n")
	for _, m := range models {
		fmt.Fprintf(&b, "CONSTANT %s\n", m)
	}
	fmt.Fprintf(&b, "InstanceValues == <<\n%s>>\n====\n", strings.Join(values, ",\n"))
	return b.String()
}

// instance returns the definitions that the module Counterexample needs in
// Instance.
func (r *counterexample) instance(y *analysis.Analysis, length int, models []string, why string, steps bool) string {
	var b strings.Builder
	b.WriteString("LOCAL INSTANCE ExplainOutput\n")
	for _, m := range models {
		if !r.isConstant(m) {
			fmt.Fprintf(&b, "CONSTANT %s\n", m)
		}
	}
	fmt.Fprintf(&b, "LOCAL INSTANCE CounterexampleValues\nInstanceLength == %d\n", length)
	list := func(head string, line func(name string, i int) string) {
		b.WriteString(head + " ==\n  /\\ TRUE\n")
		for i, name := range y.Variables {
			b.WriteString("  /\\ " + line(name, i+1) + "\n")
		}
	}
	list("InstanceInit", func(name string, i int) string { return fmt.Sprintf("%s = InstanceValues[1][%d]", name, i) })
	list("InstanceBecomes(instanceNumber)", func(name string, i int) string {
		return fmt.Sprintf("%s' = InstanceValues[instanceNumber][%d]", name, i)
	})
	b.WriteString(aboutVariables(y.Variables))
	fmt.Fprintf(&b, "InstanceWhy(instanceTrace) == %s\n", why)
	if steps {
		b.WriteString("InstanceSteps == StepsNext\nInstanceView(instanceArgs) == View(instanceArgs.node)\n" + r.spec.InstanceNetwork())
		return b.String()
	}
	b.WriteString("InstanceSteps == FALSE\nInstanceView(instanceArgs) == <<>>\n" + "InstanceNetwork == {}\n")
	return b.String()
}

// settings returns the model's configuration, with the additional settings for
// the Steps module.
func (r *counterexample) settings(models []string, steps bool) *tlc.Config {
	config := &tlc.Config{Constants: slices.Clone(r.config.Constants), IgnoreDeadlock: true, Init: "CounterexampleInit", Next: "CounterexampleNext"}
	for _, c := range r.spec.Config.Constants {
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
		config.Set(tlc.Constant{Name: "Step", Definition: "CounterexampleStep"})
	}
	return config
}
