// Package requestbatch collects small requests to a server and sends them together. After
// Joshi, Patterns of Distributed Systems, chapter 31. Its spec is specs/requestbatch.
//
//	b, err := requestbatch.Open(requestbatch.Options{
//		Client: "athens/7", Linger: 2 * time.Millisecond, Send: channel.Request,
//	})
//	answer, err := b.Call(ctx, []byte("hello")) // by any number of goroutines
//	err = b.Close(ctx)
//
// The server's end unpacks a batch and hands each request to a handler:
//
//	s := requestbatch.NewServer(handler, requestbatch.ServerOptions{})
//	node, err := singlesocketchannel.Listen("byzantium", ":7000", s.Handle, singlesocketchannel.Options{})
//
// Core and ServerCore are the two ends without goroutines, clock and locks. A Batcher has
// one destination. A Group keeps one Batcher for each.
//
// What they promise, whatever the network loses, repeats and delays:
//
//  1. A batch leaves when it has MaxSize bytes, when its oldest request has waited for
//     Linger, or when the client closes; and not before the last batch has ended.
//  2. The handler gets each request at most once, and in the order in which they were asked.
//  3. A caller is told the answer to its own request, or an error that says whether the
//     request may have been executed: ErrFull, ErrClosed and ErrTooLong say that it was not;
//     ErrUnknown, that it may have been, or may be yet.
//  4. A request that fails by itself (ErrFailed) leaves the others of its batch alone.
//  5. A caller for which the queue has no room is refused at once.
//
// What the user must do:
//
//  1. Give each process of the client another Options.Client: a name and a number that
//     generationclock.Clock.Raise returns, say. Numbers of batches begin with 1 in each.
//  2. Make what the server knows of a client as durable as what the client's requests have
//     done, in one write: ServerOptions.Begin is told of each batch, and the handler the
//     Position of each request. Give that to the next process in ServerOptions.Sessions.
//  3. Call Server.Forget when a client's process has ended for good.
//
// The steps are those of the spec:
//
//	Ask, Refuse    a caller asks, and waits or is refused
//	Cut            a batch is cut from the front of the queue
//	Send           it leaves, for the first time or again
//	Fail           an attempt to send it has failed
//	Receive        a reply has come
//	GiveUp         no reply is awaited any longer
//	Tick           the monotonic clock was read
//	Close          the client takes no more requests
//	Take, Reject   a batch has come to the server
//	Execute        one of its requests was executed
//	Answer         the reply leaves
//	Restart        the server stops in the middle of its work
package requestbatch
