------------------------------ MODULE Mutants ------------------------------
(* One place for each way in which a spec can be mutated. *)
EXTENDS Base

CONSTANT Limit

Init ==
  /\ count = 0
  /\ color = "red"

Colors == {"red", "green"}

Add ==
  /\ count < Limit
  /\ MayAdd
  /\ count' = count + 1
  /\ color' = IF color = "red" THEN "green" ELSE "red"   \* not { < }

Reset ==
  /\ count # 0 /\ \A c \in Colors :
                    \/ c = color
                    \/ c # color
  /\ count' = 0
  /\ UNCHANGED color

Next == Add \/ Reset

Spec ==
  /\ Init /\ [][Next]_vars
  /\ WF_vars(Add)
  /\ SF_vars(Reset)

(* Not reached: *)
Bounded == count <= Limit /\ color \in Colors
Elsewhere == count' = count + 1
=============================================================================
