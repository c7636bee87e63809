----------------------------- MODULE Arguments ------------------------------
(* Nodes that are integers, nodes that a variable names, and one step under   *)
(* different arguments. The model has a bound beyond which the spec goes on.  *)
EXTENDS Naturals

VARIABLES leader, term, votes
vars == <<leader, term, votes>>

Node == 1 .. 3

Init == leader = 1 /\ term = 0 /\ votes = [n \in Node |-> 0]

Elect(n) == /\ n # leader /\ leader' = n /\ term' = term + 1
            /\ votes' = [votes EXCEPT ![n] = @ + 1]

Give(m) == /\ votes[leader] > 0 /\ m # leader
           /\ votes' = [votes EXCEPT ![leader] = @ - 1, ![m] = @ + 1]
           /\ UNCHANGED <<leader, term>>

Drop == votes[leader] > 0 /\ votes' = [votes EXCEPT ![leader] = 0] /\ UNCHANGED <<leader, term>>

Wait == UNCHANGED vars

Few == term <= 3
=============================================================================
