package report

import (
	"fmt"
	"strings"
)

// Exploration is what came of driving the code along the bounded model.
type Exploration struct {
	Outcome     Outcome // Accepted if the code did everything that the model does, and nothing else
	States      int     // of the bounded model
	Transitions int     // of the bounded model
	Driven      int     // transitions that the code took, and showed the right view after
	Refusals    int     // steps that the spec does not allow in some state, all tried on the code
	Differences []Difference
	Missing     []string // steps that the spec names and the bounded model never takes, so nothing is known of them
	Message     string   // why there is no verdict, if there is none
}

// Difference is one place where the code and the bounded model part.
type Difference struct {
	Path []string // the steps that lead there, the shortest way; each as step(args)
	Step string   // the step at which they part
	Name string   // its name alone
	// Reason is Guard where only one of the two takes the step, State where
	// both do and the views differ, Error where the code fails.
	Reason  Reason
	Message string
	// Taken are the steps to there and the step itself, each in TLA+ with its
	// arguments and the view behind it: of the last the code's, if it recorded
	// one. Expected is the spec's view behind it; "" if the spec refuses it.
	Taken    []string
	Expected string
	// Explanation is what ExplainDifferences finds.
	Explanation *Explanation `json:",omitempty"`
}

func (d Difference) String() string {
	way := "at once"
	if len(d.Path) > 0 {
		way = "after " + strings.Join(d.Path, ", ")
	}
	return fmt.Sprintf("%s (%s), %s: %s", d.Step, d.Reason, way, d.Message)
}

// Kind is the same for differences that are likely to have one cause.
func (d Difference) Kind() string { return d.Name + " " + string(d.Reason) }
