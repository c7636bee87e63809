// Package singlesocketchannel lets two processes send each other requests and
// answers, in both directions, over one TCP connection at a time. After Joshi,
// Patterns of Distributed Systems, chapter 30. Its spec is
// specs/singlesocketchannel.
//
//	node, err := singlesocketchannel.Listen("athens", ":7000", handler, singlesocketchannel.Options{})
//	byzantium, err := node.Peer("byzantium", "byzantium.example:7000")
//	answer, err := byzantium.Request(ctx, []byte("hello"))
//	err = node.Close()
//
// What it promises:
//
//  1. Between two nodes there is one connection at a time. It is made when it
//     is needed, by either end or by both at once, and kept open.
//  2. Requests are handled one by one, in the order in which they were made,
//     also when the connection breaks: what was not answered goes over the
//     next one, in its old order and before all that is new.
//  3. One process handles a request once, however often it has to be sent.
//  4. When a new connection is there, nothing of an older one is delivered.
//  5. Each caller gets an answer, or an error that says whether the request may
//     have been handled. A request that was sent to one process is never sent
//     to another one that has taken its place.
//  6. An end that is dead, or cannot be reached, is detected after a known time.
//  7. Queues are bounded in number and size. Beyond the bound the caller waits,
//     and so does the other end's socket.
//
// What the user must do:
//
//  1. Give each process of a name another Options.Incarnation, if the clock cannot.
//  2. Expect a request whose outcome is unknown (ErrUnknown) to have been
//     handled, and send it again only if it is idempotent.
//  3. Agree on Options.MaxMessage and Options.Window at both ends.
//  4. Keep slow work out of the handler: later requests wait for it. Nodes whose
//     handlers send each other requests in a circle wait until a context ends.
//
// The steps of the spec are methods of Core, each under its own name:
//
//	Dial, DialFails, Open, Refused        this end makes a connection
//	Accept, Reject                        the other end makes one
//	Ask, Cancel                           a caller makes a request, or stops waiting
//	SendRequest, SendAnswer               the first bytes of a frame leave
//	SendHeartbeat                         the same, where there is no other frame
//	Finish                                the last byte leaves
//	ReceiveRequest, ReceiveAgain          a request has come, or come again
//	ReceiveAnswer, ReceiveHeartbeat       an answer has come, or a heartbeat
//	Handle                                the handler has answered
//	MissHeartbeat, TimeOut                the other end is silent, and then dead
//	Stall, Lose                           a write takes too long, or the socket fails
//	Restart                               another process has this node's name
package singlesocketchannel
