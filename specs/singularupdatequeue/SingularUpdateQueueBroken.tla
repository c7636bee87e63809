--------------------- MODULE SingularUpdateQueueBroken ---------------------
(***************************************************************************)
(* Each rule of SingularUpdateQueue left out, for broken/RULE.cfg to       *)
(* choose one.                                                             *)
(***************************************************************************)
EXTENDS SingularUpdateQueue

\* MayTake: another worker takes something while the first is at work.
AnyWorker == TRUE

\* Oldest: the newest ones are taken first.
Newest(n) == SubSeq(queue, Len(queue) + 1 - n, Len(queue))

\* HasRoom: there always is.
NoEnd == TRUE

\* MayEnter: who finds room comes in, whoever is waiting.
AnyTurn == TRUE

\* MayBlock: the worker waits like anybody else.
AnyBody(from) == policy = "block"

\* MayDrop: the oldest one goes, even when it is back from a call.
AnyItem(item) == TRUE

\* NotServed: whoever gets no answer from a handler hears that all is well.
AllIsWell(how) == Done(state)

\* AtFirst: what has come in counts as done.
AsGoodAsDone == Done(state)

\* AfterFailure: what a failing handler has changed stays changed.
HalfDone(r) == asked[r].value

\* GoesOn: the worker dies of a panic, and nobody gets what it had in hand.
Dies(r) ==
  /\ busy' = <<[items |-> <<[request |-> 0, back |-> FALSE]>>, seen |-> state]>>
  /\ UNCHANGED <<answer, answered, state>>

\* AfterCall: the call that returns changes the state itself.
Changed(r) == asked[r].value

\* GivenUp: nobody is told that it is over.
Nobody(how) == {}

\* MayEnd: when it is stopped, it has stopped.
AtOnce == TRUE
=============================================================================
