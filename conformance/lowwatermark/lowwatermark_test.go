package lowwatermark

import (
	"os"
	"slices"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs/logstest"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are killed: none
// may find that something is lost.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "loop", "faults", "halt")
}

// TestEndIsRefusedWhileSomethingIsOwed: a run that ends with a client untold, a snapshot half
// taken, or a file to be removed, is refused and not only late.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	steps := []logstest.Step{{Name: "Open"}, {Name: "Serve"}}
	take := func(name string, args logstest.Args) { steps = append(steps, logstest.Step{Name: name, Args: args}) }
	var runs []logstest.Run
	owes := func(what string) { runs = append(runs, logstest.Run{Steps: slices.Clone(steps), Owes: what}) }
	for i := 1; i <= 3; i++ {
		take("AppendEntry", logstest.Args{"value": "a"})
		if i == 1 {
			owes("synced = Length")
		}
		take("Sync", logstest.Args{"upTo": i})
		if i == 1 {
			owes("applied = Length")
		}
		take("Apply", logstest.Args{"index": i})
		take("Roll", nil)
		take("TakeSnapshot", nil)
		if i == 1 {
			owes("taking = Nothing")
		}
		take("FlushSnapshot", nil)
		take("KeepSnapshot", nil)
	}
	owes("CanDrop")
	take("DropOldest", nil)
	owes("MayRemove")
	logstest.EndIsRefused(t, &Pattern, header, node, runs...)
}
