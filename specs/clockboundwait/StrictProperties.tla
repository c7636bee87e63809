-------------------------- MODULE StrictProperties --------------------------
(***************************************************************************)
(* What must hold of ClockBoundWait. The judge is the order in which       *)
(* operations begin and end, and the true time.                            *)
(***************************************************************************)
EXTENDS ClockBoundWait

TypeOK ==
  /\ now \in Time /\ ended \in Nat
  /\ earliest \in [Node -> Time] /\ latest \in [Node -> Time]
  /\ fresh \in [Node -> BOOLEAN]
  /\ arrived \in [Node -> {None} \cup 0 .. ended]
  /\ last \in [Node -> Nat]
  /\ \A n \in Node :
       /\ earliest[n] <= latest[n]
       /\ \A w \in pending[n] :
            w.key \in Key /\ w.ver \in 1 .. last[n] /\ w.after \in 0 .. ended
       /\ \A w \in data[n] : w.key \in Key /\ w.ver \in 1 .. ended
  /\ \A r \in asked : {r.from, r.to} \subseteq Node /\ r.key \in Key /\ r.ver <= last[r.from]
  /\ \A r \in served : r.got <= r.ver /\ r.ver <= ended

\* An operation has a greater stamp than all that had ended when it began, on any node.
RealTimeOrder ==
  /\ \A n \in Node : \A w \in pending[n] : w.ver > w.after
  /\ \A r \in asked \cup served : r.ver > r.after

\* No client is told of anything before its stamp has passed by the true time.
EndedIsPast == ended = 0 \/ ended < now

\* No version appears at or below the stamp of a read that was answered, and the answer
\* was the newest there.
ServedStaysTrue ==
  \A r \in served :
    LET old == {v \in Of(r.to, r.key) : v <= r.ver}
    IN  IF r.got = 0 THEN old = {} ELSE r.got \in old /\ \A v \in old : v <= r.got

\* The reader gets all that was acknowledged when it began, or something newer.
AcknowledgedIsRead ==
  \A r \in served : \A v \in Of(r.to, r.key) : v <= r.after => r.got >= v

\* A node gives each stamp once, in ascending order.
StampsIncrease ==
  [][\A n \in Node : \A w \in pending'[n] \ pending[n] :
       \A v \in pending[n] \cup data[n] : v.ver < w.ver]_vars

\* A version was a write that waited. An abandoned one never comes back.
VersionsWereWrites ==
  [][\A n \in Node : /\ data[n] \subseteq data'[n]
                     /\ \A v \in data'[n] \ data[n] : \E w \in pending[n] : v = [key |-> w.key, ver |-> w.ver]]_vars

\* To a client these are registers.
Stamps == 0 .. Max(Time) + 2
Register == INSTANCE StrictRegister WITH
  begun <- arrived, writes <- pending, reads <- asked, Stamp <- Stamps
RefinesStrictRegister == Register!Spec

\* Operations end, if time goes on for long enough behind their stamps.
Enough(stamp) == stamp + Width \in Time \ {Max(Time)}
RequestsGetStamps == \A n \in Node : arrived[n] # None ~> arrived[n] = None
WritesEnd ==
  \A n \in Node, v \in Time :
    Enough(v) => (v \in {w.ver : w \in pending[n]} ~> v \notin {w.ver : w \in pending[n]})
ReadsAreServed ==
  \A n, m \in Node, v \in Time :
    Enough(v) => LET open == \E r \in asked : r.from = n /\ r.to = m /\ r.ver = v IN open ~> ~open

THEOREM Spec => [](TypeOK /\ RealTimeOrder /\ EndedIsPast /\ ServedStaysTrue /\ AcknowledgedIsRead)
THEOREM Spec => StampsIncrease /\ VersionsWereWrites /\ RefinesStrictRegister
THEOREM Spec => RequestsGetStamps /\ WritesEnd /\ ReadsAreServed
=============================================================================
