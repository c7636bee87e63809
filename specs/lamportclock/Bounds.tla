------------------------------- MODULE Bounds -------------------------------
(***************************************************************************)
(* A bound of the models of LamportClock, and of the one that is explored. *)
(***************************************************************************)
EXTENDS LamportClock

RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0
             ELSE LET x == CHOOSE x \in S : TRUE IN f[x] + Sum(f, S \ {x})

\* How often a request arrives is not bounded, so its results must be.
Bounded ==
  /\ Sum([s \in Server |-> Len(log[s])], Server) <= Cardinality(requests)
  /\ Sum([s \in Server |-> Cardinality(owed[s])], Server) + Cardinality(replies)
       <= Cardinality(requests)
=============================================================================
