-------------------------- MODULE MCJoinSemilattice --------------------------
(***************************************************************************)
(* JoinSemilattice of sets. Its actions are conditions on the next state,  *)
(* so the model tries all of them.                                         *)
(***************************************************************************)
EXTENDS JoinSemilattice

Replicas    == {"a", "b"}
Union(x, y) == x \cup y
Adds(x, y)  == x = {1} /\ y = {1, 2}
NoSet       == {}

Elements == {[p \in Part |-> IF p = "a" THEN x ELSE y] :
               x \in SUBSET {1, 2}, y \in {{}, {1}}}

MCNext ==
  \E r \in Part, x, has \in Elements :
    /\ value' = [value EXCEPT ![r] = x]
    /\ made' = has
    /\ Next

MCSpec == Init /\ [][MCNext]_vars

TypeOK == value \in [Part -> Elements] /\ made \in Elements
=============================================================================
