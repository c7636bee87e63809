// Package lamportclock is a Lamport clock: a number for each version of a value,
// on whichever server it was written, such that what may have led to a version
// has a smaller one. No server needs to know what time it is.
//
// A Clock is the clock alone, for a program that has something to stamp. A Server keeps
// versions of values in a durable log and gives each its stamp; a Client talks to
// any number of servers and carries the stamps from one to the other. Core and
// ClientCore are the two without goroutines, files and network.
//
//	s, err := lamportclock.OpenServer(lamportclock.ServerOptions{Name: "s1", Path: path})
//	go s.Serve(endpoint)
//	version, err := client.Put(ctx, "s1", "title", "Nicroservices")
//
// What you may rely on, whatever messages and processes do:
//
//  1. A version whose writer knew of another one, from any server or from any other
//     client that knew, is the newer one by Version.Compare.
//  2. No server tells of two versions with one stamp, in any of its incarnations.
//  3. What a read returned as of a stamp stays the answer for that stamp.
//  4. A version that a client was told of survives the server's process and
//     machine.
//  5. Clients that have heard of the same versions hold the same, in whatever
//     order they came.
//
// What you may not: that an older version led to a newer one. Of two versions
// that have nothing to do with each other one is older too, and the order says
// nothing about when they were written.
//
// What you must do:
//
//  1. Give each server a name of its own, and one log that no other process has.
//     The name breaks ties: do not change it.
//  2. Carry stamps wherever knowledge goes. A program that is told of a version over
//     the telephone, and writes, may get a smaller stamp.
//  3. Be prepared for a Put that makes two versions: a lost answer is asked for
//     again. (Idempotent Receiver is another pattern.)
//  4. After ErrStopped, close the server and open it again.
//
// The steps are those of the spec in specs/lamportclock:
//
//	RequestWrite     a client asks for a new version
//	RequestRead      a client asks for the newest version, as of the server's clock
//	RequestSnapshot  a client asks for the newest version as of its own stamp
//	Write            a server takes the request: clock, stamp and version
//	Read             a server takes the request: clock, and a mark if it moved
//	Sync             a flush of the log has returned
//	Reply            a server answers, when no crash can undo what it says
//	Hear             a client takes an answer: its stamp, and the version
//	Crash            a server's process ends
//	Start            the next one begins, with the clock where the log ends
package lamportclock
