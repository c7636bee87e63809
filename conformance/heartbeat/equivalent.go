package heartbeat

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the mutants of traces that the spec rightly accepts.
func equivalents() []conformance.Equivalent {
	return []conformance.Equivalent{{
		Mutant: "double Check",
		Reason: "who looks again at once finds the same",
	}, {
		Mutant: "double End",
		Reason: "End claims something and changes nothing",
	}, {
		Mutant: "double Ignore",
		Reason: "a message may arrive any number of times, and one that is ignored changes nothing",
	}, {
		Mutant: "drop Ignore before *",
		Reason: "a message that is ignored may as well have been lost",
	}, {
		Mutant: "drop Receive before *",
		Reason: "a message may as well have been lost, if the next one was taken before anybody looked",
	}, {
		Mutant: "drop Check before *",
		Reason: "a check that finds nothing need not have been, where the watcher may stand still",
	}, {
		Mutant: "drop Resume before Calm",
		Reason: "no node is paused after Calm, whether a Resume came before it or not",
	}, {
		Mutant: "drop Tick before *",
		Reason: "time may as well pass in one step, if nothing was read from a clock between",
	}, {
		Mutant: "swap *, *",
		Reason: "what two nodes do, or one node and the world, has no order where neither knows of the other",
		Where:  conformance.DifferentNodes,
	}}
}
