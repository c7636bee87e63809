// Package analysis reads from the syntax tree of a spec its steps, the actions
// behind them, its variables and the fields of its view. The explanations, the
// coverage and the cross-reference use it.
package analysis

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
)

// Analysis has the facts about a spec's text that an explanation needs. They
// are the same for all traces.
type Analysis struct {
	Syntax     *sany.Syntax
	Modules    []string     // the Steps module and the modules that it extends
	Variables  []string     // in the order of vars
	Overridden []string     // definitions that the model replaces
	unnamed    []*sany.Expr // disjuncts of Next that no Step takes
	WithoutOne []string     // the names of these actions
	// instantiated are, of the variables of a module with a named INSTANCE, the
	// expressions that stand for them.
	instantiated map[*sany.Symbol][]*sany.Expr
}

// Of analyses a spec once and keeps the result with it.
func Of(ctx context.Context, s *spec.Spec, c *run.Runner) (*Analysis, error) {
	found, err := s.Memo.Get("", func() (any, error) {
		sources := sany.NewSources(s.Files)
		done, err := OfModule(ctx, c, sources, s.Name+"Steps")
		if err != nil {
			return nil, err
		}
		for _, constant := range s.Config.Constants {
			if constant.Definition != "" {
				done.Overridden = append(done.Overridden, constant.Name)
			}
		}
		return done, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*Analysis), nil
}

// OfModule analyses a root module.
func OfModule(ctx context.Context, c *run.Runner, sources *sany.Sources, root string) (*Analysis, error) {
	files := sources.Files
	if _, ok := files["Output.tla"]; !ok { // a copy with marks needs one; each run of TLC has its own
		files = maps.Clone(files)
		files["Output.tla"] = tla.Output{}.Module()
	}
	document, err := c.TLC.Syntax(ctx, files, root)
	if err != nil {
		return nil, err
	}
	y := &Analysis{Modules: sources.StandsOn(root)}
	if y.Syntax, err = sany.ParseSyntax(document); err != nil {
		return nil, err
	}
	y.instantiated = map[*sany.Symbol][]*sany.Expr{}
	for _, d := range y.Syntax.Symbols {
		if d.Origin == nil || d.Body == nil {
			continue
		}
		for declared, by := range d.Body.Substs {
			if sany.IsVariable(declared) {
				y.instantiated[declared] = append(y.instantiated[declared], by)
			}
		}
	}
	y.Variables = variablesOf(y.Syntax, y.Modules)
	y.findUnnamed()
	return y, nil
}

// site is a use of Step: a name, the arguments and an action.
type site struct {
	Definition *sany.Symbol
	Step       string // "" if it is not named literally
	Args       *sany.Expr
	Action     *sany.Expr
	Scope      []*sany.Expr
}

// Steps lists the uses of Step in the order of the source.
func (y *Analysis) Steps() []site {
	var all []site
	y.Syntax.Uses("Step", "Steps", y.Modules, func(d *sany.Symbol, use *sany.Expr, scope []*sany.Expr) {
		if len(use.Args) == 3 {
			all = append(all, site{d, use.Args[0].Text, use.Args[1], use.Args[2], scope})
		}
	})
	slices.SortFunc(all, func(a, b site) int { return a.Action.At.Line - b.Action.At.Line })
	return all
}

// isOwn reports whether a symbol is a definition of the spec's own modules.
func (y *Analysis) isOwn(d *sany.Symbol) bool {
	return d != nil && d.Kind == "UserDefinedOpKind" && !d.Local && slices.Contains(y.Modules, d.At.Module)
}

// Operators lists the spec's definitions that expressions apply, directly or
// indirectly.
func (y *Analysis) Operators(list ...*sany.Expr) []string {
	var names []string
	enter := sany.Once()
	for _, e := range list {
		sany.WalkOver(e, enter, func(e *sany.Expr) {
			if y.isOwn(e.Op) && !slices.Contains(names, e.Op.Name) {
				names = append(names, e.Op.Name)
			}
		})
	}
	return names
}

// Applied lists the spec's definitions that an expression applies directly.
func (y *Analysis) Applied(e *sany.Expr) []string {
	var names []string
	sany.WalkOver(e, sany.Nowhere, func(e *sany.Expr) {
		if y.isOwn(e.Op) && !slices.Contains(names, e.Op.Name) {
			names = append(names, e.Op.Name)
		}
	})
	return names
}

// RulesOf returns the rules that the actions of a step use.
func (y *Analysis) RulesOf(step string, rules []string) []string {
	var all []string
	for _, site := range y.Steps() {
		if site.Step != step {
			continue
		}
		for _, name := range y.Operators(site.Action) {
			if slices.Contains(rules, name) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// VariablesIn lists the variables that expressions read. In a module with a named
// INSTANCE it adds those that stand for the module's own.
func (y *Analysis) VariablesIn(list ...*sany.Expr) []string {
	var names []string
	enter := sany.Once()
	for _, e := range list {
		sany.WalkOver(e, enter, func(e *sany.Expr) {
			if !sany.IsVariable(e.Op) {
				return
			}
			own := []string{e.Op.Name}
			for _, by := range y.instantiated[e.Op] {
				own = append(own, y.VariablesIn(by)...)
			}
			for _, name := range own {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		})
	}
	return names
}

// variablesOf lists the variables that the definition vars names, in its order.
func variablesOf(s *sany.Syntax, modules []string) []string {
	d := s.Definition("vars", modules)
	if d == nil {
		return nil
	}
	return (&Analysis{}).VariablesIn(d.Body)
}

// findUnnamed finds the disjuncts of Next whose actions no Step takes.
func (y *Analysis) findUnnamed() {
	next := y.Syntax.Definition("Next", y.Modules)
	if next == nil {
		return
	}
	var taken []string
	for _, s := range y.Steps() {
		taken = append(append(taken, s.Step), y.Operators(s.Action)...)
	}
	if slices.Contains(taken, "Next") {
		return
	}
	var visit func(e *sany.Expr, entered []*sany.Symbol)
	visit = func(e *sany.Expr, entered []*sany.Symbol) {
		for _, p := range sany.Parts(e, sany.OrNames...) {
			if d := p.Op; y.isOwn(d) && len(d.Params) == 0 && !slices.Contains(taken, d.Name) && !slices.Contains(entered, d) &&
				d.Body != nil && slices.Contains(sany.OrNames, d.Body.Operator()) {
				visit(d.Body, append(slices.Clone(entered), d)) // a group of actions
				continue
			}
			actions := y.outermost(p)
			without := slices.DeleteFunc(slices.Clone(actions), func(name string) bool {
				return slices.Contains(taken, name) || y.covered(y.Syntax.Definition(name, y.Modules), taken, nil)
			})
			if len(without) == len(actions) && len(actions) > 0 {
				y.unnamed = append(y.unnamed, p)
			}
			for _, name := range without {
				if !slices.Contains(y.WithoutOne, name) {
					y.WithoutOne = append(y.WithoutOne, name)
				}
			}
		}
	}
	visit(next.Body, nil)
}

// covered reports whether a definition groups actions all of which a Step
// takes.
func (y *Analysis) covered(d *sany.Symbol, taken []string, within []*sany.Symbol) bool {
	if d == nil || d.Body == nil || slices.Contains(within, d) {
		return false
	}
	within = append(slices.Clone(within), d)
	var is func(e *sany.Expr) bool
	is = func(e *sany.Expr) bool {
		switch name := e.Operator(); {
		case y.isOwn(e.Op):
			return slices.Contains(taken, e.Op.Name) || y.covered(e.Op, taken, within)
		case slices.Contains(sany.OrNames, name):
			return !slices.ContainsFunc(sany.Parts(e, sany.OrNames...), func(p *sany.Expr) bool { return !is(p) })
		case slices.Contains(sany.AndNames, name):
			return slices.ContainsFunc(sany.Parts(e, sany.AndNames...), is)
		case name == "$BoundedExists" && len(e.Args) == 1:
			return is(e.Args[0])
		}
		return false
	}
	return is(d.Body)
}

// outermost lists the actions that an expression applies directly.
func (y *Analysis) outermost(e *sany.Expr) []string {
	var names []string
	var visit func(e *sany.Expr)
	visit = func(e *sany.Expr) {
		if e == nil || e.Level < 2 {
			return
		}
		if y.isOwn(e.Op) {
			if !slices.Contains(names, e.Op.Name) {
				names = append(names, e.Op.Name)
			}
			return
		}
		for _, a := range e.Args {
			visit(a)
		}
		visit(e.Body)
	}
	visit(e)
	return names
}

// UnnamedTexts returns the source of the unnamed disjuncts.
func (y *Analysis) UnnamedTexts(s *sany.Sources) []string {
	texts := make([]string, len(y.unnamed))
	for i, e := range y.unnamed {
		if !s.Has(e.At) {
			return nil
		}
		texts[i] = s.Block(e.At)
	}
	return texts
}

// UnnamedName returns the name of one of them.
func (y *Analysis) UnnamedName(i int) string {
	if i < 0 || i >= len(y.unnamed) {
		return ""
	}
	return strings.Join(y.outermost(y.unnamed[i]), " or ")
}
