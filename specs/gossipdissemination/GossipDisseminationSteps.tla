---------------------- MODULE GossipDisseminationSteps ----------------------
(***************************************************************************)
(* The steps of the nodes in impl/gossipdissemination.                     *)
(***************************************************************************)
EXTENDS GossipDissemination, Steps

\* The observer sees all nodes; the network loses messages. No node of the
\* cluster has one of these names.
Observer == "observer"
Network  == "network"

\* A node of a large cluster records how much it knows; its messages have the
\* rest.
Large == Cardinality(Node) > 8

Owners(n, P(_)) == Cardinality({o \in KnownTo(n) : P(known[n][o])})

Counts(n) ==
  [owners    |-> Cardinality(KnownTo(n)),
   updated   |-> Owners(n, LAMBDA e : e.ver > 0),
   valued    |-> Owners(n, LAMBDA e : e.vals # NoValues),
   suspected |-> Owners(n, LAMBDA e : e.status # "alive")]

View(node) ==
  IF node = Observer THEN [live |-> Members(Up)]
  ELSE IF node = Network THEN [messages |-> Cardinality(msgs)]
  ELSE [generation |-> generation[node],
        known      |-> IF Large THEN Counts(node)
                       ELSE [o \in KnownTo(node) |-> known[node][o]]]

StepsNetwork == msgs

\* A message under way changes no node until the node receives it.
StepsState == <<generation, known>>

StepsNext ==
  \/ \E n \in Arg("node", Node) : Step("Start", [node |-> n], Start(n))
  \/ \E n \in Arg("node", Node), k \in Arg("key", Key), v \in Arg("value", Value) :
       Step("Update", [node |-> n, key |-> k, value |-> v], Update(n, k, v))
  \/ \E n \in Arg("node", Node) : Step("Refute", [node |-> n], Refute(n))
  \/ \E n \in Arg("node", Node) : Step("Leave", [node |-> n], Leave(n))
  \/ \E n \in Arg("node", Node), o \in Arg("other", Node) :
       Step("Suspect", [node |-> n, other |-> o], Suspect(n, o))
  \/ \E n \in Arg("node", Node), o \in Arg("other", Node) :
       Step("DeclareDead", [node |-> n, other |-> o], DeclareDead(n, o))
  \/ \E n \in Arg("node", Node), to \in Arg("to", Node) :
     \E about \in Arg("about", About(n)) :
       Step("Digest", [node |-> n, to |-> to, about |-> about],
            Digest(n, to, about))
  \/ \E m \in Arg("message", msgs) : \E cut \in Arg("truncation", AnswerCuts(m)) :
       Step("Answer", [node |-> m.to, message |-> m, truncation |-> cut], Answer(m, cut))
  \/ \E m \in Arg("message", msgs) : \E cut \in Arg("truncation", MergeCuts(m)) :
       Step("Merge", [node |-> m.to, message |-> m, truncation |-> cut], Merge(m, cut))
  \/ \E n \in Arg("node", Node) : Step("Crash", [node |-> n], Crash(n))
  \/ \E m \in Arg("message", msgs) :
       Step("Lose", [node |-> Network, message |-> m], Lose(m))
  \/ Step("Agree", [node |-> Observer], Agree)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------

\* Cheap enough to be checked after each step of a large cluster.
OwnGenerationIsLast == \A n \in Up : known[n][n].gen = generation[n]

\* The model that is explored: one message is under way, and the one that answers
\* it. Nodes suspect each other between exchanges, and one fault happens at a time.
Explored ==
  /\ \A n, o \in Node :
       generation'[n] + (IF n = o THEN 1 ELSE generation'[o]) <= 3
  /\ \A n, o \in Node : known'[n][o].status \in {"suspect", "dead"} =>
       /\ o \notin Seed /\ known'[n][o].inc = 0 /\ known'[n][o].gen = 1
       /\ generation'[n] = 1 /\ generation'[o] = 1
       /\ known'[o][o].ver <= 1
  /\ \A n \in Node : known'[n][n].ver <= IF n \in Seed THEN 0 ELSE 3 - generation'[n]
  /\ Cardinality(msgs') <= (IF Cardinality(msgs) = 1 THEN 2 ELSE 1)
  /\ \A m \in msgs' \ msgs : m.type = "Digest" => m.whole /\ msgs = {}
  /\ \A n \in Node : IsUp(n) /\ ~IsUp(n)' => \A m \in msgs : m.type = "Delta"
  /\ \A n \in Node :
       LET e == known'[n][n]
       IN  /\ e.ver > 0 => generation'[n] = 1
           /\ e.status = "left" => e.ver = 1
           /\ "y" \in DOMAIN e.vals =>    \* a second value, of a node that all know
                /\ e.vals["y"].ver = 2 /\ \A o \in Node : IsUp(o)'
                /\ \/ "y" \in DOMAIN known[n][n].vals
                   \/ msgs = {} /\ \A o \in Node \ {n} : known[o][n] = known[n][n]
           /\ e.ver > 1 \/ e.status \notin {"alive"} =>
                \A o \in Node : generation'[o] <= 1 /\ (generation'[o] = 1 => IsUp(o)')
           /\ n \in Seed /\ generation'[n] > 1 => \A o \in Node \ {n} : known'[o][o].ver = 0
           /\ \A o \in Node \ {n} :
                known'[n][o].status \in {"suspect", "dead"} =>
                  \/ known'[n][o] = known[n][o]
                  \/ /\ msgs = {} /\ known[n][o].inc = 0 /\ known[n][o].vals = NoValues
                     /\ generation[o] = 1 /\ IsUp(o)
=============================================================================
