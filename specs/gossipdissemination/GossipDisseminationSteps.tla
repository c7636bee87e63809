---------------------- MODULE GossipDisseminationSteps ----------------------
(***************************************************************************)
(* How the nodes in impl/gossipdissemination speak of their steps.         *)
(***************************************************************************)
EXTENDS GossipDissemination, Steps

\* Who sees everything, and where things get lost; no nodes have these names.
Observer == "observer"
World    == "world"

\* Of a large cluster a node logs how much it knows, not what; its messages say
\* that.
Large == Cardinality(Node) > 8

Owners(n, P(_)) == Cardinality({o \in KnownTo(n) : P(known[n][o])})

Counts(n) ==
  [owners  |-> Cardinality(KnownTo(n)),
   told    |-> Owners(n, LAMBDA e : e.ver > 0),
   valued  |-> Owners(n, LAMBDA e : e.vals # Nothing),
   doubted |-> Owners(n, LAMBDA e : e.status # "alive")]

View(node) ==
  IF node = Observer THEN [live |-> Members(Up)]
  ELSE IF node = World THEN [messages |-> Cardinality(msgs)]
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
  \/ \E m \in Arg("message", msgs) :
       Step("Lose", [node |-> World, message |-> m], Lose(m))
  \/ Step("Agree", [node |-> Observer], Agree)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------

\* Cheap enough to be looked at after each step of a large cluster.
Sane == \A n \in Up : known[n][n].gen = generation[n]

\* The model that is explored: one message is under way, and the one that answers
\* it. What nodes think of each other they think in between, and one thing goes
\* wrong at a time.
Explored ==
  /\ Few
  /\ Cardinality(msgs') <= (IF Cardinality(msgs) = 1 THEN 2 ELSE 1)
  /\ \A m \in msgs' \ msgs : m.type = "Digest" => m.whole /\ msgs = {}
  /\ \A n \in Node : IsUp(n) /\ ~IsUp(n)' => \A m \in msgs : m.type = "Delta"
  /\ \A n \in Node :
       LET e == known'[n][n]
       IN  /\ e.ver > 0 => generation'[n] = 1
           /\ e.status = "left" => e.ver = 1
           /\ e.ver > 1 \/ e.status \notin {"alive"} =>
                \A o \in Node : generation'[o] <= 1 /\ (generation'[o] = 1 => IsUp(o)')
           /\ n \in Seed /\ generation'[n] > 1 => \A o \in Node \ {n} : known'[o][o].ver = 0
           /\ \A o \in Node \ {n} :
                known'[n][o].status \in {"suspect", "dead"} =>
                  \/ known'[n][o] = known[n][o]
                  \/ /\ msgs = {} /\ known[n][o].inc = 0 /\ known[n][o].vals = Nothing
                     /\ generation[o] = 1 /\ IsUp(o)
=============================================================================
