-------------------------- MODULE QueueProperties --------------------------
(***************************************************************************)
(* What must hold of SingularUpdateQueue.                                  *)
(***************************************************************************)
EXTENDS SingularUpdateQueue

Worker == 1 .. Len(busy)
Item   == [request : Request, back : BOOLEAN]

TypeOK ==
  /\ mode \in {"new", "open", "stopped"} \cup How
  /\ policy \in Policy \cup {"none"}
  /\ policy = "none" <=> mode = "new"
  /\ capacity \in Capacity \cup {0}
  /\ capacity = 0 <=> mode = "new"
  /\ asked \in Seq([value : Value, from : From])
  /\ Len(answer) = Len(asked)
  /\ \A r \in Request :
       \/ answer[r] = Nothing
       \/ answer[r].told = "done" /\ answer[r].value \in Value \cup {First}
       \/ answer[r] \in [told : {"rejected", "dropped", "gaveUp", "stopped",
                                 "failed", "panicked"}, value : {""}]
  /\ waiting \in Seq(Request)
  /\ queue \in Seq(Item)
  /\ \A w \in Worker :
       /\ DOMAIN busy[w] = {"items", "seen"}
       /\ busy[w].items \in Seq(Item) \ {<<>>}
       /\ busy[w].seen \in Value \cup {First}
  /\ out \in Seq(Request)
  /\ state \in Value \cup {First}

(* The queue.                                                              *)

\* A queue opens once, with the policy and the size that it keeps, and stops once.
Follows == {<<"new", "open">>, <<"open", "drain">>, <<"open", "abandon">>,
            <<"drain", "stopped">>, <<"abandon", "stopped">>}
StagesInOrder ==
  [][/\ mode' # mode => <<mode, mode'>> \in Follows
     /\ mode # "new" => policy' = policy /\ capacity' = capacity]_vars

IsPending(r) == answer[r].told = "none"

Held(w) == Numbers(busy[w].items)
InHands == UNION {Held(w) : w \in Worker}

\* The places, counted where the requests are.
RECURSIVE Taken(_)
Taken(n) == IF n = 0 THEN 0 ELSE Taken(n - 1) + Len(busy[n].items)
Places   == Len(queue) + Taken(Len(busy)) + Len(out)

SingleWriter == Len(busy) <= 1

Bounded == Places <= capacity

\* A request that has no answer is in one place, and the others in none.
EachHasOnePlace ==
  /\ Places + Len(waiting) = Cardinality({r \in Request : IsPending(r)})
  /\ \A r \in Request :
       IsPending(r) => r \in Entries(waiting) \cup Numbers(queue)
                               \cup InHands \cup Entries(out)

\* The first to come is the first to begin: what is fresh in the queue came
\* after all that has begun, and is in its order; what waits came later still.
FirstComeFirstServed ==
  LET fresh == SelectSeq(queue, LAMBDA item : ~item.back)
      line  == [n \in 1 .. Len(fresh) |-> fresh[n].request] \o waiting
      first == {place \in Worker \X (1 .. Len(asked)) :
                  /\ place[2] <= Len(busy[place[1]].items)
                  /\ ~busy[place[1]].items[place[2]].back}
      begun == {busy[p[1]].items[p[2]].request : p \in first}
  IN  /\ \A i, j \in 1 .. Len(line) : i < j => line[i] < line[j]
      /\ \A k \in 1 .. Len(line), b \in begun \cup Entries(out) : b < line[k]

\* A request is back in the queue only if it was out on a call, and stays so.
BackIsFromCall ==
  [][\A i \in 1 .. Len(queue') :
       queue'[i].back => \/ queue'[i].request \in Entries(out)
                         \/ queue'[i] \in Entries(queue)]_vars

\* A handler works on the state as it is: nothing else has changed it since.
HandlerSeesState == \A w \in Worker : busy[w].seen = state

\* The queue keeps its order. What comes in stands behind the others, also what is back
\* from a call, and the worker takes from the front.
OrderIsKept ==
  [][LET kept == SelectSeq(queue, LAMBDA item : item \in Entries(queue'))
     IN  /\ SubSeq(queue', 1, Len(kept)) = kept
         /\ \A i, j \in 1 .. Len(queue) :
              i < j /\ queue[j].request \in InHands' => queue[i].request \in InHands']_vars

(* The promises of the policies: what becomes of a request that comes.     *)

Came      == Len(asked') = Len(asked) + 1
ToldNow   == answer'[Len(asked')].told
IsFull    == Places = capacity
Crowded   == IsFull \/ waiting # <<>>
NotBegun  == {i \in 1 .. Len(queue) : ~queue[i].back}
SameTold  == \A r \in Request : answer'[r] = answer[r]

\* With room, and with no request that waits, each request comes in.
RoomIsUsed ==
  [][Came /\ ~IsFull /\ waiting = <<>> =>
       Len(queue') = Len(queue) + 1 /\ ToldNow = "none" /\ SameTold]_vars

\* A full queue lets clients wait, and never the worker.
BlockBlocks ==
  [][Came /\ Crowded /\ policy = "block" =>
       /\ queue' = queue /\ SameTold
       /\ IF asked'[Len(asked')].from = "client"
          THEN waiting' = Append(waiting, Len(asked')) /\ ToldNow = "none"
          ELSE waiting' = waiting /\ ToldNow = "rejected"]_vars

\* A full queue rejects at once, and changes nothing else.
RejectRejects ==
  [][Came /\ Crowded /\ policy = "reject" =>
       /\ queue' = queue /\ SameTold
       /\ waiting' = waiting /\ ToldNow = "rejected"]_vars

\* A full queue drops the oldest that no handler has begun with; if all have
\* begun, the new one is rejected.
OldestIsDropped ==
  [][Came /\ Crowded /\ policy = "dropOldest" =>
       IF NotBegun = {}
       THEN ToldNow = "rejected" /\ queue' = queue /\ SameTold
       ELSE \E i \in NotBegun :
              /\ \A j \in NotBegun : queue[i].request <= queue[j].request
              /\ answer'[queue[i].request].told = "dropped"
              /\ \A r \in Request \ {queue[i].request} : answer'[r] = answer[r]
              /\ ToldNow = "none" /\ Len(queue') = Len(queue)]_vars

OnlyBlockWaits == waiting # <<>> => policy = "block"

\* The worker asks only while it is at work.
WorkerAsksAtWork ==
  [][Came /\ asked'[Len(asked')].from = "worker" => Worker # {}]_vars

WorkerNeverWaits == \A r \in Entries(waiting) : asked[r].from = "client"

(* The promises of the ways to stop.                                       *)

\* All that was inside is served to its end.
DrainServesAll ==
  [][/\ mode = "open" /\ mode' = "drain" =>
          \A r \in Numbers(queue) \cup InHands \cup Entries(out) :
            answer'[r].told = "none"
     /\ mode = "drain" =>
          \A r \in Request :
            answer'[r] = answer[r]
              \/ answer'[r].told \in {"done", "failed", "panicked"}]_vars

\* A request that has not begun is not served, and its client is told at once.
AbandonLetsBegunEnd ==
  [][/\ mode = "open" /\ mode' = "abandon" =>
          /\ \A i \in 1 .. Len(queue) :
               IF queue[i].back THEN answer'[queue[i].request].told = "none"
                                ELSE answer'[queue[i].request].told = "stopped"
          /\ \A r \in InHands \cup Entries(out) : answer'[r].told = "none"
     /\ mode = "abandon" =>
          \A r \in Request :
            answer'[r] = answer[r]
              \/ answer'[r].told \in {"done", "failed", "panicked"}]_vars

\* A client that waits outside is told at once, however the queue stops.
StopLetsNoneIn ==
  /\ [][mode = "open" /\ mode' \in How =>
          \A r \in Entries(waiting) : answer'[r].told = "stopped"]_vars
  /\ [][mode # "open" => asked' = asked]_vars

EndIsComplete == mode = "stopped" => \A r \in Request : ~IsPending(r)

(* The promises to a client.                                               *)

\* The answers fit together: there is an order of those that were served in which each
\* has found the value that the one before it put there.
RECURSIVE FitTogether(_, _)
FitTogether(served, value) ==
  served = {} \/ \E r \in served :
    answer[r].value = value /\ FitTogether(served \ {r}, asked[r].value)
AnswersFitTogether == FitTogether({r \in Request : answer[r].told = "done"}, First)

AnsweredOnce ==
  [][\A r \in Request : ~IsPending(r) => answer'[r] = answer[r]]_vars

\* An answer says what has become of the request: it waited outside when its client gave
\* up, it was in a full queue when it was dropped, the queue stops, or its handler returns.
AnswersAreTrue ==
  [][\A r \in Request : answer'[r] # answer[r] =>
       LET told == answer'[r].told
       IN  \/ told = "gaveUp" /\ r \in Entries(waiting)
           \/ told = "dropped" /\ r \in Numbers(queue) /\ Came /\ IsFull /\ policy = "dropOldest"
           \/ told = "stopped" /\ mode' # mode /\ mode' \in How
           \/ told \in {"done", "failed", "panicked"}
                /\ \E w \in Worker : Head(busy[w].items).request = r]_vars

\* A request that has begun comes to its own end.
BegunIsNotDropped ==
  [][\A i \in 1 .. Len(queue) :
       queue[i].back => answer'[queue[i].request].told = "none"]_vars

\* Each client is answered, whatever happens; also by a queue that stops.
EachIsAnswered ==
  \A r \in Nat \ {0} : r \in Request ~> r \in Request /\ ~IsPending(r)

StopEnds == mode \in How ~> mode = "stopped"

\* Seen from outside it is an object that answers one request at a time.
Object == INSTANCE AtomicObject WITH object <- state

RefinesAtomicObject == Object!Spec

THEOREM Spec => [](TypeOK /\ SingleWriter /\ Bounded /\ EachHasOnePlace)
THEOREM Spec => [](FirstComeFirstServed /\ HandlerSeesState)
THEOREM Spec => StagesInOrder /\ BackIsFromCall /\ OrderIsKept
THEOREM Spec => [](OnlyBlockWaits /\ WorkerNeverWaits) /\ WorkerAsksAtWork
THEOREM Spec => RoomIsUsed /\ BlockBlocks /\ RejectRejects /\ OldestIsDropped
THEOREM Spec => DrainServesAll /\ AbandonLetsBegunEnd /\ StopLetsNoneIn
THEOREM Spec => [](EndIsComplete /\ AnswersFitTogether)
THEOREM Spec => AnsweredOnce /\ AnswersAreTrue /\ BegunIsNotDropped
THEOREM Spec => EachIsAnswered /\ StopEnds
THEOREM Spec => RefinesAtomicObject
=============================================================================
