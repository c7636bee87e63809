--------------------------- MODULE StrictRegister ---------------------------
(***************************************************************************)
(* What Clock-Bound Wait promises, without clocks and waits: registers     *)
(* that are strictly serializable. Each operation has a stamp, above those *)
(* of all operations that had ended when it began. The stamps are the      *)
(* order: a read gets the newest version that is not above its own stamp,  *)
(* and no version appears there later.                                     *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS Node, Key, Stamp

VARIABLES
  begun,    \* the request of each node that has no stamp: the value of ended when it began
  writes,   \* the writes of each node that have a stamp
  reads,    \* the reads that have one
  data,     \* the versions of each node's keys
  served,   \* the reads that have ended, with what they got
  ended     \* the greatest stamp of all operations that have ended

vars == <<begun, writes, reads, data, served, ended>>

None == -1
Greater(a, b) == IF a > b THEN a ELSE b

Init ==
  /\ begun = [n \in Node |-> None] /\ writes = [n \in Node |-> {}] /\ reads = {}
  /\ data = [n \in Node |-> {}] /\ served = {} /\ ended = 0

Start(n) ==
  /\ begun[n] = None
  /\ begun' = [begun EXCEPT ![n] = ended]
  /\ UNCHANGED <<writes, reads, data, served, ended>>

\* The operation takes its place in the order.
Place(n, stamp) ==
  /\ begun[n] # None /\ stamp > begun[n]
  /\ begun' = [begun EXCEPT ![n] = None]
  /\ UNCHANGED <<data, served, ended>>
PlaceWrite(n, k, stamp) ==
  /\ Place(n, stamp)
  /\ \A w \in writes[n] \cup data[n] : w.ver # stamp
  /\ writes' = [writes EXCEPT ![n] = @ \cup {[key |-> k, ver |-> stamp, after |-> begun[n]]}]
  /\ UNCHANGED reads
PlaceRead(n, m, k, stamp) ==
  /\ Place(n, stamp)
  /\ reads' = reads \cup {[from |-> n, to |-> m, key |-> k, ver |-> stamp, after |-> begun[n]]}
  /\ UNCHANGED writes

\* A write ends, if no read has ended that should have seen it.
EndWrite(n, w) ==
  /\ w \in writes[n]
  /\ ~\E r \in served : r.to = n /\ r.key = w.key /\ r.ver >= w.ver
  /\ writes' = [writes EXCEPT ![n] = @ \ {w}]
  /\ data' = [data EXCEPT ![n] = @ \cup {[key |-> w.key, ver |-> w.ver]}]
  /\ ended' = Greater(ended, w.ver)
  /\ UNCHANGED <<begun, reads, served>>

\* A read ends, with the newest version at or below its stamp.
IsNewest(r, got) ==
  LET old == {w.ver : w \in {w \in data[r.to] : w.key = r.key /\ w.ver <= r.ver}}
  IN  (got \in old \/ (got = 0 /\ old = {})) /\ \A v \in old : v <= got
EndRead(r, got) ==
  /\ r \in reads /\ IsNewest(r, got)
  /\ reads' = reads \ {r}
  /\ served' = served \cup {[to |-> r.to, key |-> r.key, ver |-> r.ver, after |-> r.after, got |-> got]}
  /\ ended' = Greater(ended, r.ver)
  /\ UNCHANGED <<begun, writes, data>>

\* Operations of a node are given up, and never end.
GiveUp(n, some) ==
  /\ writes' = [writes EXCEPT ![n] = @ \ some]
  /\ UNCHANGED <<data, served, ended>>
  /\ \/ UNCHANGED <<begun, reads>>
     \/ /\ begun' = [begun EXCEPT ![n] = None]
        /\ reads' = {r \in reads : r.from # n}

Next ==
  \E n \in Node :
    \/ Start(n)
    \/ \E k \in Key, stamp \in Stamp : PlaceWrite(n, k, stamp) \/ \E m \in Node : PlaceRead(n, m, k, stamp)
    \/ \E w \in writes[n] : EndWrite(n, w)
    \/ \E r \in reads : \E got \in {0} \cup {w.ver : w \in data[r.to]} : EndRead(r, got)
    \/ \E some \in SUBSET writes[n] : GiveUp(n, some)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
\* A read that has ended reads the same at all later times.
ServedStaysTrue == \A r \in served : IsNewest(r, r.got)

\* What had ended before an operation began has a smaller stamp.
RealTimeOrder ==
  /\ \A n \in Node : \A w \in writes[n] : w.ver > w.after
  /\ \A r \in reads \cup served : r.ver > r.after

\* So a read gets all that was acknowledged when it began, or something newer.
AcknowledgedIsRead ==
  \A r \in served : \A w \in data[r.to] : w.key = r.key /\ w.ver <= r.after => r.got >= w.ver

THEOREM Spec => [](ServedStaysTrue /\ RealTimeOrder /\ AcknowledgedIsRead)
=============================================================================
