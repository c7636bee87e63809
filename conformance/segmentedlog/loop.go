package segmentedlog

import (
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

func newLooped(rec *trace.Recorder) (logs.Looped, error) { return newLog(rec) }

// often says how often the loop tries each step.
var often = map[string]int{
	"Open": 3, "Refuse": 1, "Cut": 2, "Serve": 3, "AppendEntry": 5, "Sync": 5, "Acknowledge": 4,
	"Read": 2, "RollCreate": 4, "RollSync": 4, "RollSwitch": 4, "TruncateFrom": 1, "Unroll": 2,
	"DropOldest": 1, "Close": 1, "Crash": 1, "Vanish": 3,
}

// Table implements logs.Looped.
func (s *system) Table() *toolbox.Steps { return s.Steps }

// Choices implements logs.Looped.
func (s *system) Choices(step string, op logs.Operation) (all []map[string]trace.Value) {
	switch step {
	case "AppendEntry":
		return []map[string]trace.Value{{"value": at(s.core.Length() + 1)}}
	case "Read":
		for i := 1 + s.core.Acknowledged()*uint64(op.Choice)/256; i <= s.core.Acknowledged()+1; i++ {
			value := at(i)
			if i > s.core.Acknowledged() {
				value = segmentedlog.NoValue
			}
			all = append(all, map[string]trace.Value{"index": int(i), "value": value})
		}
		return all
	case "Crash":
		left, bad := max(0, int(s.core.Length())-int(op.Choice%2)), 0
		if op.Another%2 == 0 {
			bad = left
		}
		for last := 1; s.running && last <= len(s.core.Segments())+int(s.core.Segments()[0].Number); last++ {
			all = append(all, map[string]trace.Value{"left": left, "bad": bad, "last": last})
		}
		return all
	}
	return logs.Numbered(op, max(s.core.Length(), s.durable)+1)
}
