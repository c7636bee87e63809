--------------------------- MODULE BatchProperties ---------------------------
(***************************************************************************)
(* What holds of a Request Batch. The properties judge by what callers     *)
(* have asked and were told, and by what the server has really executed.   *)
(***************************************************************************)
EXTENDS RequestBatch, FiniteSets

Results == {"ok", "failed"}
Call == Nat \ {0}

TypeOK ==
  /\ last = Len(calls) /\ number \in Nat /\ newest \in 0 .. number
  /\ now \in Time /\ closed \in BOOLEAN
  /\ \A list \in {queue, flight} : \A k \in DOMAIN list :
       list[k].id \in 1 .. last /\ list[k].size \in Size /\ list[k].since \in 0 .. now
  /\ \A k \in DOMAIN answers : answers[k].id \in 1 .. last /\ answers[k].outcome \in Results
  /\ \A k \in DOMAIN work : work[k] \in 1 .. last
  /\ \A b \in batches : b.number \in 1 .. number
  /\ \A r \in replies : r.number \in 1 .. newest

Waits(c) == calls[c].outcome = ""
InQueue(c) == {k \in DOMAIN queue : queue[k].id = c}
InFlight(c) == {k \in DOMAIN flight : flight[k].id = c}
IsExecuted(c) == \E i \in DOMAIN executed : executed[i].id = c

\* A request is in one place, from when it was asked until its caller is told.
InOnePlace ==
  \A c \in DOMAIN calls :
    Cardinality(InQueue(c)) + Cardinality(InFlight(c)) = IF Waits(c) THEN 1 ELSE 0
ExecutedOnceInOrder ==
  \A i, j \in DOMAIN executed : i < j => executed[i].id < executed[j].id
\* A caller is told the answer to its own request.
OwnAnswer ==
  \A c \in DOMAIN calls : calls[c].outcome \in Results =>
    calls[c].of = c /\ \E i \in DOMAIN executed : executed[i] = [id |-> c, outcome |-> calls[c].outcome]
RefusedIsNotExecuted == \A c \in DOMAIN calls : calls[c].outcome = "refused" => ~IsExecuted(c)
QueueIsBounded == Len(queue) <= MaxQueue
SizeIsBounded == Len(flight) > 1 => Total(flight, Len(flight)) <= MaxSize
\* The network has one batch of each number.
BatchIsTheSame == \A a, b \in batches : a.number = b.number => a = b
\* A batch that is in flight is not refused by the server.
NoFalseRefusal == flight # <<>> => newest <= number

\* Time passes with no batch in flight only while all that wait are together less than a
\* batch, and none has waited for the linger.
LingerIsKept ==
  [][now' # now /\ flight = <<>> =>
       /\ Total(queue, Len(queue)) < MaxSize
       /\ \A c \in DOMAIN calls : Waits(c) => now < calls[c].at + Linger]_vars
CloseDoesNotWait == [][now' # now /\ closed /\ flight = <<>> => \A c \in DOMAIN calls : ~Waits(c)]_vars
\* No batch is cut earlier than that, and none that has room for the next request.
IsCut == number' # number
CutIsDue ==
  [][IsCut => \/ Total(queue, Len(queue)) >= MaxSize \/ closed
              \/ \E k \in DOMAIN queue : calls[queue[k].id].at + Linger <= now]_vars
CutIsFilled ==
  [][IsCut => \A n \in DOMAIN queue : Total(queue, n) <= MaxSize => Len(flight') >= n]_vars
\* A closed client takes no more requests, and it refuses none that has room otherwise.
ClosedTakesNone == [][closed => last' = last \/ calls'[last'].outcome = "refused"]_vars
RefusedHasReason ==
  [][last' # last /\ calls'[last'].outcome = "refused" => closed \/ Len(queue) >= MaxQueue]_vars

\* Each caller is told something.
ToldAtLast(c) == c \in DOMAIN calls ~> c \in DOMAIN calls /\ ~Waits(c)
\* If the network delivers and no batch is given up, it is the answer.
Answered(c) == c \in DOMAIN calls /\ calls[c].outcome \in Results \cup {"refused"}
AnsweredAtLast(c) == c \in DOMAIN calls ~> Answered(c)
ServesCurrent ==
  \/ (\E batch \in batches : batch.number = number /\ Take(batch))
  \/ (\E outcome \in Results : Execute(outcome)) \/ \E order \in Orders : Answer(order)
Delivery == WF_vars(Send) /\ WF_vars(ServesCurrent) /\ WF_vars(\E reply \in replies : IsOurs(reply) /\ Receive(reply))

Unbatched == INSTANCE UnbatchedCalls WITH
  calls <- [c \in DOMAIN calls |-> [outcome |-> calls[c].outcome, of |-> calls[c].of]]
RefinesUnbatchedCalls == Unbatched!Spec

THEOREM Spec => [](TypeOK /\ InOnePlace /\ ExecutedOnceInOrder /\ OwnAnswer)
THEOREM Spec => [](RefusedIsNotExecuted /\ QueueIsBounded /\ SizeIsBounded)
THEOREM Spec => [](BatchIsTheSame /\ NoFalseRefusal)
THEOREM Spec => LingerIsKept /\ CloseDoesNotWait /\ CutIsDue /\ CutIsFilled
THEOREM Spec => ClosedTakesNone /\ RefusedHasReason /\ RefinesUnbatchedCalls
THEOREM Spec => \A c \in Call : ToldAtLast(c)
THEOREM Spec /\ Delivery /\ [][~GiveUp /\ ~Restart]_vars => \A c \in Call : AnsweredAtLast(c)
=============================================================================
