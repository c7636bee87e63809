-------------------------- MODULE MCJoinSemilattice --------------------------
(***************************************************************************)
(* JoinSemilattice of sets, which does not say how its variables change, so *)
(* this tries all ways.                                                    *)
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

\* A replica does not lose anything, unless it forgets everything.
OnlyGrows == [][\A r \in Part : Below(value[r], value'[r]) \/ value'[r] = Empty]_vars
=============================================================================
