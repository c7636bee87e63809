// Package hybridclock gives events stamps that behave like those of a Lamport clock and
// stay near physical time. After Joshi, Patterns of Distributed Systems, chapter 23. Its
// spec is specs/hybridclock.
//
//	clock, err := hybridclock.Open(hybridclock.Options{Path: path})
//	stamp, err := clock.Now()            // of a message to be sent, or a version to be written
//	stamp, err = clock.Update(received)  // of the receipt of a message
//
// A Stamp is one number of 64 bits: 48 of milliseconds, 16 of a counter. The next stamp
// is the last one plus one, or the physical time where that is greater. The counter
// carries into the milliseconds.
//
// What it promises, however the physical clocks jump:
//
//  1. The stamp of an event is greater than those of all events that may have led to it,
//     on any node. The stamps of a node increase, also when its process or its machine
//     crashes and comes back with a clock that was set back.
//  2. No stamp of a node is more than MaxOffset ahead of the highest reading of that
//     node's own physical clock, and none is behind the reading of its moment.
//  3. A stamp that is refused changes nothing.
//
// It does not promise that the stamps of two nodes differ. Add the node's name where
// that is needed.
//
// What the caller must do:
//
//  1. Give each node a file of its own, and do not remove it.
//  2. Call Now for what is sent and Update for what is received, before it is used.
//  3. Keep the physical clocks within MaxOffset of each other. When ErrAhead comes back,
//     one of them is not.
//  4. After ErrStopped, close the clock and open it again.
//
// The steps are those of the spec:
//
//	Read     the physical clock has another reading
//	Now      an event on the node gets its stamp
//	Receive  a stamp that came with a message is followed,
//	Refuse   or is too far ahead
//	Reserve  the milliseconds up to another one shall be reserved on the disk
//	Persist  they are
//	Restart  the process has ended, and the next one begins
package hybridclock
