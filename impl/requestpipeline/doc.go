// Package requestpipeline lets a client send further requests on one connection before
// earlier answers have come. After Joshi, Patterns of Distributed Systems, chapter 32. Its
// spec is specs/requestpipeline.
//
//	server, err := requestpipeline.Listen(":7000", handler, requestpipeline.ServerOptions{})
//	client, err := requestpipeline.Open(requestpipeline.Options{Client: "athens", Process: 1, Dial: dial})
//	answer, err := client.Call(ctx, []byte("hello"))
//
// What it promises:
//
//  1. The server processes the requests of a client in the order in which they were asked,
//     each once, and leaves none out for which a caller waits.
//  2. At most Options.MaxInFlight requests are in flight. Further callers wait, and are
//     served in order. A place is freed by the answer, and not by a caller that leaves.
//  3. Each caller gets the answer to its own request, or an error that says whether the
//     request may have been processed.
//  4. When a connection is lost, all that is unanswered goes over the next one, in its old
//     order and before all that is new. The server answers what it has processed from memory.
//  5. Nothing that an earlier connection or process of the client has sent is processed after
//     the server has taken a request of a later one.
//
// What the user must do:
//
//  1. Give each process of a client a larger Options.Process than the last one, such as what
//     generationclock.Clock.Raise returns.
//  2. Keep what the server knows of its clients as durable as the effects of requests, and
//     hand it to the next server; see Session. Otherwise a request may be processed again
//     after the server's process has ended.
//  3. Expect a request whose outcome is unknown (ErrUnknown) to have been processed, or to be
//     processed later.
//  4. Keep slow work out of the handler: all later requests wait for it.
//
// The steps of the spec are methods of Core and ServerCore, each under its own name:
//
//	Ask, Cancel                caller makes a request, or stops waiting
//	Send, Resend               request leaves, for the first time or on a later connection
//	Receive, ProtocolError     answer of the head has come, or another one
//	Lose, Connect              connection is given up, or made
//	Close, Restart             client closes, and its next process begins
//	Accept, Repeat, Refuse     server processes a request, answers it again, or takes none
//	Recover                    server's next process begins
package requestpipeline
