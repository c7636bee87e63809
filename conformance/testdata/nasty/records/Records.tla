------------------------------ MODULE Records -------------------------------
(* Nested records, sequences of records, sets as they are logged, and values  *)
(* that are empty.                                                            *)
EXTENDS Naturals, Sequences

VARIABLES box, list, marks
vars == <<box, list, marks>>

Node == {"a", "b"}
Empty == [inner |-> [n |-> 0, deep |-> [on |-> FALSE, words |-> <<>>]]]
Value == {[inner |-> [n |-> n, deep |-> [on |-> TRUE, words |-> w]]] :
            n \in {0, 1}, w \in {<<>>, <<"x", "y">>}}

Init == box = [n \in Node |-> Empty] /\ list = <<>> /\ marks = {}

Put(n, v) == box' = [box EXCEPT ![n] = v] /\ UNCHANGED <<list, marks>>

Keep(n) == /\ list = <<>> /\ list' = list \o <<box[n].inner>>
           /\ UNCHANGED <<box, marks>>

Mark(n, m) == marks' = marks \cup {m} /\ UNCHANGED <<box, list>>

Clear(n, all) == /\ list' = IF all THEN <<>> ELSE list
                 /\ marks' = {} /\ UNCHANGED box
=============================================================================
