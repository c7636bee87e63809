// Package gossipdissemination spreads what each node publishes about itself to all
// others. Every round, each node sends a few others a digest of what it knows, and each
// of the two gets what it lacks. Core is the protocol alone, a method for each step;
// Node adds the clock, the goroutines and a datagram network.
//
//	Start        a new generation begins, with a number that none had before
//	Update       one of the node's own values gets a new version
//	Digest       the node sends a peer or a seed the versions that it knows
//	Answer       a digest has come: its sender gets what it lacks, and is asked for the rest
//	Merge        a delta has come: it is added to what is known; what it asks for is sent
//	Suspect      another node has not answered
//	DeclareDead  a suspect has not refuted the suspicion for long
//	Refute       the node hears that it is suspected, and raises its incarnation
//	Leave        the node leaves for good; the others keep a tombstone
//	Crash        a generation ends; the node forgets all but its number
//
// The caller's duties: names are unique; a generation is durable before any message of it
// is sent (GenerationFile); the seeds can be found; MaxMessage is the same for all nodes.
// What a node reads is what it knows so far, and may be old.
package gossipdissemination
