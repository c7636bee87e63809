package writeaheadlog

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

// TestScenariosTakeEveryStep records all scenarios, with processes that are
// killed: none may find that something is lost.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "loop", "faults", "halt")
}

// TestEndIsRefusedWhileSomethingIsOwed: a run that ends without a flush, without making a
// change, or without an acknowledgement, is refused and not only late.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	steps := []logstest.Step{
		{Name: "Open", Args: logstest.Args{"policy": "group"}}, {Name: "Serve"},
		{Name: "AppendEntry", Args: logstest.Args{"batch": logstest.Args{"a": "01"}}},
		{Name: "Sync", Args: logstest.Args{"upTo": 1}},
		{Name: "Apply", Args: logstest.Args{"index": 1}},
	}
	truncated := append(steps[:4:4], logstest.Step{Name: "TruncateFrom", Args: logstest.Args{"index": 1}})
	logstest.EndIsRefused(t, &Pattern, header, node,
		logstest.Run{Steps: steps[:1], Owes: `mode = "up"`},
		logstest.Run{Steps: steps[:3], Owes: "synced = length"},
		logstest.Run{Steps: steps[:4], Owes: "applied = length"},
		logstest.Run{Steps: steps, Owes: "acked = length"},
		logstest.Run{Steps: truncated, Owes: "MustCut"},
	)
}
