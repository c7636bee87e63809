package spec

import (
	"regexp"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// network matches the operator of a Steps module that returns the messages in
// transit, as a set, a sequence or a bag. It is optional.
var network = regexp.MustCompile(`(?m)^\s*StepsNetwork\s*==`)

// SaysNetwork reports whether the Steps module defines StepsNetwork.
func (s *Spec) SaysNetwork() bool {
	return network.MatchString(sany.WithoutComments(string(s.Files[s.Name+"Steps.tla"])))
}

// InstanceNetwork returns the definition of the messages in transit for the
// modules Counterexample and ReplayNetwork.
func (s *Spec) InstanceNetwork() string {
	if s.SaysNetwork() {
		return "InstanceNetwork == StepsNetwork\n"
	}
	return "InstanceNetwork == {}\n"
}

// kept is the operator of a Steps module that says what of the state can still
// matter, where that is less than all variables. A module need not have it.
var kept = regexp.MustCompile(`(?m)^\s*StepsState\s*==`)

// InstanceStates defines what ReplayStates asks for: all variables, and what of
// them can still matter.
func (s *Spec) InstanceStates() string {
	if kept.MatchString(sany.WithoutComments(string(s.Files[s.Name+"Steps.tla"]))) {
		return "InstanceStates == <<vars, StepsState>>\n"
	}
	return "InstanceStates == <<vars>>\n"
}
