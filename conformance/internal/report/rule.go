package report

import (
	"cmp"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Detection says whether a broken rule was detected.
type Detection string

const (
	Detected         Detection = "caught"    // for the reason that was expected
	WrongReason      Detection = "elsewhere" // something failed, but not what was expected
	Undetected       Detection = "missed"    // no check failed
	DetectionUnknown Detection = "unknown"   // no verdict
)

// Rule is the result of breaking one rule, in the spec and in the code.
type Rule struct {
	Name     string `json:"name"`
	Says     string `json:"says"`               // what is left out
	Violates string `json:"violates,omitempty"` // the property that TLC reported
	// Consequence is the property of what a client sees that falls too. It may be
	// Violates itself; "" if the rule's model names none.
	Consequence string    `json:"consequence,omitempty"`
	Spec        Detection `json:"spec"`
	Code        Detection `json:"code"`
	Step        string    `json:"step,omitempty"` // where the code was refused
	Message     string    `json:"message,omitempty"`
	// Explanation explains the refusal of the broken code, or the difference
	// that Explore found; nil if there is none or ExplainRules was not called.
	Explanation *Explanation `json:"explanation,omitempty"`
	// Named is the part of the explanation that names the rule: see
	// Explanation.Names.
	Named string `json:"named,omitempty"`

	// Counterexample is TLC's counterexample for the spec without the rule: it
	// breaks Falls. Loop is its end.
	Counterexample []tlc.State `json:"-"`
	Loop           *tlc.Loop   `json:"-"`
	// Refused is the trace of the broken code with its verdict. Among several
	// traces it is the one that is rejected at the earliest step.
	Refused *trace.Trace `json:"-"`
	Verdict Verdict      `json:"-"`
	// Difference is the difference that Explore found, if any.
	Difference *Difference `json:"-"`
}

// Falls is the property that the counterexample breaks.
func (r *Rule) Falls() string { return cmp.Or(r.Consequence, r.Violates) }

// FallsLater is the consequence, if another property falls before it; else "".
func (r *Rule) FallsLater() string {
	if r.Consequence == r.Violates {
		return ""
	}
	return r.Consequence
}

// Note adds a sentence to the message.
func (r *Rule) Note(format string, args ...any) {
	if r.Message != "" {
		r.Message += "; "
	}
	r.Message += fmt.Sprintf(format, args...)
}
