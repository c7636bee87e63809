// Package singularupdatequeue lets many goroutines change one state without a
// lock around the changes: they put requests into a queue, and one worker makes
// the changes, one after the other. After Joshi, Patterns of Distributed
// Systems, chapter 13. Its spec is specs/singularupdatequeue.
//
//	q, err := singularupdatequeue.New(0, func(t *singularupdatequeue.Turn[int, int], n int) (int, error) {
//		t.State += n
//		return t.State, nil
//	}, singularupdatequeue.Options[int, int, int]{Policy: singularupdatequeue.Block, Capacity: 100})
//	sum, err := q.Do(ctx, 5)
//	err = q.Stop(ctx, singularupdatequeue.Drain)
//
// What it promises:
//
//  1. One request at a time changes the state, in the order in which they came
//     in, and each takes effect as a whole between being asked and answered.
//  2. Each request gets one answer. If it says that the request failed, the state
//     is as if there had been no request.
//  3. The queue is bounded, and the policy says what happens when it is full.
//  4. A handler that fails, panics or leaves by runtime.Goexit does so alone.
//  5. After Stop no client is left waiting, unless a handler or a call never
//     returns.
//
// What a handler must do:
//
//  1. Not wait for anything slow, but go out on a call with Await, or hand over
//     to the next stage with Pass.
//  2. Use Turn.Context for what it wants of its own queue.
//  3. Keep to its Turn, and only until it returns.
//  4. Undo what it has changed behind a pointer before it fails, or leave that
//     to Options.Clone.
//
// The steps are those of the spec:
//
//	Start       opens the queue, with a policy for the full case and a capacity
//	Submit      a request comes in
//	Block       a request finds no room and waits outside, in turn
//	Reject      a request finds no room and is turned away
//	DropOldest  a request finds no room and takes the place of the oldest
//	Admit       there is room for the first request that waits outside
//	GiveUp      a client that waits outside goes away
//	Take        the worker takes some requests from the front
//	Finish      the handler has returned: its state and its result count
//	Fail        the handler has failed: the state stays
//	Panic       the handler has panicked or left: the state stays
//	StartAsync  a request goes out on a call
//	AsyncDone   the call has returned: the request is in the queue again
//	Stop        no request comes in any more
//	End         each request has its answer
package singularupdatequeue
