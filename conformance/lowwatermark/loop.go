package lowwatermark

import (
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/trace"
)

// often says how often the loop tries each step.
var often = map[string]int{
	"Open": 3, "Serve": 3, "AppendEntry": 4, "Sync": 4, "Apply": 4, "Roll": 3, "TakeSnapshot": 3,
	"FlushSnapshot": 3, "KeepSnapshot": 3, "DiscardSnapshot": 1, "RemoveSnapshot": 1, "DropOldest": 2,
	"Hold": 1, "Release": 1, "Age": 1, "Crash": 1, "Rot": 1,
}

// Choices implements logs.Looped.
func (s *system) Choices(step string, op logs.Operation) []map[string]trace.Value {
	all := logs.Numbered(op, max(s.Core.Length(), s.Durable)+1)
	for _, args := range all {
		args["value"], args["holder"] = logs.At(s.Core.Length()+1), names[op.Keys%2]
	}
	if step == "Crash" {
		left := max(0, int(s.Core.Length())-int(op.Choice%2))
		return []map[string]trace.Value{{"left": left, "named": true}, {"left": left, "named": false}}[op.Another%2:]
	}
	return all
}
