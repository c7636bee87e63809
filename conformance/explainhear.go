package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// talk sorts what the module Explain prints by the traces of which it speaks.
type talk struct {
	all     []*hearer // by the number of the trace, from 1
	current *hearer   // of whom the rest is said
}

func (t *talk) hear(said []trace.Value) {
	if about, ok := said[0].(string); ok && slices.Contains([]string{"state", "trying", "listing", "changed"}, about) {
		n := numberAt(said, 1)
		if n < 1 || n > len(t.all) {
			return
		}
		if t.current = t.all[n-1]; about == "changed" {
			t.current.change(numberAt(said, 2), said[3])
			return
		}
	}
	if t.current != nil {
		t.current.hear(said)
	}
}

// hearer takes in what is said about one trace.
type hearer struct {
	teller *teller

	states, trying, listing int
	variables               []Variable
	attempts                []*attempt
	scope                   int // the quantifier of the Steps module that was entered last, from 1
	outside                 []outside
	otherwise               []string // the arguments that the spec would give the step
	possible                []PossibleStep
	seen                    map[string]bool
	unnamed                 []int          // disjuncts of Next that are possible
	changed                 map[string]int // by variable, the step that changed it last
}

// change notes that a step changes a variable.
func (h *hearer) change(step int, name trace.Value) {
	if variable, ok := name.(string); ok {
		if h.changed == nil {
			h.changed = map[string]int{}
		}
		h.changed[variable] = max(h.changed[variable], step)
	}
}

// complete says whether all has been heard, of all that is asked for.
func (h *hearer) complete(lists bool) bool {
	return h.states > 0 && h.trying > 0 && (h.listing > 0 || !lists)
}

// attempt is the action with one choice of what the step's arguments leave
// open.
type attempt struct {
	root Finding
	open []*Finding
	held bool
}

func (h *hearer) hear(said []trace.Value) {
	text := func(i int) string {
		if i < len(said) {
			s, _ := said[i].(string)
			return s
		}
		return ""
	}
	switch text(0) {
	case "state":
		h.states++
	case "trying":
		h.trying++
	case "listing":
		h.listing++
	case "variable":
		if h.states == 1 {
			h.variables = append(h.variables, Variable{text(1), text(2)})
		}
	case "can":
		if h.listing == 1 && len(said) == 4 {
			h.can(text(1), said[2], viewOf(said[3]))
		}
	case "unnamed":
		if n, ok := said[1].(int); ok && !slices.Contains(h.unnamed, n) {
			h.unnamed = append(h.unnamed, n)
		}
	default:
		if h.trying == 1 && h.listing == 0 {
			h.tried(text, said)
		}
	}
}

func (h *hearer) can(step string, args, view trace.Value) {
	a, err := argsOf(args)
	if err != nil {
		return
	}
	key, err := labelText(step, a)
	if err != nil || h.seen[key] {
		return
	}
	if h.seen == nil {
		h.seen = map[string]bool{}
	}
	h.seen[key] = true
	h.possible = append(h.possible, PossibleStep{step, a, view})
}

// tried takes in what is said about the refused step.
func (h *hearer) tried(text func(int) string, said []trace.Value) {
	switch text(0) {
	case "try":
		h.attempts = append(h.attempts, &attempt{})
		return
	case "outside":
		if o := (outside{text(1), text(2), h.scope - 1}); !slices.Contains(h.outside, o) {
			h.outside = append(h.outside, o)
		}
		return
	case "scope":
		if n, ok := said[1].(int); ok {
			h.scope = n
		}
		return
	case "else":
		if !slices.Contains(h.otherwise, text(1)) {
			h.otherwise = append(h.otherwise, text(1))
		}
		return
	}
	if len(h.attempts) == 0 {
		return
	}
	a := h.attempts[len(h.attempts)-1]
	top := &a.root
	if len(a.open) > 0 {
		top = a.open[len(a.open)-1]
	}
	last := func() *Finding {
		if len(top.Parts) == 0 {
			return nil
		}
		return top.Parts[len(top.Parts)-1]
	}
	switch text(0) {
	case "at", "is":
		id, ok := said[1].(int)
		if !ok || h.teller == nil || id < 0 || id >= len(h.teller.points) {
			return
		}
		f := last()
		if f == nil || f.id != id || f.Value != "" || f.looked || text(0) == "at" {
			f = h.finding(id)
			top.Parts = append(top.Parts, f)
		}
		f.Value = text(2)
	case "bound":
		top.Parts = append(top.Parts, &Finding{Text: text(1), Value: text(2), id: -1, bound: true})
	case "in", "aside":
		if f := last(); f != nil {
			f.looked = text(0) == "in"
			a.open = append(a.open, f)
		}
	case "out":
		if len(a.open) > 0 {
			a.open = a.open[:len(a.open)-1]
		}
	case "held":
		a.held = true
	}
}

func (h *hearer) finding(id int) *Finding {
	p := h.teller.points[id]
	return &Finding{Text: p.text, Place: p.at.String(), Rule: p.rule, Next: p.next, id: id, expr: p.expr}
}

// finish writes down what was heard.
func (h *hearer) finish(x *Explanation, result *tlc.Result) {
	x.State, x.States, x.Possible = h.variables, h.states, h.possible
	failure := ""
	if result.Outcome != tlc.OK {
		failure = fmt.Sprintf("%s: %s", result.Outcome, firstParagraph(result.Message))
	}
	if h.states == 0 {
		x.note("the state before the step could not be reached again %s", failure)
		return
	}
	if x.Reason == State { // the action holds: the view is what matters
		h.attempts, h.teller = nil, nil
	}
	if a := h.furthest(); a != nil {
		if failure != "" && h.listing == 0 {
			a.fail(firstParagraph(result.Message))
			failure = "TLC cannot evaluate the step"
		}
		x.Action = a.root.Parts
		x.held = a.held
	} else if h.teller != nil {
		h.arguments(x)
	}
	if failure != "" {
		x.note("the steps that are possible here could not be listed: %s", failure)
	}
	if h.states > 1 {
		x.note("the accepted steps leave open in which of %d states the spec is; this is the first", h.states)
	}
}

// furthest is the attempt in which most of the parts hold.
func (h *hearer) furthest() *attempt {
	var best *attempt
	for _, a := range h.attempts {
		if best == nil || a.holds() > best.holds() {
			best = a
		}
	}
	return best
}

func (a *attempt) holds() int {
	n := 0
	if a.held {
		n = 1 << 20
	}
	var visit func(*Finding)
	visit = func(f *Finding) {
		if f.Value == "TRUE" {
			n++
		}
		for _, p := range f.Parts {
			visit(p)
		}
	}
	visit(&a.root)
	return n
}

// fail marks the part that TLC could not evaluate: the last that it began with.
func (a *attempt) fail(message string) {
	f := &a.root
	for len(f.Parts) > 0 {
		f = f.Parts[len(f.Parts)-1]
	}
	if f != &a.root {
		f.Error = message
	}
}

// conclude finds the reason among the findings, and says it in a sentence.
func (x *Explanation) conclude(v Verdict) {
	if len(x.Fields) > 0 {
		var all []string
		for _, f := range x.Fields {
			all = append(all, f.String())
		}
		x.Summary = "the spec allows the step, but not with this view: " + strings.Join(all, "; ")
	}
	var way []string
	if v.Reason == Invariant {
		way = []string{"", v.Message} // in the place of the action there is none
		x.Summary = "the state after the step breaks " + v.Message
		x.Rules = append(x.Rules, v.Message)
	}
	if x.held && v.Message != "" && v.Reason == Guard {
		return // the code refuses what the spec allows
	}
	if x.held {
		x.note("all that can be evaluated before the step holds; what fails is in the parts about the next state: %s",
			strings.Join(nextParts(x.Action), ", "))
		return
	}
	var leaves []string
	for _, f := range deciders(x.Action, true) {
		f.decide(way, "", true, x, &leaves)
	}
	if len(leaves) > 0 {
		x.Summary = strings.Join(leaves, "; ")
	} else if len(x.arguments) > 0 && v.Reason == Guard {
		x.Summary = v.Event.Step + ": " + strings.Join(x.arguments, "; ")
	} else if len(x.Notes) > 0 && v.Reason == Guard {
		x.Summary += "; " + x.Notes[0]
	}
}

// deciders are those parts on which the value of the whole rests. In an action
// that is gone through, nothing rests on what holds.
func deciders(parts []*Finding, walking bool) []*Finding {
	var looked []*Finding
	for _, f := range parts {
		if (f.looked || f.Error != "") && !(walking && f.Value == "TRUE" && !f.bound) {
			looked = append(looked, f)
		}
	}
	// In an action that is gone through, the last part is where it ended,
	// unless it is one of several branches that all end.
	if len(looked) > 1 && looked[0].Value == "" && !looked[0].bound {
		for len(looked) > 1 && looked[0].ended() == "" {
			looked = looked[1:]
		}
	}
	return looked
}

// ended says at which part an action that was gone through ended; "" if it went
// through.
func (f *Finding) ended() string {
	if f.Value == "FALSE" || f.Error != "" {
		return f.Text
	}
	for _, p := range f.Parts {
		if f.Value == "" {
			if at := p.ended(); at != "" {
				return at
			}
		}
	}
	return ""
}

// decide follows the reason down to the comparisons in which it lies. Rules are
// the definitions on the way, and where is for which members of a set.
func (f *Finding) decide(rules []string, where string, walking bool, x *Explanation, leaves *[]string) {
	if f.Rule != "" {
		rules = append(slices.Clone(rules), f.Rule)
		if !slices.Contains(x.Rules, f.Rule) {
			x.Rules = append(x.Rules, f.Rule)
		}
	}
	if f.bound {
		where += fmt.Sprintf(" (%s = %s)", f.Text, short(f.Value))
	}
	walking = walking && (f.Value == "" || f.bound)
	if below := deciders(f.Parts, walking); len(below) > 0 && f.Error == "" {
		for _, p := range below {
			p.decide(rules, where, walking, x, leaves)
		}
		return
	}
	if f.bound {
		return
	}
	if f.expr != nil && !slices.Contains(x.decided, f.expr) {
		x.decided = append(x.decided, f.expr)
		x.At = append(x.At, f.Place)
	}
	s := f.sentence() + where
	if len(rules) > 1 { // the action itself goes without saying
		s = strings.Join(rules[1:], " > ") + ": " + s
	} else if len(rules) == 1 && f.Rule == "" {
		s = rules[0] + ": " + s
	}
	if !slices.Contains(*leaves, s) {
		*leaves = append(*leaves, s)
	}
}

func (f *Finding) sentence() string {
	if f.Error != "" {
		return f.Text + " cannot be evaluated: " + f.Error
	}
	s := f.Text + " is " + short(f.Value)
	if operands := f.operands(); operands != "" {
		s += ": " + operands
	}
	return s
}

// operands are the values that were compared.
func (f *Finding) operands() string {
	var all []string
	for _, p := range f.Parts {
		if text := p.Text + " = " + short(p.Value); p.Value != "" && p.Text+" = "+p.Value != f.Text && !p.looked && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// nextParts are the parts about the next state that were passed over.
func nextParts(findings []*Finding) []string {
	var all []string
	for _, f := range findings {
		if f.Next && !slices.Contains(all, f.Text) {
			all = append(all, f.Text)
		}
		all = append(all, nextParts(f.Parts)...)
	}
	return all
}
