// Package clockboundwait is a map on several nodes whose operations are strictly
// serializable, though the nodes share nothing but clocks with a bounded error. Each
// operation has a stamp. A write waits until its stamp has passed before it is visible,
// and a read waits until its own has passed at the node that answers it. After Joshi,
// Patterns of Distributed Systems, chapter 24. Its spec is specs/clockboundwait.
//
//	a, err := clockboundwait.Open(clockboundwait.Options{Name: "a", Clock: clock})
//	version, err := a.Put(ctx, "title", "Emma")
//	request, err := b.Ask("a", "title")         // on any node; b's clock gives the stamp
//	entry, err := a.Get(ctx, request)           // on the node that has the key
//
// Node is for use by any number of goroutines. Core is the same without locks, waits and
// clock, a method for each step of the spec.
//
// What it promises, as long as the true time is within each interval that a Clock returns:
//
//  1. A read whose Ask is called after a Put has returned gets the value of that Put, or
//     a newer one, on whatever nodes the two take place.
//  2. All reads and writes of all nodes have one order, that of their stamps; an operation
//     that begins after another one has ended comes after it.
//  3. Two Gets of one Request get the same version, at all times.
//  4. A Put that returns ErrAbandoned has not taken place and never will.
//
// Package readrestart, in this folder, waits less and promises less.
//
// What the caller must do:
//
//  1. Bound the clock's error honestly. A clock that is wrong by more than it says
//     breaks promises 1 and 2, and no node notices.
//  2. Give each key to one node, and bring each Request to the node that has its key.
//  3. Make the versions durable, if they must be: see versionedvalue.
//
// The steps are those of the spec:
//
//	Read             the node reads its clock
//	Arrive           a request comes, and no earlier reading gives its stamp
//	Begin, Ask       it gets its stamp, as a write or as a read
//	Commit, Abandon  a write becomes visible, or is given up
//	Serve            a read is answered
//	Restart          the process has ended, and the next one begins
package clockboundwait
