package segmentedlog

import (
	"os"
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

// TestEndIsRefusedWhileSomethingIsOwed: a run that ends without an acknowledgement, or in
// the middle of a roll, is refused and not only late.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	steps := []logstest.Step{
		{Name: "Open"}, {Name: "Serve"},
		{Name: "AppendEntry", Args: logstest.Args{"value": "a"}},
		{Name: "Sync", Args: logstest.Args{"upTo": 1}},
		{Name: "Acknowledge", Args: logstest.Args{"index": 1}},
		{Name: "RollCreate"},
	}
	logstest.EndIsRefused(t, &Pattern, header, node,
		logstest.Run{Steps: steps[:1], Owes: "IsUp"},
		logstest.Run{Steps: steps[:3], Owes: "synced = length"},
		logstest.Run{Steps: steps[:4], Owes: "acked = length"},
		logstest.Run{Steps: steps, Owes: "IsUp"},
	)
}
