// Package coverage finds out which parts of a spec the recorded traces
// exercise.
package coverage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Marked is a copy of a spec that says where TLC has been: it has a mark before each
// definition on which the actions stand, before each of their branches, and behind
// each step for each variable that the step changes. It is safe for concurrent use.
type Marked struct {
	Spec     *spec.Spec // the copy
	original *spec.Spec
	parts    report.Coverage
}

// Mark makes the copy.
func Mark(ctx context.Context, c *run.Runner, s *spec.Spec) (*Marked, error) {
	m, err := analysis.ReadSpec(ctx, c, s)
	if err != nil {
		return nil, err
	}
	rules, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	return marked(m, s, rules), nil
}

// Cover says what of the spec some traces exercise that it accepts. It replays
// them once more, in the copy.
func Cover(ctx context.Context, c *run.Runner, s *spec.Spec, accepted []*trace.Trace) (*report.Coverage, error) {
	m, err := Mark(ctx, c, s)
	if err != nil {
		return nil, err
	}
	return m.Cover(ctx, c, accepted)
}

// Cover is the function of this name.
func (m *Marked) Cover(ctx context.Context, c *run.Runner, accepted []*trace.Trace) (*report.Coverage, error) {
	pass := m.Pass()
	verdicts, err := m.replay(ctx, c, accepted, pass)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		pass.Fail(err.Error())
	}
	for _, v := range verdicts {
		switch v.Outcome {
		case report.Unknown:
			pass.Fail(report.FirstParagraph(v.Message))
		case report.Rejected:
			pass.Fail("a trace is not accepted")
		}
	}
	return pass.Coverage(taken(accepted)), nil
}

// Accepted replays traces in the copy. If it accepts all of them, they are accepted
// by the spec too, because every mark is TRUE, and the coverage is theirs. It returns
// nil if it does not: the step and the reason of a rejected trace, and the text of an
// error, are to be had from the spec itself, without marks.
func (m *Marked) Accepted(ctx context.Context, c *run.Runner, traces []*trace.Trace) (*report.Coverage, error) {
	pass := m.Pass()
	verdicts, err := m.replay(ctx, c, traces, pass)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil || slices.ContainsFunc(verdicts, func(v report.Verdict) bool { return v.Outcome != report.Accepted }) {
		return nil, nil
	}
	return pass.Coverage(taken(traces)), nil
}

func (m *Marked) replay(ctx context.Context, c *run.Runner, traces []*trace.Trace, pass *Pass) ([]report.Verdict, error) {
	return replay.WithOptions(ctx, c, m.Spec, traces, replay.Options{VerdictOnly: true, Observer: pass, Original: m.original})
}

// taken is how often the traces take each step.
func taken(traces []*trace.Trace) map[string]int {
	n := map[string]int{}
	for _, t := range traces {
		for _, e := range t.Events {
			n[e.Step]++
		}
	}
	return n
}

// Pass collects what the marks say in one pass of TLC over the copy. It is safe for
// concurrent use.
type Pass struct {
	marked  *Marked
	mu      sync.Mutex
	reached map[int]bool
	// failed gives the reasons why marks may be missing.
	failed []string
}

// Pass begins one.
func (m *Marked) Pass() *Pass { return &Pass{marked: m, reached: map[int]bool{}} }

// Collect takes in a message, and says whether it was a mark.
func (c *Pass) Collect(message []trace.Value) bool {
	if len(message) != 2 || message[0] != "covered" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached[tla.NumberAt(message, 1)] = true
	return true
}

// Fail notes why the marks may not have said all.
func (c *Pass) Fail(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, why)
}

// Coverage puts down what the marks have said; taken is how often each step was.
func (c *Pass) Coverage(taken map[string]int) *report.Coverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	parts := &c.marked.parts
	// JSON has an empty list where there is none.
	all := &report.Coverage{
		Actions: append([]report.Exercised{}, parts.Actions...), Branches: append([]report.Exercised{}, parts.Branches...),
		Rules: append([]report.Exercised{}, parts.Rules...), Definitions: append([]report.Exercised{}, parts.Definitions...),
		Effects: append([]report.Exercised{}, parts.Effects...),
	}
	for i := range all.Actions {
		all.Actions[i].Taken = taken[all.Actions[i].Name]
		all.Actions[i].Done = all.Actions[i].Taken > 0
	}
	number := 0
	for _, list := range [][]report.Exercised{all.Definitions, all.Branches, all.Effects} {
		for i := range list {
			number++
			list[i].Done = c.reached[number]
		}
	}
	for i := range all.Rules {
		for _, d := range all.Definitions {
			if d.Name == all.Rules[i].Name {
				all.Rules[i].Done = d.Done
			}
		}
	}
	if len(c.failed) > 0 {
		all.Unsure = c.failed[0]
	}
	return all
}

// marked puts the marks into a copy of the spec.
func marked(m *analysis.Module, s *spec.Spec, rules []string) *Marked {
	c := &Marked{original: s}
	p := &c.parts
	for _, step := range m.Steps {
		p.Actions = append(p.Actions, report.Exercised{Name: step.Step, Kind: "action", Place: step.Place})
	}
	reached := reached(m)
	tuples := unchangedIn(m)
	for _, d := range reached {
		if tuples[d] {
			continue
		}
		if m.Sources.Has(d.Body.At) && !strings.HasSuffix(d.Body.Operator(), "FcnSpec") && !overridden(s, d.Name) {
			one := markable("definition", d.Name, "", d.Body.At)
			one.Place = analysis.PlaceOf(d.At)
			p.Definitions = append(p.Definitions, one)
			if one.Kind = "rule"; slices.Contains(rules, d.Name) {
				p.Rules = append(p.Rules, one)
			}
		}
		branches(m, d, &p.Branches)
	}
	instantiate(m, reached)
	number := putMarks(m, slices.Concat(p.Definitions, p.Branches))
	p.Effects = putEffects(m, number)
	number += len(p.Effects)
	files := maps.Clone(m.Sources.All())
	root := s.Name + "Steps"
	files[root+".tla"] = extending("Cover", files[root+".tla"]) // TLC checks the assumption of Cover there only
	for module := range m.Sources.Insert {
		if m.Extends(module) && module != root {
			files[module+".tla"] = extending("Cover", files[module+".tla"])
		}
	}
	files["Covered.tla"] = fmt.Appendf(nil, "---- MODULE Covered ----\nLOCAL INSTANCE Naturals\n"+
		"CoveredNumbers == 1 .. %d\nCoveredRegister(n) == %d + n\n====\n", number, firstRegister)
	c.Spec = s.With(files)
	return c
}

// instantiate gives the marks to the modules that the spec instantiates. They
// must not extend Cover: the names of two INSTANCEs would clash.
func instantiate(m *analysis.Module, reached []*sany.Symbol) {
	done := map[string]bool{}
	for _, d := range reached { // in the order of the source
		if at := d.At; !m.Extends(at.Module) && !d.Local && !done[at.Module] && m.Sources.Has(at) {
			done[at.Module] = true
			m.Sources.Before(at.Module, at.Line, at.Column, "LOCAL INSTANCE Cover")
		}
	}
}

// putMarks puts a mark before each of the parts, and returns their number. The
// mark of a disjunct comes behind it, because the disjunct must be true and not
// only evaluated.
func putMarks(m *analysis.Module, parts []report.Exercised) int {
	for i, e := range parts {
		before := fmt.Sprintf("(IF CoverMark(%d) THEN", i+1)
		if e.Kind == `\/` {
			before = "(("
		}
		m.Sources.Before(e.At.Module, e.At.Line, e.At.Column, strings.Repeat(" ", e.At.Column-1)+before)
	}
	// If two parts end at one place, the inner one must end first. It begins
	// later, or is the later one in the list.
	order := make([]int, len(parts))
	for i := range order {
		order[i] = len(parts) - 1 - i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := parts[i].At, parts[j].At
		if a.Line != b.Line {
			return b.Line - a.Line
		}
		return b.Column - a.Column
	})
	for _, i := range order {
		e := parts[i]
		after := "ELSE FALSE)"
		if e.Kind == `\/` {
			after = fmt.Sprintf(") /\\ CoverMark(%d))", i+1)
		}
		m.Sources.After(e.At, strings.Repeat(" ", e.At.Column-1)+after)
	}
	return len(parts)
}

// firstRegister is the number of TLC's register for the first mark. A spec may
// use the low registers itself.
const firstRegister = 100_000

// overridden reports whether the model replaces a definition.
func overridden(s *spec.Spec, name string) bool {
	_, ok := s.Config.Constant(name)
	return ok
}

func markable(kind, name, in string, at sany.Span) report.Exercised {
	return report.Exercised{
		Kind: kind, Name: name, In: in, At: at, Place: analysis.PlaceOf(at), From: at.Line, Column: at.Column,
		End: report.Place{File: at.Module + ".tla", Line: at.EndLine}, EndColumn: at.EndOfIt,
	}
}

// extending adds another module to the EXTENDS of a module.
func extending(module string, source []byte) []byte {
	text := string(source)
	for i := 0; i < len(text); {
		switch {
		case text[i] == '"':
			i = sany.StringEnd(text, i)
		case strings.HasPrefix(text[i:], `\*`):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return source
			}
			i += end
		case strings.HasPrefix(text[i:], "(*"):
			i = sany.CommentEnd(text, i)
		case strings.HasPrefix(text[i:], "EXTENDS") && (i == 0 || strings.IndexByte(" \n\r\t", text[i-1]) >= 0):
			i += len("EXTENDS")
			return []byte(text[:i] + " " + module + "," + text[i:])
		default:
			i++
		}
	}
	head := strings.Index(text, "MODULE")
	end := strings.IndexByte(text[max(head, 0):], '\n') + max(head, 0)
	return []byte(text[:end] + "\nEXTENDS " + module + text[end:])
}

// reached lists the definitions that the actions use, each once, in the order
// of the sources.
func reached(m *analysis.Module) []*sany.Symbol {
	seen := map[*sany.Symbol]bool{}
	var list []*sany.Symbol
	var look func(d *sany.Symbol)
	look = func(d *sany.Symbol) {
		if seen[d] || d.Body == nil {
			return
		}
		seen[d] = true
		list = append(list, d)
		for next := range m.Applied(d.Body) {
			look(next)
		}
	}
	for d := range m.Actions {
		if d.Origin != nil {
			d = d.Origin
		}
		look(d)
	}
	slices.SortFunc(list, func(a, b *sany.Symbol) int {
		if a.At.Module != b.At.Module {
			return strings.Compare(a.At.Module, b.At.Module)
		}
		if a.At.Line != b.At.Line {
			return a.At.Line - b.At.Line
		}
		return a.At.Column - b.At.Column
	})
	return list
}

// unchangedIn finds the definitions that are used in UNCHANGED. TLC requires a
// tuple of variables there, so they cannot have a mark.
func unchangedIn(m *analysis.Module) map[*sany.Symbol]bool {
	found := map[*sany.Symbol]bool{}
	var add func(e *sany.Expr)
	add = func(e *sany.Expr) {
		for d := range m.Applied(e) {
			if !found[d] {
				found[d] = true
				add(d.Body)
			}
		}
	}
	for _, d := range m.Definitions() {
		m.Visit(d.Body, func(e *sany.Expr) {
			if e.Operator() == "UNCHANGED" {
				add(e)
			}
		})
	}
	return found
}

// branches adds the branches of a definition, except a branch that is only @,
// the old value in an EXCEPT. SANY gives it the place of the expression that it
// stands for.
func branches(m *analysis.Module, d *sany.Symbol, into *[]report.Exercised) {
	m.Visit(d.Body, func(e *sany.Expr) {
		add := func(kind string, arm *sany.Expr) {
			if m.Sources.Has(arm.At) && sany.Inside(arm.At, e.At) {
				*into = append(*into, markable(kind, m.Sources.Text(arm.At), d.Name, arm.At))
			}
		}
		switch name := e.Operator(); {
		case name == "$IfThenElse" && len(e.Args) == 3:
			add("THEN", e.Args[1])
			add("ELSE", e.Args[2])
		case name == "$Case":
			for _, arm := range e.Args {
				if len(arm.Args) == 2 {
					add("CASE", arm.Args[1])
				}
			}
		case name == "$DisjList":
			for _, arm := range e.Args {
				add(`\/`, arm)
			}
		case name == `\lor` && len(e.Args) == 2:
			for _, arm := range e.Args {
				if arm.Operator() != name {
					add(`\/`, arm)
				}
			}
		case name == "=>" && len(e.Args) == 2:
			add("=>", e.Args[1])
		}
	})
}
