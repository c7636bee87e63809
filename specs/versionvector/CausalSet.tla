------------------------------ MODULE CausalSet ------------------------------
(***************************************************************************)
(* What a replicated set of siblings promises, without vectors: a partial  *)
(* order of writes grows at its upper end. Each replica knows a part of it *)
(* that is closed downwards, and shows the maximal elements of that part.  *)
(* It learns more, and never less.                                         *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS Replica, Write

VARIABLES
  past,     \* of each write that was made: all writes that it saw, with itself
  known,    \* what each replica knows
  shown     \* what it shows to readers

vars == <<past, known, shown>>

Made == DOMAIN past
IsClosed(S) == \A w \in S : past[w] \subseteq S
Maximal(S) == {w \in S : \A v \in S \ {w} : w \notin past[v]}

Init ==
  /\ past = [w \in {} |-> {}]
  /\ known = [r \in Replica |-> {}] /\ shown = known

\* A client has seen a part that is closed, and makes a write on top of it.
Make ==
  /\ \E w \in Write \ Made, seen \in SUBSET Made :
       /\ IsClosed(seen)
       /\ past' = [v \in Made \cup {w} |-> IF v = w THEN seen \cup {w} ELSE past[v]]
  /\ UNCHANGED <<known, shown>>

\* A replica learns of writes, and of all that they saw.
Learn ==
  /\ \E r \in Replica, more \in SUBSET Made :
       /\ known[r] \subseteq more /\ IsClosed(more)
       /\ known' = [known EXCEPT ![r] = more]
       /\ shown' = [shown EXCEPT ![r] = Maximal(more)]
  /\ UNCHANGED past

Next == Make \/ Learn

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ Made \subseteq Write /\ \A w \in Made : w \in past[w] /\ past[w] \subseteq Made
  /\ known \in [Replica -> SUBSET Made] /\ shown \in [Replica -> SUBSET Made]

\* The writes are in a partial order.
PastIsPartialOrder ==
  \A v, w \in Made : /\ v \in past[w] => past[v] \subseteq past[w]
                     /\ v \in past[w] /\ w \in past[v] => v = w

\* Nothing that is shown was seen by another that is shown; and all that is known is shown,
\* or was seen by one that is.
ShownIsAntichain ==
  \A r \in Replica : \A v, w \in shown[r] : v # w => v \notin past[w]
KnownIsNotLost ==
  \A r \in Replica : known[r] = UNION {past[w] : w \in shown[r]}

\* What is hidden stays hidden.
ReplacedStaysReplaced ==
  [][\A r \in Replica : shown'[r] \cap known[r] \subseteq shown[r]]_vars

THEOREM Spec => [](TypeOK /\ PastIsPartialOrder /\ ShownIsAntichain /\ KnownIsNotLost)
THEOREM Spec => ReplacedStaysReplaced
=============================================================================
