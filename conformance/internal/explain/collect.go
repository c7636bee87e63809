package explain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// collection assigns the messages of the module Explain to the traces.
type collection struct {
	all     []*collector // by the number of the trace, from 1
	current *collector   // the trace of the next messages
}

func (t *collection) collect(message []trace.Value) {
	if about, ok := message[0].(string); ok && slices.Contains([]string{"state", "trying", "listing", "changed"}, about) {
		n := tla.NumberAt(message, 1)
		if n < 1 || n > len(t.all) {
			return
		}
		if t.current = t.all[n-1]; about == "changed" {
			t.current.change(tla.NumberAt(message, 2), message[3])
			return
		}
	}
	if t.current != nil {
		t.current.collect(message)
	}
}

// collector takes the messages about one trace.
type collector struct {
	instrumenter *instrumenter

	states, trying, listing int
	variables               []report.Variable
	attempts                []*attempt
	scope                   int // the quantifier of the Steps module that was entered last, from 1
	outside                 []outside
	otherwise               []string // the arguments with which the spec allows the step
	possible                []report.PossibleStep
	endless                 []string // the arguments whose members cannot be listed
	seen                    map[string]bool
	unnamed                 []int          // disjuncts of Next that are possible
	changed                 map[string]int // by variable, the step that changed it last
}

// change records that a step changes a variable.
func (h *collector) change(step int, name trace.Value) {
	if variable, ok := name.(string); ok {
		if h.changed == nil {
			h.changed = map[string]int{}
		}
		h.changed[variable] = max(h.changed[variable], step)
	}
}

// complete reports whether all requested messages have arrived.
func (h *collector) complete(lists bool) bool {
	return h.states > 0 && h.trying > 0 && (h.listing > 0 || !lists)
}

// attempt is a walk through the action with one choice for the values that the
// step's arguments do not determine.
type attempt struct {
	root report.Finding
	open []*report.Finding
	held bool
	next taking
}

func (h *collector) collect(message []trace.Value) {
	text := func(i int) string {
		if i < len(message) {
			s, _ := message[i].(string)
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
			h.variables = append(h.variables, report.Variable{Name: text(1), Value: text(2)})
		}
	case "can":
		if h.listing == 1 && len(message) == 4 {
			h.can(text(1), message[2], tla.ViewOf(message[3]))
		}
	case "endless":
		if !slices.Contains(h.endless, text(1)) {
			h.endless = append(h.endless, text(1))
		}
	case "unnamed":
		if n, ok := message[1].(int); ok && !slices.Contains(h.unnamed, n) {
			h.unnamed = append(h.unnamed, n)
		}
	default:
		if h.trying == 1 && h.listing == 0 {
			h.tried(text, message)
		}
	}
}

func (h *collector) can(step string, args, view trace.Value) {
	a, err := explore.ArgsOf(args)
	if err != nil {
		return
	}
	key, err := explore.LabelText(step, a)
	if err != nil || h.seen[key] {
		return
	}
	if h.seen == nil {
		h.seen = map[string]bool{}
	}
	h.seen[key] = true
	h.possible = append(h.possible, report.PossibleStep{Step: step, Args: a, View: view})
}

// tried takes a message about the rejected step.
func (h *collector) tried(text func(int) string, message []trace.Value) {
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
		if n, ok := message[1].(int); ok {
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
	if a.next.collect(h, text(0), message) {
		return
	}
	top := &a.root
	if len(a.open) > 0 {
		top = a.open[len(a.open)-1]
	}
	last := func() *report.Finding {
		if len(top.Parts) == 0 {
			return nil
		}
		return top.Parts[len(top.Parts)-1]
	}
	switch text(0) {
	case "at", "is":
		id, ok := message[1].(int)
		if !ok || h.instrumenter == nil || id < 0 || id >= len(h.instrumenter.points) {
			return
		}
		f := last()
		if f == nil || f.Id != id || f.Value != "" || f.Looked || text(0) == "at" {
			f = h.finding(id)
			top.Parts = append(top.Parts, f)
		}
		f.Value = text(2)
	case "bound":
		if f := last(); f != nil && f.Bound && !f.Looked { // of the same quantifier
			f.Value += ", " + text(1) + " = " + text(2)
			return
		}
		top.Parts = append(top.Parts, &report.Finding{Text: text(1), Value: text(2), Id: -1, Bound: true})
	case "in", "aside":
		if f := last(); f != nil {
			f.Looked = text(0) == "in"
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

func (h *collector) finding(id int) *report.Finding {
	p := h.instrumenter.points[id]
	return &report.Finding{Text: p.text, Place: p.at.String(), Rule: p.rule, Next: p.next, Id: id, Expr: p.expr}
}

// finish writes the collected facts into the explanation.
func (h *collector) finish(x *report.Explanation, result *tlc.Result) {
	x.State, x.States, x.Possible = h.variables, h.states, h.possible
	failure, message := "", withoutPlaces(report.FirstParagraph(result.Message))
	if result.Outcome != tlc.OK {
		failure = fmt.Sprintf("%s: %s", result.Outcome, message)
	}
	if h.states == 0 {
		x.Note("the state before the step could not be reached again %s", failure)
		return
	}
	if x.Reason == report.State { // the action is allowed, and only the view differs
		h.attempts, h.instrumenter = nil, nil
	}
	if a := h.furthest(); a != nil {
		if failure != "" && h.listing == 0 {
			a.fail(message)
			failure = "TLC cannot evaluate the step"
		}
		x.Primed = a.held && a.next.settle(a.root.Parts)
		x.Held = a.held && !x.Primed
		x.Action = a.root.Parts
	} else if h.instrumenter != nil {
		h.arguments(x)
	}
	if failure != "" {
		x.Note("the steps that are possible here could not be listed: %s", failure)
	}
	for _, name := range h.endless {
		x.Note("steps with the argument %s are not listed where its set is endless", name)
	}
	if h.states > 1 {
		x.Note("the accepted steps leave open in which of %d states the spec is; this is the first", h.states)
	}
}

var aPlace = regexp.MustCompile(`\.? *line \d+, col \d+ to line \d+, col \d+ of module \w+`)

// withoutPlaces leaves out of a message of TLC the places, which are those of the copy of
// the spec with its explanations.
func withoutPlaces(message string) string { return aPlace.ReplaceAllString(message, "") }

// furthest returns the attempt with the most true parts.
func (h *collector) furthest() *attempt {
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
		n = 1<<20 + a.next.depth<<10
	}
	var visit func(*report.Finding)
	visit = func(f *report.Finding) {
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

// fail marks the part that TLC could not evaluate: the last one that it began.
func (a *attempt) fail(message string) {
	if n := len(a.next.open); n > 0 {
		a.next.furthest = a.next.open[n-1]
		a.next.furthest.Error = message
		return
	}
	f := &a.root
	for len(f.Parts) > 0 {
		f = f.Parts[len(f.Parts)-1]
	}
	if f != &a.root {
		f.Error = message
	}
}

// conclude finds the reason among the findings and writes it as a sentence.
func conclude(x *report.Explanation, v report.Verdict) {
	if len(x.Fields) > 0 {
		var all []string
		for _, f := range x.Fields {
			all = append(all, f.String())
		}
		x.Summary = "the spec allows the step, but not with this view: " + strings.Join(all, "; ")
	}
	var way []string
	if v.Reason == report.Invariant {
		way = []string{"", v.Message} // an invariant has no action around it
		x.Summary = "the state after the step breaks " + v.Message
		x.Rules = append(x.Rules, v.Message)
	}
	if x.Held && (v.Reason == report.Property || v.Message != "" && v.Reason == report.Guard) {
		return // the spec allows the step, and a property or the code does not
	}
	if x.Held && v.Reason == report.Error {
		return // the verdict says what TLC could not evaluate
	}
	if x.Held {
		x.Note("all that can be evaluated before the step holds; what fails is in the parts about the next state: %s",
			strings.Join(nextParts(x.Action), ", "))
		return
	}
	var leaves []string
	for _, f := range report.Deciders(x.Action, true) {
		decide(f, way, "", true, x, &leaves)
	}
	if len(leaves) > 0 {
		x.Summary = strings.Join(leaves, "; ")
	} else if len(x.Arguments) > 0 && v.Reason == report.Guard {
		x.Summary = v.Event.Step + ": " + strings.Join(x.Arguments, "; ")
	} else if len(x.Notes) > 0 && v.Reason == report.Guard {
		x.Summary += "; " + x.Notes[0]
	}
	for _, n := range x.Nearest {
		x.Summary += "; " + n.String()
	}
}

// decide follows the reason down to the false comparisons. rules are the
// definitions on the way, and where names the members of sets for which they
// are false.
func decide(f *report.Finding, rules []string, where string, walking bool, x *report.Explanation, leaves *[]string) {
	if f.Rule != "" {
		rules = append(slices.Clone(rules), f.Rule)
		if !slices.Contains(x.Rules, f.Rule) {
			x.Rules = append(x.Rules, f.Rule)
		}
	}
	if f.Bound {
		where += fmt.Sprintf(" (%s = %s)", f.Text, tla.Short(f.Value))
	}
	walking = walking && (f.Value == "" || f.Bound)
	if below := report.Deciders(f.Parts, walking); len(below) > 0 && f.Error == "" {
		for _, p := range below {
			decide(p, rules, where, walking, x, leaves)
		}
		return
	}
	if f.Bound {
		return
	}
	notMember(x, f)
	if f.Expr != nil && !slices.Contains(x.Decided, f.Expr) {
		x.Decided = append(x.Decided, f.Expr)
		x.At = append(x.At, f.Place)
	}
	s := sentence(f) + where
	if len(rules) > 1 { // the reader knows the action itself
		s = strings.Join(rules[1:], " > ") + ": " + s
	} else if len(rules) == 1 && f.Rule == "" {
		s = rules[0] + ": " + s
	}
	if !slices.Contains(*leaves, s) {
		*leaves = append(*leaves, s)
	}
}

func sentence(f *report.Finding) string {
	if f.Error != "" {
		return f.Text + " cannot be evaluated: " + f.Error
	}
	s := f.Text + " is " + tla.Short(f.Value)
	if operands := f.Operands(); operands != "" {
		s += ": " + operands
	}
	return s
}

// nextParts returns the parts about the next state, which were not evaluated.
func nextParts(findings []*report.Finding) []string {
	var all []string
	for _, f := range findings {
		if f.Next && !slices.Contains(all, f.Text) {
			all = append(all, f.Text)
		}
		all = append(all, nextParts(f.Parts)...)
	}
	return all
}
