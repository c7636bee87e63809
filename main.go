// Command lockstep holds the patterns of distributed systems against their
// specs, and anybody's traces against anybody's spec.
package main

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/conformance/generationclock"
	"github.com/lockstep-tla/lockstep/conformance/gossipdissemination"
	"github.com/lockstep-tla/lockstep/conformance/heartbeat"
	"github.com/lockstep-tla/lockstep/conformance/lamportclock"
	"github.com/lockstep-tla/lockstep/conformance/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/conformance/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/conformance/twophasecommit"
	"github.com/lockstep-tla/lockstep/conformance/writeaheadlog"
)

// patterns are all that there are.
var patterns = []*conformance.Pattern{
	&writeaheadlog.Pattern,
	&singularupdatequeue.Pattern,
	&lamportclock.Pattern,
	&heartbeat.Pattern,
	&singlesocketchannel.Pattern,
	&twophasecommit.Pattern,
	&gossipdissemination.Pattern,
	&generationclock.Pattern,
}

func main() {
	command.Main(command.Program{Main: "github.com/lockstep-tla/lockstep", Patterns: patterns})
}
