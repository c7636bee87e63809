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

// markedSpec is a copy of a spec with marks, and the marks that TLC evaluated.
type markedSpec struct {
	*report.Coverage
	spec    *spec.Spec // the copy
	mu      sync.Mutex
	reached map[int]bool
	// failed gives the reasons why marks may be missing.
	failed []string
}

// Collect takes a message, and reports whether it came from a mark.
func (c *markedSpec) Collect(message []trace.Value) bool {
	if len(message) != 2 || message[0] != "covered" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reached[tla.NumberAt(message, 1)] = true
	return true
}

// Cover finds out which parts of the spec some accepted traces exercise. It
// replays them in a marked copy of the spec.
func Cover(ctx context.Context, c *run.Runner, s *spec.Spec, accepted []*trace.Trace) (*report.Coverage, error) {
	m, err := analysis.ReadSpec(ctx, c, s)
	if err != nil {
		return nil, err
	}
	rules, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	cover := marked(m, s, rules)
	if _, err := replay.WithOptions(ctx, c, cover.spec, accepted, replay.Options{Observer: cover}); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		cover.failed = append(cover.failed, err.Error())
	}
	cover.conclude(accepted)
	return cover.Coverage, nil
}

// Fail adds a reason why marks may be missing.
func (c *markedSpec) Fail(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, why)
}

// conclude counts the steps of the traces and sets Done for each part with an
// evaluated mark.
func (c *markedSpec) conclude(traces []*trace.Trace) {
	taken := map[string]int{}
	for _, t := range traces {
		for _, e := range t.Events {
			taken[e.Step]++
		}
	}
	for i := range c.Actions {
		c.Actions[i].Taken = taken[c.Actions[i].Name]
		c.Actions[i].Done = c.Actions[i].Taken > 0
	}
	number := 0
	for _, list := range [][]report.Exercised{c.Definitions, c.Branches} {
		for i := range list {
			number++
			list[i].Done = c.reached[number]
		}
	}
	for i := range c.Rules {
		for _, d := range c.Definitions {
			if d.Name == c.Rules[i].Name {
				c.Rules[i].Done = d.Done
			}
		}
	}
	if len(c.failed) > 0 {
		c.Unsure = c.failed[0]
	}
}

// marked makes a copy of the spec with a mark before each definition that the
// actions use, and before each of their branches.
func marked(m *analysis.Module, s *spec.Spec, rules []string) *markedSpec {
	c := &markedSpec{Coverage: &report.Coverage{
		Actions: []report.Exercised{}, Branches: []report.Exercised{}, Rules: []report.Exercised{}, Definitions: []report.Exercised{},
	}, reached: map[int]bool{}}
	for _, step := range m.Steps {
		c.Actions = append(c.Actions, report.Exercised{Name: step.Step, Kind: "action", Place: step.Place})
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
			c.Definitions = append(c.Definitions, one)
			if one.Kind = "rule"; slices.Contains(rules, d.Name) {
				c.Rules = append(c.Rules, one)
			}
		}
		branches(m, d, &c.Branches)
	}
	instantiate(m, reached)
	number := putMarks(m, slices.Concat(c.Definitions, c.Branches))
	spec := *s
	spec.Files = maps.Clone(m.Sources.All())
	root := s.Name + "Steps"
	spec.Files[root+".tla"] = extending("Cover", spec.Files[root+".tla"]) // TLC checks the assumption of Cover there only
	for module := range m.Sources.Insert {
		if m.Extends(module) && module != root {
			spec.Files[module+".tla"] = extending("Cover", spec.Files[module+".tla"])
		}
	}
	spec.Files["Covered.tla"] = fmt.Appendf(nil, "---- MODULE Covered ----\nLOCAL INSTANCE Naturals\n"+
		"CoveredNumbers == 1 .. %d\nCoveredRegister(n) == %d + n\n====\n", number, firstRegister)
	c.spec = &spec
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
