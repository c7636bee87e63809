// Package heartbeat detects crashed nodes: every node sends heartbeats, and a node
// that is silent for too long is taken for crashed. After Joshi, Patterns of
// Distributed Systems, chapter 7. Its spec is specs/heartbeat.
//
//	node, err := heartbeat.New(heartbeat.Options{
//		Name: "a", Endpoint: socket,
//		SendTo: map[string]string{"b": "10.0.0.2:7000"}, Watch: []string{"b"},
//		Incarnations: heartbeat.IncarnationsFile("/var/lib/a.incarnations"),
//		OnChange: func(c heartbeat.Change) { ... },
//	})
//	err = node.Run(ctx)
//
// What you may rely on:
//
//  1. A peer that has crashed, and nothing else, is marked down in the end, and
//     stays so, as soon as the network keeps to Options.Delay and no node stands
//     still. Until then a peer that is alive may be taken for crashed.
//  2. From the moment of the crash it takes at most Delay, Timeout and
//     CheckEvery together.
//  3. No peer is marked down because this node itself was standing still, or
//     because a clock was set.
//  4. A heartbeat that was sent before another one which was heard never counts.
//
// What you must do:
//
//  1. Choose an Interval longer than a message's way, and a Timeout of several
//     Intervals, so that a lost heartbeat or two are no crash.
//  2. Give every node Incarnations that survive its crash.
//  3. Bear with mistakes. A peer that is down may be alive, and go on working:
//     where that is dangerous, a Generation Clock must make it harmless.
//
// The steps are those of the spec:
//
//	Start    an incarnation of the node begins
//	Send     it sends a heartbeat
//	Block    it waits for a flush
//	Unblock  the flush is over
//	Receive  a heartbeat is newer than all before
//	Ignore   a heartbeat is not: it comes late or again
//	Check    it looks at its peers, and marks silent ones down
//	Forgive  it comes too late for that, and gives each peer a whole window again
package heartbeat
