package report

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Detection is what became of a broken rule.
type Detection string

const (
	Detected         Detection = "caught"    // for the reason that was expected
	WrongReason      Detection = "elsewhere" // something failed, but not what was expected
	Undetected       Detection = "missed"    // nothing noticed
	DetectionUnknown Detection = "unknown"   // no verdict
)

// Rule is what became of one rule, left out in the spec and in the code.
type Rule struct {
	Name     string    `json:"name"`
	Says     string    `json:"says"`               // what is left out
	Violates string    `json:"violates,omitempty"` // the property that TLC reported
	Spec     Detection `json:"spec"`
	Code     Detection `json:"code"`
	Step     string    `json:"step,omitempty"` // where the code was refused
	Message  string    `json:"message,omitempty"`
	// Explanation is of the broken code's refusal, or of the difference that
	// Explore found; nil if ExplainRules was not asked, or there is none.
	Explanation *Explanation `json:"explanation,omitempty"`
	// Named is where that names the rule: see Explanation.Names.
	Named string `json:"named,omitempty"`

	// Counterexample is TLC's, of the spec without the rule, and Loop its end.
	Counterexample []tlc.State `json:"-"`
	Loop           *tlc.Loop   `json:"-"`
	// Refused is the trace of the broken code with its verdict: of those that
	// are refused as expected, the one that is refused first.
	Refused *trace.Trace `json:"-"`
	Verdict Verdict      `json:"-"`
	// Difference is what Explore found, if it did.
	Difference *Difference `json:"-"`
}

func (r *Rule) Note(format string, args ...any) {
	if r.Message != "" {
		r.Message += "; "
	}
	r.Message += fmt.Sprintf(format, args...)
}
