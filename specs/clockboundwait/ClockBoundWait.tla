--------------------------- MODULE ClockBoundWait ---------------------------
(***************************************************************************)
(* Clock-Bound Wait: a clock reads an interval that contains the true      *)
(* time. A write gets the end of it as its stamp, and waits until the      *)
(* stamp has passed by the beginning of a later reading: commit wait. A    *)
(* read gets a stamp in the same way, and the node that has the key        *)
(* answers it when that stamp has passed there too: read wait. After       *)
(* Joshi, Patterns of Distributed Systems, ch. 24, and Spanner's TrueTime. *)
(*                                                                         *)
(* Each node has keys of its own. A read begins at any node, whose clock   *)
(* gives the stamp, and goes to the node that has the key. The true time   *)
(* is a variable of the environment. A clock may go back within its bound. *)
(* Time may pass between a reading and its use.                            *)
(*                                                                         *)
(* A stamp is that of Hybrid Clock with a counter of one value: the        *)
(* reading, or one more than the last stamp. The versions of a node are    *)
(* those of Versioned Value.                                               *)
(*                                                                         *)
(* Left out: read restart, which waits less: see ReadRestart;              *)
(* writes of several keys; how versions become durable.                    *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Node, Key,
  Time,         \* what the clocks can read: the natural numbers up to some moment
  Width,        \* how wide an interval may be
  Excess        \* by how much a clock may err beyond its interval: 0, as promised

ASSUME TimeIsNatural == Time \subseteq Nat /\ 0 \in Time

VARIABLES
  (* the environment *)
  now,          \* the true time, which no node knows
  asked,        \* the reads on their way to the nodes that answer them
  (* a node *)
  earliest, latest,   \* the last reading of its clock
  fresh,        \* the reading was taken after the last request came
  arrived,      \* the request that has no stamp yet: the value of ended when it came, or None
  last,         \* the last stamp that it has given
  pending,      \* its writes that have a stamp and are not visible
  data,         \* its versions
  (* ghosts *)
  served,       \* the reads that were answered, with the version that they got
  ended         \* the greatest stamp of all operations that have ended

clocks == <<earliest, latest, fresh>>
vars   == <<now, asked, earliest, latest, fresh, arrived, last, pending, data, served, ended>>

None == -1
Max(S) == CHOOSE v \in S : \A u \in S : u <= v
Greater(a, b) == IF a > b THEN a ELSE b
Of(n, k) == {w.ver : w \in {w \in data[n] : w.key = k}}
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* A stamp comes from a reading that is later than the request.
IsFresh(n) == fresh[n]

\* The true time is not later than the end of the interval.
Reading(n) == latest[n]

\* The stamps of a node increase, also where its clock stands still or goes back.
NextStamp(before, reading) == Greater(before + 1, reading)

\* A stamp has passed if the whole interval is later. The beginning of the interval
\* may be the true time.
IsPast(n, stamp) == earliest[n] > stamp

\* Commit wait: a write is visible, and acknowledged, when its stamp has passed.
MayCommit(n, w) == IsPast(n, w.ver)

\* Read wait: no later write can get a stamp that is not above the read's.
MayServe(n, r) == IsPast(n, r.ver)

\* A write that is pending may yet become visible under the read's stamp.
IsSettled(n, r) == \A w \in pending[n] : w.ver > r.ver

\* A read gets what was there at its stamp, not what came later.
ReadsAt(r) == r.ver
-----------------------------------------------------------------------------
Init ==
  /\ now = 0 /\ asked = {}
  /\ earliest = [n \in Node |-> 0] /\ latest = [n \in Node |-> 0]
  /\ fresh = [n \in Node |-> FALSE]
  /\ arrived = [n \in Node |-> None]
  /\ last = [n \in Node |-> 0]
  /\ pending = [n \in Node |-> {}] /\ data = [n \in Node |-> {}]
  /\ served = {} /\ ended = 0

(* The environment. *)

Tick(to) ==
  /\ to > now
  /\ now' = to
  /\ UNCHANGED <<asked, clocks, arrived, last, pending, data, served, ended>>

\* What a clock can read: an interval with the true time in it.
Contains(from, to) == from - Excess <= now /\ now <= to + Excess

Read(n, from, to) ==
  /\ from <= to /\ to - from <= Width
  /\ Contains(from, to)
  /\ earliest' = [earliest EXCEPT ![n] = from]
  /\ latest' = [latest EXCEPT ![n] = to]
  /\ fresh' = [fresh EXCEPT ![n] = TRUE]
  /\ UNCHANGED <<now, asked, arrived, last, pending, data, served, ended>>

(* A node. It gives requests their stamps one by one. *)

\* A request comes from a client.
Arrive(n) ==
  /\ arrived[n] = None
  /\ arrived' = [arrived EXCEPT ![n] = ended]
  /\ fresh' = [fresh EXCEPT ![n] = FALSE]
  /\ UNCHANGED <<now, asked, earliest, latest, last, pending, data, served, ended>>

\* The request gets its stamp.
StampOf(n) == NextStamp(last[n], Reading(n))
Stamped(n) ==
  /\ arrived[n] # None
  /\ IsFresh(n)
  /\ last' = [last EXCEPT ![n] = StampOf(n)]
  /\ arrived' = [arrived EXCEPT ![n] = None]
  /\ UNCHANGED <<now, clocks, data, served, ended>>

\* It is a write.
Begin(n, k) ==
  /\ Stamped(n)
  /\ pending' = [pending EXCEPT ![n] = @ \cup {[key |-> k, ver |-> StampOf(n), after |-> arrived[n]]}]
  /\ UNCHANGED asked

\* It is a read, of a key that some node has.
Ask(n, m, k) ==
  /\ Stamped(n)
  /\ asked' = asked \cup {[from |-> n, to |-> m, key |-> k, ver |-> StampOf(n), after |-> arrived[n]]}
  /\ UNCHANGED pending

\* A write becomes visible, and its client is told so.
Commit(n, w) ==
  /\ w \in pending[n]
  /\ MayCommit(n, w)
  /\ pending' = [pending EXCEPT ![n] = @ \ {w}]
  /\ data' = [data EXCEPT ![n] = @ \cup {[key |-> w.key, ver |-> w.ver]}]
  /\ ended' = Greater(ended, w.ver)
  /\ UNCHANGED <<now, asked, clocks, arrived, last, served>>

\* A client gives up while its write is pending. It never becomes visible.
Abandon(n, w) ==
  /\ w \in pending[n]
  /\ pending' = [pending EXCEPT ![n] = @ \ {w}]
  /\ UNCHANGED <<now, asked, clocks, arrived, last, data, served, ended>>

\* The newest version that a read can see; 0 if there is none.
Answer(r) == Max({0} \cup {v \in Of(r.to, r.key) : v <= ReadsAt(r)})

\* The node that has the key answers a read.
Serve(r) ==
  /\ r \in asked
  /\ MayServe(r.to, r)
  /\ IsSettled(r.to, r)
  /\ asked' = asked \ {r}
  /\ served' = served \cup {[to |-> r.to, key |-> r.key, ver |-> r.ver, after |-> r.after, got |-> Answer(r)]}
  /\ ended' = Greater(ended, r.ver)
  /\ UNCHANGED <<now, clocks, arrived, last, pending, data>>

\* The process ends. Its versions are durable, and what waits is lost: no client was told
\* of it.
Restart(n) ==
  /\ earliest' = [earliest EXCEPT ![n] = 0] /\ latest' = [latest EXCEPT ![n] = 0]
  /\ fresh' = [fresh EXCEPT ![n] = FALSE]
  /\ arrived' = [arrived EXCEPT ![n] = None]
  /\ last' = [last EXCEPT ![n] = Max({0} \cup {w.ver : w \in data[n]})]
  /\ pending' = [pending EXCEPT ![n] = {}]
  /\ asked' = {r \in asked : r.from # n}
  /\ UNCHANGED <<now, data, served, ended>>

\* An observer says that nothing waits any more: no request, no write and no read. It is a
\* part of Steps, and not of Next.
End ==
  /\ asked = {} /\ \A n \in Node : arrived[n] = None /\ pending[n] = {}
  /\ UNCHANGED vars

BeginOrAsk(n) == \E k \in Key : Begin(n, k) \/ \E m \in Node : Ask(n, m, k)
CommitOne(n) == \E w \in pending[n] : Commit(n, w)
ServeOne(n) == \E r \in asked : r.to = n /\ Serve(r)
ReadClock(n) == \E from, to \in Time : Read(n, from, to)

Next ==
  \/ \E to \in Time : Tick(to)
  \/ \E n \in Node :
       \/ ReadClock(n) \/ Arrive(n) \/ BeginOrAsk(n) \/ CommitOne(n) \/ ServeOne(n) \/ Restart(n)
       \/ \E w \in pending[n] : Abandon(n, w)

\* Time goes on, each node reads its clock again and again, and does what it may, also if its
\* process ends again and again.
Fairness ==
  /\ WF_vars(\E to \in Time : Tick(to))
  /\ \A n \in Node : WF_vars(ReadClock(n)) /\ SF_vars(BeginOrAsk(n))
  /\ \A n \in Node : SF_vars(CommitOne(n)) /\ SF_vars(ServeOne(n))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
