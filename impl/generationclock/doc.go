// Package generationclock numbers leaderships, so that a leader that was deposed while
// it stood still can do no harm when it goes on. After Joshi, Patterns of Distributed
// Systems, chapter 9. Its spec is specs/generationclock.
//
// A Clock is the durable number alone. A Store is an outside resource that checks the
// number of each write. A Node is a member of a cluster that elects leaders by majority.
// Core and StoreCore are the last two without goroutines, files and network.
//
//	n, err := generationclock.Open(generationclock.Options{Name: "n1", Peers: peers, Send: send, Path: path})
//	generation, err := n.Campaign(ctx)
//	err = n.Write(ctx, "store", "value")
//
// What it promises, whatever messages and processes do:
//
//  1. In each generation one node leads at most.
//  2. No node and no store takes back a number that it has mentioned, nor an order or a
//     write that it has acknowledged, in a crash of its process or its machine.
//  3. Once a node or a store has accepted a number, it accepts no order and no write of an
//     earlier leader.
//  4. A leader follows as soon as any answer tells it of a newer generation.
//
// It does not promise that a leader knows that it leads: another one may have been
// elected since. That is why stores check for themselves. Nor does it promise the
// sequence of one leader's writes if the transport lets one overtake another.
//
// What the caller must do:
//
//  1. Give each node and store a name and a log of its own, and all nodes the same Peers.
//  2. Call Campaign when no leader is heard of, after a random time, and Beat while the
//     node leads.
//  3. Expect an order or a write that ends in ErrNotLeader or ErrNoAnswer to have been
//     taken.
//  4. After ErrStopped, close the holder and open it again.
//
// The steps are those of the spec:
//
//	Stand        a candidate raises its number and votes for itself
//	Ask          it asks all others for their votes
//	Grant        a node votes
//	Count        the candidate counts a vote
//	Lead         it has a majority
//	Beat         the leader sends a heartbeat,
//	Order        an order to all nodes,
//	Write        a write to a store
//	Adopt        a node or store takes over a newer number, from any message
//	Accept       a node accepts an order
//	Apply        a store applies a write
//	Acknowledge  either of them says so
//	Refuse       a number was stale; the answer says which is known
//	Persist      a flush has returned
//	Restart      the process has ended, and the next one begins
package generationclock
