package segmentedlog

import (
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// often says how often the loop tries each step.
var often = map[string]int{
	"Open": 3, "Refuse": 1, "Cut": 2, "Serve": 3, "AppendEntry": 5, "Sync": 5, "Acknowledge": 4,
	"Read": 2, "RollCreate": 4, "RollSync": 4, "RollSwitch": 4, "TruncateFrom": 1, "Unroll": 2,
	"DropOldest": 1, "Close": 1, "Crash": 1, "Vanish": 3,
}

// Choices implements logs.Looped.
func (s *system) Choices(step string, op logs.Operation) (all []map[string]trace.Value) {
	switch step {
	case "AppendEntry":
		return []map[string]trace.Value{{"value": logs.At(s.Core.Length() + 1)}}
	case "Read":
		for i := 1 + s.Core.Acknowledged()*uint64(op.Choice)/256; i <= s.Core.Acknowledged()+1; i++ {
			value := logs.At(i)
			if i > s.Core.Acknowledged() {
				value = segmentedlog.NoValue
			}
			all = append(all, map[string]trace.Value{"index": int(i), "value": value})
		}
		return all
	case "Crash":
		left, bad := max(0, int(s.Core.Length())-int(op.Choice%2)), 0
		if op.Another%2 == 0 {
			bad = left
		}
		for last := 1; s.Running && last <= len(s.Core.Segments())+int(s.Core.Segments()[0].Number); last++ {
			all = append(all, map[string]trace.Value{"left": left, "bad": bad, "last": last})
		}
		return all
	}
	return logs.Numbered(op, max(s.Core.Length(), s.Durable)+1)
}
