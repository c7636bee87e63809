-------------------------- MODULE MCStrictRegister --------------------------
(***************************************************************************)
(* The bound of StrictRegister's model: n1 has the key, two operations.    *)
(***************************************************************************)
EXTENDS StrictRegister, FiniteSets

Few ==
  /\ Cardinality(writes["n1"] \cup data["n1"]) + Cardinality(reads) + Cardinality(served) <= 2
  /\ writes["n2"] \cup data["n2"] = {} /\ \A r \in reads \cup served : r.to = "n1"
=============================================================================
