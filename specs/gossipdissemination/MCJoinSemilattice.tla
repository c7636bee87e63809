-------------------------- MODULE MCJoinSemilattice --------------------------
(***************************************************************************)
(* JoinSemilattice of sets. Its actions are conditions on the next state,  *)
(* so the model tries all of them.                                         *)
(***************************************************************************)
EXTENDS JoinSemilattice

Replicas    == {"a", "b"}
Union(x, y) == x \cup y
Adds(x, y)  == x = {1} /\ 2 \in y
NoSet       == {}

Elements == {[p \in Part |-> IF p = "a" THEN x ELSE y] :
               x \in SUBSET {1, 2}, y \in {{}, {1}}}

MCNext ==
  \E r \in Part, x, has \in Elements :
    /\ value' = [value EXCEPT ![r] = x]
    /\ made' = has
    /\ Next

MCSpec == Init /\ [][MCNext]_vars

\* Replica r forms an opinion on the maker of part p.
Judges(r, p) == r # p /\ value[r][p] = {1} /\ value'[r][p] = {1, 2}

\* What is made is held, by its maker or by the replica that judges. A replica does not
\* learn in the same step.
MakersMake ==
  [][\A p \in Part :
       made'[p] \ made[p] # {} =>
         \E r \in Part :
           /\ r = p \/ Judges(r, p)
           /\ made'[p] = made[p] \cup value'[r][p]
           /\ \A q \in Part \ {p} : value'[r][q] = value[r][q] /\ made'[q] = made[q]]_vars

\* What the model must come to.
MakesMore      == \E r \in Part : made'[r] # made[r] /\ value[r][r] # {} /\ value'[r][r] = made'[r]
JudgesAnother  == \E r, p \in Part : Judges(r, p) /\ made'[p] # made[p]
LearnsAnother  == \E r, p \in Part : r # p /\ value[r][p] # value'[r][p] /\ made' = made
LosesAndForgets == \E r \in Part : value[r] # Empty /\ value'[r] = Empty /\ made' # made

TypeOK == value \in [Part -> Elements] /\ made \in Elements

THEOREM MCSpec => []TypeOK /\ MakersMake
=============================================================================
