-------------------------- MODULE SiblingProperties --------------------------
(***************************************************************************)
(* What must hold of VersionVector. All is judged by the causal histories  *)
(* of the writes: each is the set of the writes that its writer had seen,  *)
(* and of all that those had seen. No step of a replica looks at them.     *)
(***************************************************************************)
EXTENDS VersionVector

Actor == {ActorOf(n, i) : n \in Replica, i \in Incarnation}
Floors == {Floor(n) : n \in Replica}
Written == DOMAIN writes
Messages(type) == {m \in msgs : m.type = type}
States == {store[n] : n \in Replica} \cup {disk[n] : n \in Replica} \cup {r.state : r \in replies}
            \cup {m.state : m \in Messages("state")}

IsState(s) ==
  /\ DOMAIN s \subseteq Actor \cup Floors
  /\ \A a \in DOMAIN s :
       /\ ~IsPruned(ContextOf(s), a) /\ (a \in Floors => s[a].vals = <<>>)
       /\ s[a].n > 0 /\ Len(s[a].vals) <= s[a].n
       /\ \A i \in 1 .. Len(s[a].vals) : s[a].vals[i] \in Written
TypeOK ==
  /\ \A s \in States : IsState(s)
  /\ DOMAIN store = Replica /\ DOMAIN disk = Replica /\ NoReply \in replies
  /\ latest \in [Replica -> [Replica -> Incarnation]] /\ heard \in [Replica -> SUBSET Replica]
  /\ \A m \in msgs : m.latest \in [Replica -> Incarnation]
  /\ \A m \in msgs : m.type \in {"ask", "state"} /\ {m.from, m.to} \subseteq Replica /\ m.from # m.to
  /\ \A m \in Messages("ask") :
       DOMAIN m.context \subseteq Actor \cup Floors /\ \A a \in DOMAIN m.context : m.context[a] > 0
  /\ Written \subseteq Value
  /\ \A v \in Written : writes[v].actor \in Actor /\ writes[v].number > 0
                        /\ v \in writes[v].past /\ writes[v].past \subseteq Written
  /\ told \subseteq Written

\* No sibling was seen by the writer of another.
SiblingsAreAntichain ==
  \A s \in States : \A v, w \in Values(s) : v # w => v \notin writes[w].past

\* Each value stands where its dot says.
ValuesHaveTheirDots ==
  \A s \in States : \A a \in DOMAIN s : \A i \in 1 .. Len(s[a].vals) :
    LET w == writes[s[a].vals[i]] IN w.actor = a /\ w.number = Replaced(s[a]) + i

\* A context has exactly the histories of the siblings beside it: nothing is missing, so
\* that the next write replaces all of them, and nothing is there that was not seen. Only what
\* a pruned actor had written before its crash, and no replica has, may be there too.
Covered(v) ==
  {w \in Written : writes[w].number <= Count(v, writes[w].actor) \/ IsPruned(v, writes[w].actor)}
Shown == UNION {Values(store[n]) \cup Values(disk[n]) : n \in Replica}
LostBefore(v) == {w \in Written \ Shown : IsPruned(v, writes[w].actor)}
ContextIsHistory ==
  \A s \in States :
    LET v == ContextOf(s)
    IN  Past(s) \subseteq Covered(v) /\ Covered(v) \subseteq Past(s) \cup LostBefore(v)

\* The order of the vectors is the inclusion of the histories.
OrderIsInclusion ==
  \A s, t \in States :
    LET v == ContextOf(s)
        w == ContextOf(t)
    IN  /\ ~IsBehind(v, w) => Past(t) \subseteq Past(s) \cup LostBefore(v)
        /\ Past(t) \subseteq Past(s) => ~IsBehind(v, [a \in DOMAIN w \ Floors |-> w[a]])

\* A write of which a client was told is durable somewhere, or a write that saw it is.
NoLostUpdate == told \subseteq UNION {Past(disk[n]) : n \in Replica}

\* A replica learns, and forgets nothing. A value that it knows to be replaced does not
\* come back.
Grows(s, t) == Past(s) \subseteq Past(t)' /\ Values(t)' \cap Past(s) \subseteq Values(s)
StateGrows ==
  [][\A n \in Replica : /\ Grows(disk[n], disk[n])
                        /\ latest'[n][n] = latest[n][n] => Grows(store[n], store[n])]_vars

\* To its readers a replica is a set of maximal elements.
Set == INSTANCE CausalSet WITH
  Write <- Value,
  past  <- [v \in Written |-> writes[v].past],
  known <- [n \in Replica |-> Past(disk[n])],
  shown <- [n \in Replica |-> Values(disk[n])]
RefinesCausalSet == Set!Spec

\* When writes stop, all replicas come to have the same, and all of it is durable.
Converges == <>[](\A n, o \in Replica : disk[n] = disk[o] /\ store[n] = disk[n])

THEOREM Spec => [](TypeOK /\ SiblingsAreAntichain /\ ValuesHaveTheirDots)
THEOREM Spec => [](ContextIsHistory /\ OrderIsInclusion /\ NoLostUpdate)
THEOREM Spec => StateGrows /\ RefinesCausalSet
THEOREM Spec => Converges
=============================================================================
