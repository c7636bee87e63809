package singlesocketchannel

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// often says how often the loop tries each step.
var often = map[string]int{
	"Dial": 8, "DialFails": 1, "Accept": 8, "Reject": 4, "Open": 8, "Refused": 4,
	"Ask": 8, "Cancel": 1, "SendRequest": 12, "SendAnswer": 10, "SendHeartbeat": 4, "Finish": 16,
	"ReceiveRequest": 10, "ReceiveAgain": 8, "ReceiveAnswer": 8, "ReceiveHeartbeat": 4, "Handle": 6,
	"MissHeartbeat": 4, "TimeOut": 2, "Lose": 1, "Stall": 1, "Restart": 1,
}

// settling are the steps with which two ends without faults answer all requests.
var settling = []string{"Accept", "Reject", "Open", "Refused", "Finish", "SendRequest", "SendAnswer",
	"ReceiveRequest", "ReceiveAgain", "ReceiveAnswer", "ReceiveHeartbeat", "Handle"}

// loop drives the two cores as a user with a loop of their own may: it tries any step at any
// time, and mostly what the cores must refuse. Nothing here depends on a clock or a goroutine.
// At the end the two connect without faults, and all requests are answered.
func loop(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("loop", run.Seed), func(rec *trace.Recorder) error {
		s := newEnds(rec, limits)
		d := toolbox.Drive(s.Steps)
		steps := toolbox.Often(often)
		for _, op := range toolbox.Workload[operation](run.Seed, 900, 900) {
			step := toolbox.Pick(steps, op.Kind)
			d.TryEach(step, s.choices(step, toolbox.Pick(names, op.Node), op))
		}
		for _, step := range []string{"Lose", "DialFails"} {
			for _, name := range names {
				d.Try(step, arguments{"node": name})
			}
		}
		for range 12 * window {
			d.Try("Dial", arguments{"node": names[0]}) // again where its epoch was too old
			for _, step := range settling {
				for _, name := range names {
					d.TryEach(step, s.choices(step, name, operation{}))
				}
			}
		}
		d.Do("Quiet", arguments{"node": names[1]})
		return d.Err()
	})
}

type arguments = map[string]trace.Value

// choices are the arguments with which a step of a node is tried: of requests that callers may
// leave and of frames that come, one after the other.
func (s *system) choices(step, node string, op operation) (all []arguments) {
	e := s.ends[node]
	switch step {
	case "Ask":
		return []arguments{{"node": node, "text": toolbox.Pick(append(texts, tooLong), op.Text)}}
	case "SendRequest", "SendAnswer", "Handle":
		number, _ := e.core.Next(step)
		return []arguments{{"node": node, "number": int(number)}}
	case "Cancel":
		for _, number := range slices.Sorted(maps.Keys(e.requests)) {
			if number%4 >= uint64(op.Patience%4) {
				all = append(all, arguments{"node": node, "number": int(number), "sent": e.core.WasSent(e.requests[number])})
			}
		}
		return all
	case "Lose", "Stall", "Restart", "DialFails":
		if op.Patience%4 > 0 {
			return nil // seldom, so that the ends come to something
		}
	case "Accept", "Reject", "Open", "Refused", "ReceiveRequest", "ReceiveAgain", "ReceiveAnswer", "ReceiveHeartbeat":
		return s.comes(node, op.Patience%8 == 1)
	}
	return []arguments{{"node": node}}
}

// comes are the arguments for what comes next to a node on each connection, on the newest one
// first or last.
func (s *system) comes(node string, oldest bool) (all []arguments) {
	connections := slices.SortedFunc(maps.Keys(s.wires), func(c, d ssc.Connection) int {
		return cmp.Or(cmp.Compare(d.Epoch, c.Epoch), cmp.Compare(d.Incarnation, c.Incarnation))
	})
	if oldest {
		slices.Reverse(connections)
	}
	for _, c := range connections {
		if line := s.wires[c][node]; len(line) > 0 {
			_, shown := s.read(line[0])
			number := int(line[0].number)
			all = append(all, arguments{"node": node, "frame": shown, "process": number, "newest": number,
				"connection": arguments{"incarnation": int(c.Incarnation), "epoch": int(c.Epoch)}})
		}
	}
	return all
}
