---------------------- MODULE GossipDisseminationSteps ----------------------
(***************************************************************************)
(* How the nodes in impl/gossipdissemination speak of their steps.         *)
(***************************************************************************)
EXTENDS GossipDissemination, Steps

Observer == "observer"      \* who sees everything; no node may have this name

View(node) ==
  IF node = Observer THEN [live |-> Members(Up)]
  ELSE [generation |-> generation[node],
        known      |-> [o \in KnownTo(node) |-> known[node][o]]]

StepsNetwork == msgs

StepsNext ==
  \/ \E n \in Arg("node", Node) : Step("Start", [node |-> n], Start(n))
  \/ \E n \in Arg("node", Node), k \in Arg("key", Key), v \in Arg("value", Value) :
       Step("Update", [node |-> n, key |-> k, value |-> v], Update(n, k, v))
  \/ \E n \in Arg("node", Node) : Step("Refute", [node |-> n], Refute(n))
  \/ \E n \in Arg("node", Node) : Step("Leave", [node |-> n], Leave(n))
  \/ \E n \in Arg("node", Node), o \in Arg("other", Node) :
       Step("Suspect", [node |-> n, other |-> o], Suspect(n, o))
  \/ \E n \in Arg("node", Node), o \in Arg("other", Node) :
       Step("Bury", [node |-> n, other |-> o], Bury(n, o))
  \/ \E n \in Arg("node", Node), to \in Arg("to", Node) :
     \E about \in Arg("about", About(n)) :
       Step("Digest", [node |-> n, to |-> to, about |-> about],
            Digest(n, to, about))
  \/ \E m \in Arg("message", msgs) : \E cut \in Arg("cut", AnswerCuts(m)) :
       Step("Answer", [node |-> m.to, message |-> m, cut |-> cut], Answer(m, cut))
  \/ \E m \in Arg("message", msgs) : \E cut \in Arg("cut", MergeCuts(m)) :
       Step("Merge", [node |-> m.to, message |-> m, cut |-> cut], Merge(m, cut))
  \/ \E n \in Arg("node", Node) : Step("Crash", [node |-> n], Crash(n))
  \/ Step("Agree", [node |-> Observer], Agree)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------

\* Cheap enough to be looked at after each step of a large cluster.
Sane == \A n \in Up : known[n][n].gen = generation[n]

\* The model that is explored.
Explored ==
  /\ Few
  /\ \A n, o \in Node : known'[n][o].status \in {"suspect", "dead"} =>
                          generation'[n] = 1 /\ generation'[o] = 1
                          /\ known'[o][o].ver <= 1
=============================================================================
