package spec

import (
	"regexp"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// network is the operator of a Steps module that says which messages are under
// way: a set, a sequence, or a bag. A module need not have it.
var network = regexp.MustCompile(`(?m)^\s*StepsNetwork\s*==`)

// SaysNetwork says whether the Steps module tells which messages are under way.
func (s *Spec) SaysNetwork() bool {
	return network.MatchString(sany.WithoutComments(string(s.Files[s.Name+"Steps.tla"])))
}

// InstanceNetwork defines what ExplainCounterexample and ReplayNetwork ask for.
func (s *Spec) InstanceNetwork() string {
	if s.SaysNetwork() {
		return "InstanceNetwork == StepsNetwork\n"
	}
	return "InstanceNetwork == {}\n"
}
