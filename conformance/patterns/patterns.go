// Package patterns lists the patterns of distributed systems that stand here.
package patterns

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/clockboundwait"
	"github.com/lockstep-tla/lockstep/conformance/clockboundwait/readrestart"
	"github.com/lockstep-tla/lockstep/conformance/generationclock"
	"github.com/lockstep-tla/lockstep/conformance/gossipdissemination"
	"github.com/lockstep-tla/lockstep/conformance/heartbeat"
	"github.com/lockstep-tla/lockstep/conformance/hybridclock"
	"github.com/lockstep-tla/lockstep/conformance/lamportclock"
	"github.com/lockstep-tla/lockstep/conformance/lowwatermark"
	"github.com/lockstep-tla/lockstep/conformance/majorityquorum"
	"github.com/lockstep-tla/lockstep/conformance/requestbatch"
	"github.com/lockstep-tla/lockstep/conformance/requestpipeline"
	"github.com/lockstep-tla/lockstep/conformance/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/conformance/segmentedlog"
	"github.com/lockstep-tla/lockstep/conformance/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/conformance/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/conformance/twophasecommit"
	"github.com/lockstep-tla/lockstep/conformance/versionedvalue"
	"github.com/lockstep-tla/lockstep/conformance/versionvector"
	"github.com/lockstep-tla/lockstep/conformance/writeaheadlog"
)

// All are all that there are, in the order of the overview. Do not change it.
var All = []*conformance.Pattern{
	&writeaheadlog.Pattern,
	&singularupdatequeue.Pattern,
	&lamportclock.Pattern,
	&heartbeat.Pattern,
	&singlesocketchannel.Pattern,
	&twophasecommit.Pattern,
	&gossipdissemination.Pattern,
	&generationclock.Pattern,
	&segmentedlog.Pattern,
	&lowwatermark.Pattern,
	&hybridclock.Pattern,
	&versionedvalue.Pattern,
	&requestwaitinglist.Pattern,
	&requestpipeline.Pattern,
	&versionvector.Pattern,
	&requestbatch.Pattern,
	&majorityquorum.Pattern,
	&clockboundwait.Pattern,
}

// Parts belong to one of All each. They have a spec, code and a row of their own in a check, and no
// page.
var Parts = []*conformance.Pattern{&readrestart.Pattern}

// Checked are all that a check of everything checks.
var Checked = slices.Concat(All, Parts)
