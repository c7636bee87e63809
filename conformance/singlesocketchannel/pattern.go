// Package singlesocketchannel holds the channel in impl/singlesocketchannel
// against its spec.
package singlesocketchannel

import (
	"embed"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the single-socket channel, for the checker.
var Pattern = conformance.Pattern{
	Name:    "singlesocketchannel",
	Spec:    specs.Of("singlesocketchannel"),
	Package: "github.com/lockstep-tla/lockstep/impl/singlesocketchannel",
	Broken:  broken,
	System:  newSystem,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:SendAnswer:bac3d7ab", Reason: "Next and StepsNext choose the number from the same set"},
		{ID: "spec:leave-out:SendRequest:cdfc35ad", Reason: "Next and StepsNext choose the number from the same set"},
		{ID: "spec:leave-out:Handle:bb92324e", Reason: "Next and StepsNext choose the number from the same set"},
		{ID: "spec:leave-out:Take:e0c07a6a", Reason: "Next and StepsNext choose the frame from the same set"},
		{ID: "spec:leave-out:Cancel:8b918015", Reason: "Next and StepsNext choose the number from the pending requests"},
		{ID: "spec:leave-out:Arrives:ec0b3f7a", Reason: "a hello has the number 0, and of the others Next and StepsNext take the number that has come"},
		{ID: "spec:shift-bound:IsSuperseded:8bb8564c", Reason: "a connection that opens is newer than the open one: AcceptHello demands it, and DialNext that none is open"},
		{ID: "spec:leave-out:WriteEnd:ebff1803", Reason: "an end without a connection does not write (TypeOK)"},
		{ID: "spec:stays:TakeRefusal:c19da62d", Reason: "neither end takes anything from a connection that was refused"},
		{ID: "code:swap-arguments:Core.Refused:4e3dfb01", Reason: "of two numbers the greater is the same, whichever comes first"},
		{ID: "code:shift-bound:NewCore:12c46d96", Reason: "the two ends have different names: Node.Peer and greetings refuse equal ones"},
		{ID: "code:leave-out:Channel.drop:6ae463f6", Reason: "the goroutines of the connection take it away when they end (link.lose), and the writer of the next one looks for work when it starts"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "loop", Runs: 12, Run: loop, About: "the two cores in a loop that tries any step at any time, allowed or not; in the end all requests are answered"},
		{Name: "faults", Runs: 8, Run: faults, Nondeterministic: true, About: "connections that are cut in the middle of frames, stand still, and are closed by half, and writes that fail"},
		{Name: "restarts", Runs: 3, Run: restarts, Nondeterministic: true, About: "both ends dial at once, and many goroutines send requests at both; processes end and start again meanwhile"},
	},
}

// The bodies of requests. The longest one just fits, and the next one does not.
var (
	texts   = []string{"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", longest}
	longest = strings.Repeat("x", maxMessage)
	tooLong = longest + "x"
)

const (
	window     = 4
	room       = 2
	missed     = 3 // heartbeats after which an end is dead
	maxMessage = 40
)

var limits = ssc.Limits{Window: window, Room: room, Silence: missed, MaxMessage: maxMessage}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "SingleSocketChannel", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(names), "First": names[0],
			"Text": append(trace.Values(texts), tooLong), "TooLong": []trace.Value{tooLong},
			"Window": window, "Room": room, "Limit": missed,
		},
	}
}
