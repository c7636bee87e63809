// Package gossipdissemination spreads what each node tells of itself to all
// others: every round, each node tells a few others how much it knows, and each
// of the two gets what it lacks. Core is the protocol alone, a method for each
// step; Node adds the clock, the goroutines and a datagram network.
//
//	Start    a new life begins, with a number that no life had before
//	Update   one of the node's own values gets a new version
//	Digest   the node says how much it knows, to a peer or a seed
//	Answer   a digest has come: what its sender lacks is told, the rest asked for
//	Merge    a delta has come: its news are added; what was asked for is told
//	Suspect  another node has not answered
//	Bury     a suspect has not refuted it for long
//	Refute   a node that hears it is doubted says that it is alive
//	Leave    the node goes for good; a stone remains of it elsewhere
//	Crash    a life ends, and all is forgotten but its number
//
// The caller's duties: names are unique; a generation is durable before anybody
// hears of it (GenerationFile); the seeds can be found; MaxMessage is the same for
// all. What a node reads is what it has heard so far, and may be old.
package gossipdissemination
