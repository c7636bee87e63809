package conformance

// Hint is a simple repair of a trace with which it comes further. It is a guess
// at what went wrong, not a finding.
type Hint struct {
	Repair string `json:"repair"` // what was changed
	// Passes says that the whole trace is accepted then; else it is refused at
	// the step Until, which is a later one.
	Passes bool `json:"passes"`
	Until  int  `json:"until,omitempty"`
}
