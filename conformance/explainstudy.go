package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// study is what an explanation needs to know of a spec's text. It is the same
// for all its traces.
type study struct {
	syntax     *syntax
	modules    []string // those on which the Steps module stands
	variables  []string // in the order of vars
	overridden []string // definitions that the cfg replaces
	unnamed    []*expr  // disjuncts of Next that no Step takes
	withoutOne []string // the names of such actions
}

// study lets SANY read the spec, once.
func (s *Spec) study(ctx context.Context, c *Checker) (*study, error) {
	found, err := s.memo.get("", func() (any, error) {
		sources := newSources(s.files)
		done, err := studyOf(ctx, c, sources, s.Name+"Steps")
		if err != nil {
			return nil, err
		}
		for _, constant := range s.config.Constants {
			if constant.Definition != "" {
				done.overridden = append(done.overridden, constant.Name)
			}
		}
		return done, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*study), nil
}

// studyOf studies a root module.
func studyOf(ctx context.Context, c *Checker, sources *sources, root string) (*study, error) {
	document, err := c.TLC.Syntax(ctx, sources.files, root)
	if err != nil {
		return nil, err
	}
	y := &study{modules: sources.standsOn(root)}
	if y.syntax, err = parseSyntax(document); err != nil {
		return nil, err
	}
	y.variables = variablesOf(y.syntax, y.modules)
	y.findUnnamed()
	return y, nil
}

// site is a use of Step: a name, the arguments and an action.
type site struct {
	definition *symbol
	step       string // "" if it is not named literally
	args       *expr
	action     *expr
	scope      []*expr
}

func (y *study) steps() []site {
	var all []site
	y.syntax.uses("Step", "Steps", y.modules, func(d *symbol, use *expr, scope []*expr) {
		if len(use.args) == 3 {
			all = append(all, site{d, use.args[0].text, use.args[1], use.args[2], scope})
		}
	})
	slices.SortFunc(all, func(a, b site) int { return a.action.at.line - b.action.at.line })
	return all
}

// sites puts the telling operators beside the actions that Step names, and
// says for which of the wanted steps it did.
func (y *study) sites(t *teller, wanted map[string]bool) (holders []*symbol, found map[string]bool) {
	type place struct {
		at   span
		text string
	}
	var places []place
	found = map[string]bool{}
	if len(wanted) == 0 {
		return nil, found
	}
	for _, s := range y.steps() {
		f, ok := frameOf(s.definition)
		if !ok || !t.has(s.action.at) || !t.has(s.definition.at) || s.step != "" && !wanted[s.step] {
			continue
		}
		for _, outer := range s.scope {
			if outer.body != nil {
				f = f.in(outer, t.sources)
			}
			for _, b := range outer.bounds {
				for _, p := range b.symbols {
					f = f.with(p.name)
				}
			}
		}
		walk, _, _ := strings.Cut(t.walk(s.action, f), "(")
		holders = append(holders, s.definition)
		places = append(places, place{s.action.at, call(walk, append([]string{"TRUE"}, f.params...)...)})
		for name := range wanted {
			found[name] = found[name] || s.step == "" || s.step == name
		}
	}
	t.scopes, t.given = y.scopes(t.sources, holders), map[string][][]argument{}
	for i, s := range t.scopes {
		t.before(s.at.module, s.at.line, s.at.column,
			fmt.Sprintf(`%s(IF ExplainHere THEN ExplainScope(%d) ELSE TRUE) /\`, strings.Repeat(" ", s.at.column-1), i+1))
	}
	for name := range wanted {
		t.given[name] = y.given(t.sources, name)
	}
	for _, s := range places {
		t.before(s.at.module, s.at.line, s.at.column,
			strings.Repeat(" ", s.at.column-1)+"IF ExplainHere THEN ExplainTried("+s.text+") ELSE")
	}
	return holders, found
}

// walkOver visits an expression and all that it consists of. Where enter says
// so, it goes on in the definition that is applied.
func walkOver(e *expr, enter func(d *symbol) bool, visit func(e *expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, b := range e.bounds {
		walkOver(b.set, enter, visit)
	}
	for _, a := range e.args {
		walkOver(a, enter, visit)
	}
	walkOver(e.body, enter, visit)
	if e.op != nil && e.op.body != nil && enter(e.op) {
		walkOver(e.op.body, enter, visit)
	}
}

// once is for walkOver: it enters each definition one time.
func once() func(d *symbol) bool {
	seen := map[*symbol]bool{}
	return func(d *symbol) bool {
		known := seen[d]
		seen[d] = true
		return !known
	}
}

// nowhere is for walkOver: it enters no definition.
func nowhere(*symbol) bool { return false }

// isOwn says whether a symbol is a definition of the spec's own modules.
func (y *study) isOwn(d *symbol) bool {
	return d != nil && d.kind == "UserDefinedOpKind" && !d.local && slices.Contains(y.modules, d.at.module)
}

// operators are the spec's definitions that expressions apply, directly or in
// one that they apply.
func (y *study) operators(list ...*expr) []string {
	var names []string
	enter := once()
	for _, e := range list {
		walkOver(e, enter, func(e *expr) {
			if y.isOwn(e.op) && !slices.Contains(names, e.op.name) {
				names = append(names, e.op.name)
			}
		})
	}
	return names
}

// applied are the spec's definitions that an expression applies itself.
func (y *study) applied(e *expr) []string {
	var names []string
	walkOver(e, nowhere, func(e *expr) {
		if y.isOwn(e.op) && !slices.Contains(names, e.op.name) {
			names = append(names, e.op.name)
		}
	})
	return names
}

// rulesOf are those of the rules by which the actions of a step go.
func (y *study) rulesOf(step string, rules []string) []string {
	var all []string
	for _, site := range y.steps() {
		if site.step != step {
			continue
		}
		for _, name := range y.operators(site.action) {
			if slices.Contains(rules, name) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// variablesIn are the variables that expressions look at.
func (y *study) variablesIn(list ...*expr) []string {
	var names []string
	enter := once()
	for _, e := range list {
		walkOver(e, enter, func(e *expr) {
			if isVariable(e.op) && !slices.Contains(names, e.op.name) {
				names = append(names, e.op.name)
			}
		})
	}
	return names
}

func isVariable(d *symbol) bool { return d != nil && d.kind == "OpDeclNode" && d.kindNo == "3" }

// variablesOf lists the variables that the definition vars names, in its order.
func variablesOf(s *syntax, modules []string) []string {
	d := s.definition("vars", modules)
	if d == nil {
		return nil
	}
	return (&study{}).variablesIn(d.body)
}

// findUnnamed looks for the disjuncts of Next whose actions no Step takes.
func (y *study) findUnnamed() {
	next := y.syntax.definition("Next", y.modules)
	if next == nil {
		return
	}
	var taken []string
	for _, s := range y.steps() {
		taken = append(append(taken, s.step), y.operators(s.action)...)
	}
	if slices.Contains(taken, "Next") {
		return
	}
	var visit func(e *expr, entered []*symbol)
	visit = func(e *expr, entered []*symbol) {
		for _, p := range parts(e, orNames...) {
			if d := p.op; y.isOwn(d) && len(d.params) == 0 && !slices.Contains(taken, d.name) && !slices.Contains(entered, d) &&
				d.body != nil && slices.Contains(orNames, d.body.operator()) {
				visit(d.body, append(slices.Clone(entered), d)) // a group of actions
				continue
			}
			actions := y.outermost(p)
			without := slices.DeleteFunc(slices.Clone(actions), func(name string) bool {
				return slices.Contains(taken, name) || y.covered(y.syntax.definition(name, y.modules), taken, nil)
			})
			if len(without) == len(actions) && len(actions) > 0 {
				y.unnamed = append(y.unnamed, p)
			}
			for _, name := range without {
				if !slices.Contains(y.withoutOne, name) {
					y.withoutOne = append(y.withoutOne, name)
				}
			}
		}
	}
	visit(next.body, nil)
}

// covered says whether a definition groups actions all of which are taken.
func (y *study) covered(d *symbol, taken []string, within []*symbol) bool {
	if d == nil || d.body == nil || slices.Contains(within, d) {
		return false
	}
	within = append(slices.Clone(within), d)
	var is func(e *expr) bool
	is = func(e *expr) bool {
		switch name := e.operator(); {
		case y.isOwn(e.op):
			return slices.Contains(taken, e.op.name) || y.covered(e.op, taken, within)
		case slices.Contains(orNames, name):
			return !slices.ContainsFunc(parts(e, orNames...), func(p *expr) bool { return !is(p) })
		case slices.Contains(andNames, name):
			return slices.ContainsFunc(parts(e, andNames...), is)
		case name == "$BoundedExists" && len(e.args) == 1:
			return is(e.args[0])
		}
		return false
	}
	return is(d.body)
}

// outermost are the actions that an expression applies, without those that they
// apply in turn.
func (y *study) outermost(e *expr) []string {
	var names []string
	var visit func(e *expr)
	visit = func(e *expr) {
		if e == nil || e.level < 2 {
			return
		}
		if y.isOwn(e.op) {
			if !slices.Contains(names, e.op.name) {
				names = append(names, e.op.name)
			}
			return
		}
		for _, a := range e.args {
			visit(a)
		}
		visit(e.body)
	}
	visit(e)
	return names
}

// unnamedTexts are the unnamed disjuncts as they stand in the spec.
func (y *study) unnamedTexts(s *sources) []string {
	texts := make([]string, len(y.unnamed))
	for i, e := range y.unnamed {
		if !s.has(e.at) {
			return nil
		}
		texts[i] = s.block(e.at)
	}
	return texts
}

// unnamedName is how one of them is called.
func (y *study) unnamedName(i int) string {
	if i < 0 || i >= len(y.unnamed) {
		return ""
	}
	return strings.Join(y.outermost(y.unnamed[i]), " or ")
}
