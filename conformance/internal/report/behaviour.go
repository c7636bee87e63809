package report

import (
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Behaviour is a counterexample of TLC with the step names of the Steps module.
type Behaviour struct {
	Violated string          `json:"violated"`
	States   []BehaviourStep `json:"states"`
	// Back is the number of the state that follows the last one in an infinite
	// behaviour; 0 if the behaviour ends there.
	Back int `json:"back,omitempty"`
	// Setup is how many steps at the beginning the spec allows with the rule as well:
	// they set the scene, and the next step is the first that the rule forbids. It is
	// 0 if no rule is broken, or if the rule forbids none of the steps.
	Setup int `json:"setup,omitempty"`
	// Why says which part of the invariant is false in the last state, and
	// where the values come from. For another property it only names the
	// property.
	Why *Explanation `json:"why"`
}

// BehaviourStep is a state of a counterexample with the step that leads to it.
type BehaviourStep struct {
	Number int    `json:"number"`           // of the state, from 1
	Action string `json:"action,omitempty"` // as TLC names it; "" for the first
	// Step and Args are the name and the arguments of the Step that makes the
	// transition; Step is "" if none does.
	Step    string                 `json:"step,omitempty"`
	Args    map[string]trace.Value `json:"args,omitempty"`
	Changes []Variable             `json:"changes"` // in the first state all

	Before, After map[string]trace.Value `json:"-"` // the acting node's view, if Step is not ""
	Network       []trace.Value          `json:"-"` // the messages under way in the state
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

// told is how many steps at the end are told one by one, even if the rule allows some
// of them: a violation that is the only step says nothing.
const told = 5

// Folded is how many steps at the beginning are told in one line: those that set the
// scene, if they are more than two. What is repeated for ever is not folded.
func (b *Behaviour) Folded() int {
	n := min(b.Setup, len(b.States)-1-told)
	if b.Back > 0 {
		n = min(n, b.Back-1)
	}
	if n < 3 {
		return 0
	}
	return n
}

// folded writes what sets the scene in one line, with the state that it leads to, and
// returns the states after it.
func (b *Behaviour) folded(w *strings.Builder) []BehaviourStep {
	n := b.Folded()
	if n == 0 {
		return b.States
	}
	var steps []string
	values := map[string]string{}
	for i, s := range b.States[:n+1] {
		if i > 0 {
			steps = append(steps, s.String())
		}
		for _, v := range s.Changes {
			values[v.Name] = v.Value
		}
	}
	fmt.Fprintf(w, " 1 to %d, which the rule allows: %s\n", n, strings.Join(steps, ", "))
	for _, name := range tla.SortedKeys(values) {
		fmt.Fprintf(w, "     %s = %s\n", name, tla.Short(values[name]))
	}
	return b.States[n+1:]
}

// String returns the counterexample as text. It numbers the steps, so that the
// first state has the number 0 and the origins of the values agree with it.
func (b *Behaviour) String() string {
	var w strings.Builder
	for _, s := range b.folded(&w) {
		fmt.Fprintf(&w, "%2d %s\n", s.Number-1, s)
		for _, v := range s.Changes {
			lines := v.Parts
			if len(lines) == 0 {
				lines = []string{v.Name + " = " + v.Value}
			}
			for _, line := range lines {
				fmt.Fprintf(&w, "     %s\n", tla.Short(line))
			}
		}
	}
	if n := len(b.States); b.Back == n && n > 0 {
		w.WriteString("   and nothing more happens\n")
	} else if b.Back > 0 {
		fmt.Fprintf(&w, "   and again from %d\n", b.Back-1)
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
