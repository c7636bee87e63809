----------------------------- MODULE MCCausalSet -----------------------------
(***************************************************************************)
(* What CausalSet's model must come to.                                    *)
(***************************************************************************)
EXTENDS CausalSet, FiniteSets

SiblingsAreShown  == \E r \in Replica : shown[r] = {"x", "y"}
WriteReplaces     == \E r \in Replica : shown[r] = {"x"} /\ shown'[r] = {"y"}
OneLearnsBoth ==
  \E r \in Replica : known[r] = {} /\ known'[r] = {"x", "y"} /\ Cardinality(shown'[r]) = 1
ReplicasDiffer    == \E r, s \in Replica : known[r] = {"x"} /\ known[s] = {"y"}
=============================================================================
