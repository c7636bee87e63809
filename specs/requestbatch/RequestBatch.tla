---------------------------- MODULE RequestBatch ----------------------------
(***************************************************************************)
(* Request Batch: a client collects small requests to one server and sends *)
(* them together. After Joshi, Patterns of Distributed Systems, ch. 31.    *)
(*                                                                         *)
(* Requests wait in a queue. A batch is cut from its front when it is full *)
(* or when the oldest request has waited for long enough. One batch is in  *)
(* flight. It is sent again until it is answered or given up. The server   *)
(* executes its requests one after the other, as if each had come alone,   *)
(* and answers them together. Messages are lost, delayed, repeated and     *)
(* reordered: the network keeps all that was ever sent. The process of the *)
(* server ends at any time, and the next one goes on.                      *)
(*                                                                         *)
(* Left out: other clients, of which the server knows each alone; other    *)
(* servers, for which the client has other queues; the next process of the *)
(* client, which has another name; and bodies, instead of which a request  *)
(* and its answer have the number of their caller.                         *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  MaxSize,     \* of a batch
  Linger,      \* how long a request may wait for others
  MaxQueue     \* how many requests may wait
ASSUME MaxSize \in Nat \ {0} /\ Linger \in Nat /\ MaxQueue \in Nat \ {0}

Time   == Nat             \* finite in a model, like the next two
Size   == Nat \ {0}       \* of requests
Number == Nat             \* of batches

VARIABLES
  (* the client *)
  last,       \* the number of the last request
  queue,      \* the requests that wait, each with its size and the time since when
  number,     \* of the last batch
  flight,     \* the requests of that batch, until it has ended
  now,        \* its monotonic clock
  closed,
  (* the server; the first two are durable *)
  newest,     \* the number of the newest batch that it has taken
  answers,    \* to the requests of that batch that it has executed
  work,       \* the numbers of that batch's requests, while it works on it
  (* the network *)
  batches, replies,
  (* ghosts: what callers have asked and were told, and what was executed *)
  calls,
  executed

client == <<last, queue, number, flight, now, closed>>
server == <<newest, answers, work>>
vars   == <<client, server, batches, replies, calls, executed>>

Ids(list) == [k \in DOMAIN list |-> list[k].id]
RECURSIVE Total(_, _)
Total(list, n) == IF n = 0 THEN 0 ELSE Total(list, n - 1) + list[n].size
-----------------------------------------------------------------------------
(* The client's rules. Each is one reason why this works.                  *)

\* A caller for which there is no room is refused at once.
HasRoom == Len(queue) < MaxQueue
\* A full batch waits no longer.
IsFull == Total(queue, Len(queue)) >= MaxSize
\* The age of a queue is that of its oldest request.
IsOld == now - queue[1].since >= Linger
\* When the client closes, no more requests come for which to wait.
MustFlush == closed
\* The first n requests are no larger than a batch may be.
Fits(n) == Total(queue, n) <= MaxSize
\* A larger request travels alone.
IsAlone(n) == n = 1
\* The next batch waits until the last one has ended. It would overtake that.
MayCut == flight = <<>>
\* However often a batch is sent, it is the same.
Attempt == [number |-> number, items |-> Ids(flight)]
\* After a failure a batch stays in front of all that is newer.
StaysInFlight == UNCHANGED <<queue, flight>>
\* A reply may be late, and belong to a batch that was given up.
IsOurs(reply) == flight # <<>> /\ reply.number = number
\* An answer has the number of its request. Its place means nothing.
IsAnswerTo(reply, i, k) == reply.answers[i].id = flight[k].id
\* Requests of a batch that was given up may have been executed, or may be later.
GivenUpOutcome == "unknown"

(* The server's rules. *)

\* An older batch was given up. Its requests would come after newer ones.
MayTake(batch) == batch.number >= newest
\* A batch that comes again goes on where it was.
IsNew(batch) == batch.number > newest
\* The batch goes on when one of its requests has failed.
IsDone == Len(answers) = Len(work)
\* The answers are as durable as what the requests have done.
SurvivesRestart == UNCHANGED <<newest, answers>>
-----------------------------------------------------------------------------
Init ==
  /\ last = 0 /\ queue = <<>> /\ number = 0 /\ flight = <<>> /\ now = 0 /\ closed = FALSE
  /\ newest = 0 /\ answers = <<>> /\ work = <<>>
  /\ batches = {} /\ replies = {} /\ calls = <<>> /\ executed = <<>>

Asked(outcome) == calls' = Append(calls, [at |-> now, outcome |-> outcome, of |-> 0])
\* Callers are told, each an outcome and whose answer it is.
Tell(list) ==
  calls' = [c \in DOMAIN calls |->
    IF \E i \in DOMAIN list : list[i].caller = c
    THEN LET told == list[CHOOSE i \in DOMAIN list : list[i].caller = c]
         IN  [calls[c] EXCEPT !.outcome = told.outcome, !.of = told.of]
    ELSE calls[c]]

(* The client. *)

Ask(size) ==
  /\ ~closed /\ HasRoom /\ now + Linger \in Time
  /\ last' = last + 1
  /\ queue' = Append(queue, [id |-> last', size |-> size, since |-> now])
  /\ Asked("")
  /\ UNCHANGED <<number, flight, now, closed, server, batches, replies, executed>>

Refuse ==
  /\ closed \/ ~HasRoom
  /\ last' = last + 1
  /\ Asked("refused")
  /\ UNCHANGED <<queue, number, flight, now, closed, server, batches, replies, executed>>

IsDue == MayCut /\ queue # <<>> /\ (IsFull \/ IsOld \/ MustFlush)
\* The numbers of requests that a batch may have.
Counts == {n \in DOMAIN queue : Fits(n) \/ IsAlone(n)}
Cut ==
  /\ IsDue /\ Counts # {} /\ number + 1 \in Number
  /\ LET n == CHOOSE n \in Counts : \A m \in Counts : m <= n
     IN  flight' = SubSeq(queue, 1, n) /\ queue' = SubSeq(queue, n + 1, Len(queue))
  /\ number' = number + 1
  /\ UNCHANGED <<last, now, closed, server, batches, replies, calls, executed>>

\* The batch leaves, for the first time or again.
Send ==
  /\ flight # <<>>
  /\ batches' = batches \cup {Attempt}
  /\ UNCHANGED <<client, server, replies, calls, executed>>

\* The transport says that the batch will not be answered this time.
Fail ==
  /\ flight # <<>>
  /\ StaysInFlight
  /\ UNCHANGED <<last, number, now, closed, server, batches, replies, calls, executed>>

ToldBy(reply) ==
  LET Places(k) == {i \in DOMAIN reply.answers : IsAnswerTo(reply, i, k)}
      known == SelectSeq([k \in DOMAIN flight |-> k], LAMBDA k : Places(k) # {})
  IN  [j \in DOMAIN known |->
        LET k == known[j]
            answer == reply.answers[CHOOSE i \in Places(k) : TRUE]
        IN  [caller |-> flight[k].id, of |-> answer.id, outcome |-> answer.outcome]]
Receive(reply) ==
  /\ reply \in replies
  /\ IF IsOurs(reply) THEN flight' = <<>> /\ Tell(ToldBy(reply)) ELSE UNCHANGED <<flight, calls>>
  /\ UNCHANGED <<last, queue, number, now, closed, server, batches, replies, executed>>

GiveUp ==
  /\ flight # <<>>
  /\ flight' = <<>>
  /\ Tell([k \in DOMAIN flight |-> [caller |-> flight[k].id, of |-> 0, outcome |-> GivenUpOutcome]])
  /\ UNCHANGED <<last, queue, number, now, closed, server, batches, replies, executed>>

\* The client reads its clock when nothing is due.
Tick(to) ==
  /\ to > now /\ ~IsDue
  /\ now' = to
  /\ UNCHANGED <<last, queue, number, flight, closed, server, batches, replies, calls, executed>>

Close ==
  /\ ~closed /\ closed' = TRUE
  /\ UNCHANGED <<last, queue, number, flight, now, server, batches, replies, calls, executed>>

(* The server. *)

\* A batch arrives, for the first time or again.
Take(batch) ==
  /\ batch \in batches /\ work = <<>> /\ MayTake(batch)
  /\ work' = batch.items
  /\ IF IsNew(batch) THEN newest' = batch.number /\ answers' = <<>> ELSE UNCHANGED <<newest, answers>>
  /\ UNCHANGED <<client, batches, replies, calls, executed>>

Reject(batch) ==
  /\ batch \in batches /\ ~MayTake(batch)
  /\ UNCHANGED vars

\* The next request of the batch, with how it ends.
Execute(outcome) ==
  /\ Len(answers) < Len(work)
  /\ LET answer == [id |-> work[Len(answers) + 1], outcome |-> outcome]
     IN  answers' = Append(answers, answer) /\ executed' = Append(executed, answer)
  /\ UNCHANGED <<client, newest, work, batches, replies, calls>>

\* All have been executed, now or before. The reply lists the answers in any order.
Orders == {order \in [DOMAIN answers -> DOMAIN answers] :
             \A i, j \in DOMAIN answers : order[i] = order[j] => i = j}
Answer(order) ==
  /\ work # <<>> /\ IsDone
  /\ replies' = replies \cup {[number |-> newest, answers |-> [i \in DOMAIN order |-> answers[order[i]]]]}
  /\ work' = <<>>
  /\ UNCHANGED <<client, newest, answers, batches, calls, executed>>

\* The process of the server ends, and the next one begins.
Restart ==
  /\ work' = <<>> /\ SurvivesRestart
  /\ UNCHANGED <<client, batches, replies, calls, executed>>

\* An observer says that nothing is owed any more: all callers have been told. It is a part of
\* Steps, and not of Next.
Quiet ==
  /\ \A c \in DOMAIN calls : calls[c].outcome # ""
  /\ UNCHANGED vars

Serves ==
  \/ (\E batch \in batches : Take(batch) \/ Reject(batch))
  \/ (\E outcome \in {"ok", "failed"} : Execute(outcome))
  \/ \E order \in Orders : Answer(order)
Next ==
  \/ (\E size \in Size : Ask(size)) \/ Refuse \/ Cut \/ Send \/ Fail \/ GiveUp \/ Close
  \/ (\E reply \in replies : Receive(reply)) \/ (\E to \in Time : Tick(to))
  \/ Serves \/ Restart

\* Time goes on, what is due is cut, and no batch is tried for ever.
Fairness == WF_vars(\E to \in Time : Tick(to)) /\ WF_vars(Cut) /\ WF_vars(GiveUp)
Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
