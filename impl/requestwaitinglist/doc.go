// Package requestwaitinglist lets a node answer its client when other nodes have answered,
// or when its log has come to an index. After Joshi, Patterns of Distributed Systems,
// chapter 14. Its spec is specs/requestwaitinglist.
//
// A List is for any kind of answer. Core is the same without goroutines, clock and locks.
//
//	l, err := requestwaitinglist.Open[string](requestwaitinglist.Options{Node: "n1", Incarnation: incarnation})
//	l.Lead()
//	call, err := l.Call(requestwaitinglist.Request[string]{
//		Group: peers, Quorum: 2, Timeout: time.Second, Send: send, Done: answerClient,
//	})
//	l.Receive(id, from, answer, nil) // for each answer that comes from the network
//
// What it promises, whatever the network does:
//
//  1. Done is called once for each call that Call or Wait has taken.
//  2. A call succeeds only if Quorum distinct nodes of its Group have said yes, and a call
//     that waits for an index only if the log has come to it.
//  3. A call fails with ErrNoQuorum only if it can no longer succeed: the nodes that have
//     not said no are fewer than Quorum. It fails at once then, in groups of even size, too.
//  4. An answer that comes late, again, or to a request of an earlier process, completes
//     nothing else.
//  5. A call ends with ErrExpired in the first Sweep after its Timeout, measured on the
//     monotonic clock, and with ErrUnknown when the node steps down.
//  6. Calls that one Advance completes are told in the order of their indexes.
//
// After ErrExpired and ErrUnknown the nodes may have done what they were asked, or do it
// later: the outcome is not known. After ErrNoQuorum some of them may have done it.
//
// What the caller must do:
//
//  1. Open each process's list with an Incarnation that no earlier process of the node has
//     had, such as what generationclock.Clock.Raise returns: it makes the IDs unique.
//  2. Send the ID with the request, and hand the peer's answer to Receive with that ID.
//  3. Call Sweep, or let Run do so, as often as late calls are to be noticed.
//  4. Let the process end only after StepDown, if clients are to be told.
//
// Done runs without locks, one call at a time, in the order in which the calls have ended.
// It may use the List. It holds up the calls behind it, so it should hand long work on,
// for example to a singularupdatequeue.Queue.
//
// The steps are those of the spec:
//
//	Lead       the node may begin calls
//	Begin      a call to a group begins
//	Wait       a call begins that waits for an index
//	Ask        a request gets its entry
//	Send       it leaves
//	SendFails  the transport says that it will not be answered
//	Receive    an answer has come
//	Advance    the high-water mark has come to an index
//	Tick       the monotonic clock was read
//	Sweep      calls expire
//	Tell       a client is told
//	StepDown   the node leads no longer
//	Restart    the process has ended, and the next one begins
package requestwaitinglist
