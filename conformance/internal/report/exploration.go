package report

import (
	"fmt"
	"slices"
	"strings"
)

// Exploration is the result of driving the code along the bounded model.
type Exploration struct {
	Outcome     Outcome // Accepted if the code takes exactly the transitions of the model
	States      int     // of the bounded model
	Transitions int     // of the bounded model
	Driven      int     // transitions that the code took with the right view
	Refusals    int     // steps that the spec does not allow, tried on the code in each state
	Differences []Difference
	Missing     []string // steps that the spec names and the bounded model never takes
	Message     string   // why there is no verdict, or why the walk has ended early
	// Taken is how many transitions of the bounded model each step has.
	Taken map[string]int
}

// Difference is a state and a step in which the code and the bounded model
// differ.
type Difference struct {
	// Path is a way to the state, each step as step(args): the shortest one if a new system
	// shows the difference there, too, and otherwise the one that the code has taken.
	Path []string
	Step string // the step in which they differ
	Name string // its name alone
	// Reason is Guard if only one of the two takes the step, State if both take
	// it and the views differ, and Error if the code fails.
	Reason  Reason
	Message string
	// Taken are the steps of the path and the step itself, in TLA+ with
	// arguments and view. The last has the code's view, if the code recorded
	// one. Expected is the spec's view after the step; "" if the spec does not
	// allow it.
	Taken    []string
	Expected string
	// Explanation is what ExplainDifferences finds.
	Explanation *Explanation `json:",omitempty"`
}

func (d Difference) String() string {
	return fmt.Sprintf("%s (%s), %s: %s", d.Step, d.Reason, Way(d.Path), d.Message)
}

// most is how many steps of a way are named.
const most = 30

// Way names the steps that lead to a state, the last ones if there are many.
func Way(path []string) string {
	switch n := len(path); {
	case n == 0:
		return "at once"
	case n > most:
		return fmt.Sprintf("after %d steps, the last of them %s", n, strings.Join(path[n-most:], ", "))
	}
	return "after " + strings.Join(path, ", ")
}

// Kind is equal for differences that probably have one cause: in the same step,
// for the same reason, and with the same one of spec and code that takes it.
func (d Difference) Kind() string {
	return fmt.Sprintf("%s %s %t", d.Name, d.Reason, d.Expected == "")
}

// Kinds returns the first difference of each kind, in their order, and how many there are
// of it. One fault shows in many states.
func Kinds(all []Difference) []DifferenceKind {
	var kinds []DifferenceKind
	for i := range all {
		k := slices.IndexFunc(kinds, func(k DifferenceKind) bool { return k.Kind() == all[i].Kind() })
		if k < 0 {
			k = len(kinds)
			kinds = append(kinds, DifferenceKind{Difference: &all[i]})
		}
		kinds[k].Count++
	}
	return kinds
}

// DifferenceKind is an example of a kind of differences.
type DifferenceKind struct {
	*Difference
	Count int
}

func (k DifferenceKind) String() string {
	if k.Count == 1 {
		return k.Difference.String()
	}
	return fmt.Sprintf("%s (one of %d such)", k.Difference, k.Count)
}
