------------------------ MODULE GenerationClockSteps ------------------------
(***************************************************************************)
(* How the nodes and the store in impl/generationclock speak of their      *)
(* steps. A step that sends says what it sends.                            *)
(***************************************************************************)
EXTENDS Leadership, Steps

View(x) ==
  IF x = Store
  THEN [gen |-> gen[x], entry |-> entry[x], disk |-> disk[x]]
  ELSE [gen |-> gen[x], entry |-> entry[x], disk |-> disk[x],
        role |-> role[x], voted |-> voted[x], votes |-> Members(votes[x])]

Of(type) == {m \in msgs : m.type = type}

StepsNetwork == msgs

\* A message under way changes no node until the node receives it. No step reads the
\* ghost led, which is there for the properties.
StepsState == <<gen, entry, disk, role, voted, votes>>

StepsNext ==
  \/ \E n \in Arg("node", Node) : Step("Stand", [node |-> n], Stand(n))
  \/ \E n \in Arg("node", Node) :
     \E m \in Arg("message", {AskOf(n)}) : Step("Ask", [node |-> n, message |-> m], Ask(n))
  \/ \E n \in Arg("node", Node) :
     \E m \in Arg("message", {GrantOf(n)}) : Step("Grant", [node |-> n, message |-> m], Grant(n))
  \/ \E n \in Arg("node", Node), m \in Arg("message", Of("grant")) :
       Step("Count", [node |-> n, message |-> m], Count(n, m))
  \/ \E n \in Arg("node", Node) : Step("Lead", [node |-> n], Lead(n))
  \/ \E n \in Arg("node", Node) :
     \E m \in Arg("message", {BeatOf(n)}) : Step("Beat", [node |-> n, message |-> m], Beat(n))
  \/ \E n \in Arg("node", Node) :
     \E m \in Arg("message", {OrderOf(n, v) : v \in Value}) :
       Step("Order", [node |-> n, message |-> m], Order(n, m.value))
  \/ \E n \in Arg("node", Node) :
     \E m \in Arg("message", {WriteOf(n, v) : v \in Value}) :
       Step("Write", [node |-> n, message |-> m], Write(n, m.value))
  \/ \E x \in Arg("node", Holder), m \in Arg("message", msgs) :
       Step("Adopt", [node |-> x, message |-> m], Adopt(x, m))
  \/ \E n \in Arg("node", Node), m \in Arg("message", Of("order")) :
       Step("Accept", [node |-> n, message |-> m], Accept(n, m))
  \/ \E m \in Arg("message", Of("write")) :
       Step("Apply", [node |-> Store, message |-> m], Apply(m))
  \/ \E x \in Arg("node", Holder) :
     \E m \in Arg("message", {DoneOf(x)}) :
       Step("Acknowledge", [node |-> x, message |-> m], Acknowledge(x))
  \/ \E x \in Arg("node", Holder), m \in Arg("message", msgs) :
     \E answer \in Arg("answer", {RefusalOf(x, m)}) :
       Step("Refuse", [node |-> x, message |-> m, answer |-> answer], Refuse(x, m))
  \/ \E x \in Arg("node", Holder) : Step("Persist", [node |-> x], Persist(x))
  \/ \E x \in Arg("node", Holder) :
     \E kept \in Arg("kept", Kept(x)) :
       Step("Restart", [node |-> x, kept |-> kept], Restart(x, kept))
  \/ Step("End", [node |-> Store], End)

StepsSpec == Init /\ [][StepsNext]_vars

\* Both leaders have written to the store, which comes to know the later one first.
Fenced ==
  /\ Of("beat") \cup Of("order") \cup Of("done") \cup Of("refused") = {}
  /\ role["n2"] = "leader" /\ gen["n1"] = 2 /\ gen[Store] # 1
  /\ \A n \in Node : disk[n] = Memory(n)

\* The model that is explored: n1 leads by the vote of n2, and then n2 by that of
\* n1. n3 takes no part. One holder at a time has something that is not durable.
Explored ==
  /\ gen["n3"] = 0
  /\ Cardinality({x \in Holder : disk[x] # Memory(x)}) <= 1
  /\ role["n1"] # "follower" => gen["n1"] = 1
  /\ role["n2"] # "follower" => gen["n2"] = 2
  /\ (\E x \in Holder : gen[x] = 2) => led # {}
  /\ Cardinality(Of("beat") \cup Of("order") \cup Of("write")) <= 1 \/ Fenced
  /\ Cardinality(Of("done") \cup Of("refused")) <= 1
=============================================================================
