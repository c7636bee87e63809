-------------------------- MODULE RequestBatchSteps --------------------------
(***************************************************************************)
(* How the two ends in impl/requestbatch record their steps.               *)
(***************************************************************************)
EXTENDS RequestBatch, Steps

CONSTANTS
  Client, Server,   \* their names
  MaxTime, MaxOne   \* bounds of what explanations and the explored model try

View(node) ==
  CASE node = Client -> [last |-> last, queue |-> queue, number |-> number, flight |-> flight,
                         now |-> now, closed |-> closed]
    [] node = Server -> [newest |-> newest, answers |-> answers, work |-> work]

StepsNetwork == batches \cup replies

\* A message under way changes neither end until one takes it.
StepsState == <<client, server>>

ClientSteps(n) ==
  \/ \E size \in Arg("size", 1 .. MaxOne) : Step("Ask", [node |-> n, size |-> size], Ask(size))
  \/ Step("Refuse", [node |-> n], Refuse)
  \/ Step("Cut", [node |-> n], Cut)
  \/ Step("Send", [node |-> n], Send)
  \/ Step("Fail", [node |-> n], Fail)
  \/ \E r \in Arg("reply", replies) :
       Step("Receive", [node |-> n, reply |-> r, told |-> IF IsOurs(r) THEN ToldBy(r) ELSE <<>>], Receive(r))
  \/ Step("GiveUp", [node |-> n, outcome |-> GivenUpOutcome], GiveUp)
  \/ \E to \in Arg("to", 1 .. MaxTime) : Step("Tick", [node |-> n, to |-> to], Tick(to))
  \/ Step("Close", [node |-> n], Close)
  \/ Step("Quiet", [node |-> n], Quiet)

ServerSteps(n) ==
  \/ \E b \in Arg("batch", batches) :
       \/ Step("Take", [node |-> n, batch |-> b], Take(b))
       \/ Step("Reject", [node |-> n, batch |-> b], Reject(b))
  \/ \E outcome \in Arg("outcome", {"ok", "failed"}) :
       Step("Execute", [node |-> n, outcome |-> outcome], Execute(outcome))
  \/ \E order \in Arg("order", Orders) : Step("Answer", [node |-> n, order |-> order], Answer(order))
  \/ Step("Restart", [node |-> n], Restart)

StepsNext ==
  \/ \E n \in Arg("node", {Client}) : ClientSteps(n)
  \/ \E n \in Arg("node", {Server}) : ServerSteps(n)

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after every step.                  *)
QueueIsBounded == Len(queue) <= MaxQueue

(* The bounds of the model that is explored. *)
Unsent == batches = {} /\ executed = <<>>
\* Two callers and a clock, and a third caller that is refused or lets the batch be full.
Collecting == Unsent /\ last <= 3 /\ number <= 1 /\ now <= 2
\* Batches of two requests and of one, at both ends.
Serving ==
  /\ last <= 3 /\ now = 0 /\ number <= 2 /\ \A c \in DOMAIN calls : calls[c].outcome # "refused"
  /\ closed => queue = <<>> \/ flight = <<>>
  /\ \A i \in DOMAIN executed : executed[i].id # 1 => executed[i].outcome = "ok"
  /\ \A k \in DOMAIN queue : queue[k].id # 1 => queue[k].size = 1
  /\ \A k \in DOMAIN flight : flight[k].id # 1 => flight[k].size = 1
Explored == Collecting \/ Serving
=============================================================================
