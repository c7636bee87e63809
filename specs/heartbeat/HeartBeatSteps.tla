--------------------------- MODULE HeartBeatSteps ---------------------------
(***************************************************************************)
(* How the code in impl/heartbeat speaks of its steps, and how those who   *)
(* run it speak of what the world does.                                    *)
(***************************************************************************)
EXTENDS HeartBeat, Steps

World == "world"     \* the node of what no node does

View(node) ==
  IF node = World
  THEN [now      |-> now,
        calm     |-> calm,
        alive    |-> Members(alive),
        paused   |-> Members(paused),
        wall     |-> wall,
        messages |-> Cardinality(messages)]
  ELSE [incarnation |-> incarnation[node],
        sequence    |-> sequence[node],
        sent        |-> sent[node],
        busy        |-> node \in busy,
        lastCheck   |-> IF node \in Watcher THEN lastCheck[node] ELSE 0,
        peers       |-> IF node \in Watcher
                          THEN peer[node]
                          ELSE [t \in {} |-> 0]]

Message == {x.m : x \in messages}

\* A message under way changes no node until the node receives it.
StepsState == <<now, calm, disturbed, alive, paused, wall,
                incarnation, sequence, sent, busy, lastCheck, peer, awake>>

StepsNext ==
  \/ \E to \in Arg("to", now + 1 .. now + Leap) :
       Step("Tick", [node |-> World, to |-> to], Tick(to - now))
  \/ Step("Calm", [node |-> World], Calm)
  \/ \E n \in Arg("who", Node) :
       Step("Pause", [node |-> World, who |-> n], Pause(n))
  \/ \E n \in Arg("who", Node) :
       Step("Resume", [node |-> World, who |-> n], Resume(n))
  \/ \E n \in Arg("who", Node) : \E offset \in Arg("offset", Offset) :
       Step("SetClock", [node |-> World, who |-> n, offset |-> offset],
            SetClock(n, offset))
  \/ \E n \in Arg("who", Node) :
       Step("Crash", [node |-> World, who |-> n], Crash(n))
  \/ \E m \in Arg("message", Message) :
       Step("Lose", [node |-> World, message |-> m], Lose(m))
  \/ Step("End", [node |-> World], End)
  \/ \E n \in Arg("node", Node) :
       Step("Start", [node |-> n, at |-> Reading(n)], Start(n))
  \/ \E n \in Arg("node", Node) :
       Step("Send", [node |-> n, at |-> Reading(n)], Send(n))
  \/ \E n \in Arg("node", Node) : Step("Block", [node |-> n], Block(n))
  \/ \E n \in Arg("node", Node) : Step("Unblock", [node |-> n], Unblock(n))
  \/ \E m \in Arg("message", Message) : \E window \in Arg("window", 1 .. Ceiling) :
       Step("Receive", [node |-> m.to, at |-> Reading(m.to), message |-> m,
                        window |-> window], Receive(m, window))
  \/ \E m \in Arg("message", Message) :
       Step("Ignore", [node |-> m.to, message |-> m], Ignore(m))
  \/ \E o \in Arg("node", Watcher) :
       Step("Check", [node |-> o, at |-> Reading(o)], Check(o))
  \/ \E o \in Arg("node", Watcher) :
       Step("Forgive", [node |-> o, at |-> Reading(o)], Forgive(o))

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after every step.                  *)

Sane == Settled /\ HeardIsSent

\* The model that is explored: one thing goes wrong at a time, and what does not
\* depend on how long it lasts does so at the beginning.
Wrong ==
  Cardinality(paused) + Cardinality(busy) + Cardinality(Node \ alive)
    + Cardinality({n \in Node : wall[n] # 0})
    + Cardinality({n \in Node : incarnation[n] > 1})

Brief ==
  \/ \E n \in Node : wall[n] # 0 \/ incarnation[n] = 0
  \/ \E o \in Watcher : o \notin alive \/ incarnation[o] > 1
  \/ busy # {}

Explored ==
  /\ now <= 4 /\ disturbed = 0
  /\ Wrong <= 1 \/ (now = 0 /\ \A n \in Node : incarnation[n] <= 1)
  /\ \A n \in Node : incarnation[n] <= 2
  /\ \A n \in Sender : sequence[n] <= 2
  /\ Few(IF \E n \in Sender : incarnation[n] > 1 THEN 2 ELSE 1)
  /\ Brief => now <= 1 /\ messages = {}
=============================================================================
