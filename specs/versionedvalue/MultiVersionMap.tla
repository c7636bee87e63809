--------------------------- MODULE MultiVersionMap ---------------------------
(***************************************************************************)
(* What a versioned value promises to its readers: a function from version *)
(* to the state of the whole map. It grows at its upper end, where each    *)
(* version changes one key at most. It loses versions at its lower end.    *)
(* No version in between ever changes.                                     *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS
  Key, Version,
  Content, Absent    \* what a key can have at a version

VARIABLES
  low,    \* the oldest version that can be read
  now,    \* the newest
  at      \* the map at each version from low to now

vars == <<low, now, at>>

ChangesOneKey(a, b) == \E k \in Key : \A other \in Key \ {k} : a[other] = b[other]

Init == low = 0 /\ now = 0 /\ at = [v \in {0} |-> [k \in Key |-> Absent]]

\* Versions become visible: one, or several at once.
Extend ==
  /\ now' \in Version /\ now' > now /\ low' = low
  /\ at' \in [low .. now' -> [Key -> Content]]
  /\ \A v \in low .. now : at'[v] = at[v]
  /\ \A v \in now + 1 .. now' : ChangesOneKey(at'[v - 1], at'[v])

\* The oldest versions are given up.
Forget ==
  /\ low' \in low + 1 .. now /\ now' = now
  /\ at' = [v \in low' .. now |-> at[v]]

Next == Extend \/ Forget

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

TypeOK ==
  /\ low \in Version /\ now \in Version /\ low <= now
  /\ at \in [low .. now -> [Key -> Content]]

\* Two keys do not change in one version.
OneKeyEach ==
  \A v \in low + 1 .. now : \A k, other \in Key :
    at[v][k] # at[v - 1][k] /\ at[v][other] # at[v - 1][other] => k = other

\* Whatever can be read before and after a step reads the same.
NothingChanges == [][\A v \in DOMAIN at : v >= low' => at'[v] = at[v]]_vars

\* Versions come into view and go out of it in order.
InOrder == [][low' >= low /\ now' >= now]_vars

THEOREM Spec => [](TypeOK /\ OneKeyEach) /\ NothingChanges /\ InOrder
=============================================================================
