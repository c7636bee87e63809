--------------------- MODULE SingularUpdateQueueBroken ---------------------
(***************************************************************************)
(* Each rule of SingularUpdateQueue left out, for broken/RULE.cfg to       *)
(* choose one.                                                             *)
(***************************************************************************)
EXTENDS MCSingularUpdateQueue

\* MayTake: another worker takes something while the first is at work.
AnyWorker == TRUE

\* Oldest: the newest ones are taken first.
Newest(n) == SubSeq(queue, Len(queue) + 1 - n, Len(queue))

\* HasRoom: there always is.
NoBound == TRUE

\* MayEnter: a request that finds room comes in, even before those that wait.
AnyTurn == TRUE

\* MayBlock: the worker waits for a place as a client does, and does nothing
\* else.
AnyOrigin(from) == policy = "block"
AtUnlessItWaits(r) ==
  {w \in 1 .. Len(busy) : /\ Head(busy[w].items).request = r
                          /\ \A i \in Entries(waiting) : asked[i].from = "client"}

\* MayDrop: the oldest one goes, even when it is back from a call.
AnyItem(item) == TRUE

\* Refusal: a request that was not served reports success.
ReportsSuccess(reason) == Done(state)

\* Submit: a request that has come in counts as done.
SubmitAnswers(value, from) ==
  /\ CanEnter
  /\ Asks(value, from)
  /\ queue' = Enter(queue, New)
  /\ answer' = Append(answer, Done(state))
  /\ UNCHANGED waiting

\* MayChange: what a failing handler has changed stays changed.
AnyOutcome(outcome) == TRUE

\* Panic: the worker dies of a panic, with all that it had in hand.
WorkerDies(r) ==
  /\ At(r) # {}
  /\ busy' = <<[items |-> <<[request |-> 0, back |-> FALSE]>>, seen |-> state]>>
  /\ UNCHANGED <<ends, asked, answer, waiting, queue, out, state>>

\* AsyncDone: the call that returns changes the state itself.
CallChanges(r) ==
  /\ r \in Entries(out)
  /\ out' = SelectSeq(out, LAMBDA o : o # r)
  /\ queue' = Append(queue, [request |-> r, back |-> TRUE])
  /\ state' = asked[r].value
  /\ UNCHANGED <<ends, asked, answer, waiting, busy>>

\* GivenUp: no client is told that the queue stops.
NoRequest(how) == {}

\* MayEnd: a queue that is told to stop has stopped.
AtOnce == TRUE
=============================================================================
