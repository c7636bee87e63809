---------------------- MODULE SingularUpdateQueueSteps ----------------------
(***************************************************************************)
(* How the queue in impl/singularupdatequeue records its steps.            *)
(***************************************************************************)
EXTENDS SingularUpdateQueue, Steps

Here == "queue"      \* there is one node

InOrder(items) == [i \in 1 .. Len(items) |-> items[i].request]

RECURSIVE Hands(_)
Hands(n) == IF n = 0 THEN <<>> ELSE Hands(n - 1) \o InOrder(busy[n].items)

Answered == Cardinality({r \in Request : answer[r] # Nothing})

View(node) ==
  [mode     |-> mode,
   policy   |-> policy,
   capacity |-> capacity,
   state    |-> state,
   asked    |-> Len(asked),
   newest   |-> IF asked = <<>> THEN [value |-> "", from |-> ""]
                                ELSE asked[Len(asked)],
   answered |-> Answered,
   waiting  |-> waiting,
   queue    |-> InOrder(queue),
   hands    |-> Hands(Len(busy)),
   out      |-> out]

\* A request that is not served gets an answer that says so, and the trace has
\* what its client is told.
Tells(reason) == Arg("told", {Refusal(reason).told})

\* The result of a handler that is at work.
Results(r) == {busy[w].seen : w \in At(r)}

StepsNext ==
  \/ \E p \in Arg("policy", Policy), n \in Arg("capacity", Capacity) :
       Step("Start", [node |-> Here, policy |-> p, capacity |-> n], Start(p, n))
  \/ \E v \in Arg("value", Value), from \in Arg("from", From) :
       \/ Step("Submit", [node |-> Here, value |-> v, from |-> from],
               Submit(v, from))
       \/ Step("Block", [node |-> Here, value |-> v, from |-> from],
               Block(v, from))
       \/ \E t \in Tells("rejected") :
            Step("Reject",
                 [node |-> Here, value |-> v, from |-> from, told |-> t],
                 Reject(v, from))
       \/ \E r \in Arg("request", Request), t \in Tells("dropped") :
            Step("DropOldest",
                 [node |-> Here, value |-> v, from |-> from, request |-> r,
                  told |-> t],
                 DropOldest(v, from, r))
  \/ Step("Admit", [node |-> Here], Admit)
  \/ \E r \in Arg("request", Request), t \in Tells("gaveUp") :
       Step("GiveUp", [node |-> Here, request |-> r, told |-> t], GiveUp(r))
  \/ \E n \in Arg("count", 1 .. Len(queue)) :
       Step("Take", [node |-> Here, count |-> n], Take(n))
  \/ \E r \in Arg("request", Request) : \E v \in Arg("result", Results(r)) :
       Step("Finish", [node |-> Here, request |-> r, result |-> v], Finish(r))
  \/ \E r \in Arg("request", Request), t \in Tells("failed") :
       Step("Fail", [node |-> Here, request |-> r, told |-> t], Fail(r))
  \/ \E r \in Arg("request", Request), t \in Tells("panicked") :
       Step("Panic", [node |-> Here, request |-> r, told |-> t], Panic(r))
  \/ \E r \in Arg("request", Request) :
       Step("StartAsync", [node |-> Here, request |-> r], StartAsync(r))
  \/ \E r \in Arg("request", Request) :
       Step("AsyncDone", [node |-> Here, request |-> r], AsyncDone(r))
  \/ \E how \in Arg("how", How), t \in Tells("stopped") :
     \E n \in Arg("count", {Cardinality(GivenUp(how))}) :
       Step("Stop", [node |-> Here, how |-> how, told |-> t, count |-> n],
            Stop(how))
  \/ Step("End", [node |-> Here], End)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after each of 100,000 steps.       *)

IsConsistent ==
  /\ Len(busy) <= 1
  /\ Cardinality(Inside) <= capacity
  /\ Len(answer) = Len(asked)
  /\ mode = "stopped" => Answered = Len(asked)
  /\ Len(queue) + Len(Hands(Len(busy))) + Len(out) = Cardinality(Inside)

\* The model that is explored: the first asks for another value than the rest.
Explored ==
  /\ Len(asked) <= 2
  /\ \A r \in Request : asked[r].value = IF r = 1 THEN "1" ELSE "2"
=============================================================================
