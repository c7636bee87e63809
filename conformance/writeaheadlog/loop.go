package writeaheadlog

import (
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/trace"
)

// often says how often the loop tries each step.
var often = map[string]int{
	"Open": 1, "Cut": 2, "Refuse": 1, "Replay": 3, "Serve": 2, "AppendEntry": 6, "Sync": 3,
	"SyncFails": 1, "Apply": 4, "Acknowledge": 4, "TruncateFrom": 1, "Close": 1, "Crash": 1,
	"Corrupt": 2,
}

// Choices implements logs.Looped.
func (s *system) Choices(step string, op logs.Operation) []map[string]trace.Value {
	switch step {
	case "Open":
		return []map[string]trace.Value{{"policy": toolbox.Pick(policies, op.Choice).String()}}
	case "AppendEntry":
		changes := map[string]trace.Value{}
		for i, key := range keys {
			if i == 0 || op.Keys>>i&1 == 1 {
				changes[key] = toolbox.Pick(values, op.Values[i])
			}
		}
		return []map[string]trace.Value{{"batch": changes}}
	case "Crash":
		left, bad := max(0, int(s.Core.Length())-int(op.Choice%2)), 0
		if op.Another%2 == 0 {
			bad = max(0, left-int(op.Keys%2))
		}
		return []map[string]trace.Value{{"left": left, "bad": bad}}
	}
	return logs.Numbered(op, s.Core.Length()+1)
}
