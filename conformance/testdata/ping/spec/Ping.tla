-------------------------------- MODULE Ping --------------------------------
(* Nodes that count what they get from each other over a network that loses  *)
(* and repeats: for the tests of pictures.                                   *)
EXTENDS Naturals, FiniteSets

CONSTANT Node

VARIABLES sent, got, net
vars == <<sent, got, net>>

Init ==
  /\ sent = [n \in Node |-> 0]
  /\ got = [n \in Node |-> 0]
  /\ net = {}

\* A message counts once.
IsNew(m) == m.number > got[m.to]

Send(n, to) ==
  /\ n # to
  /\ sent[n] < 2
  /\ sent' = [sent EXCEPT ![n] = @ + 1]
  /\ net' = net \cup {[type |-> "Ping", from |-> n, to |-> to, number |-> sent[n] + 1]}
  /\ UNCHANGED got

Receive(m) ==
  /\ m \in net
  /\ IsNew(m)
  /\ got' = [got EXCEPT ![m.to] = @ + 1]
  /\ UNCHANGED <<sent, net>>

Lose(m) ==
  /\ m \in net
  /\ net' = net \ {m}
  /\ UNCHANGED <<sent, got>>

Next ==
  \/ \E n, to \in Node : Send(n, to)
  \/ \E m \in net : Receive(m) \/ Lose(m)

Spec == Init /\ [][Next]_vars

NoneTwice == \A n \in Node : got[n] <= sent["a"] + sent["b"] - sent[n]
=============================================================================
