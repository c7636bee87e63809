--------------------------- MODULE HeartBeatSteps ---------------------------
(***************************************************************************)
(* How the code in impl/heartbeat records its steps, and its harness those *)
(* of the environment.                                                     *)
(***************************************************************************)
EXTENDS HeartBeat, Steps

Environment == "environment"     \* the node of the steps that no node takes

View(node) ==
  IF node = Environment
  THEN [now      |-> now,
        calm     |-> calm,
        alive    |-> Members(alive),
        paused   |-> Members(paused),
        wall     |-> wall,
        messages |-> Cardinality(messages),
        owed     |-> Cardinality({x \in messages : x.owed})]
  ELSE [incarnation |-> incarnation[node],
        sequence    |-> sequence[node],
        sent        |-> sent[node],
        busy        |-> node \in busy,
        lastCheck   |-> IF node \in Watcher THEN lastCheck[node] ELSE 0,
        peers       |-> IF node \in Watcher
                          THEN peer[node]
                          ELSE [t \in {} |-> 0]]

Message == {x.m : x \in messages}
StepsNetwork == Message

\* A message under way changes no node until it is received. No step reads awake.
StepsState == <<now, calm, disturbed, alive, paused, wall,
                incarnation, sequence, sent, busy, lastCheck, peer>>

StepsNext ==
  \/ \E to \in Arg("to", now + 1 .. now + Leap) :
       Step("Tick", [node |-> Environment, to |-> to], Tick(to - now))
  \/ Step("Calm", [node |-> Environment], Calm)
  \/ \E n \in Arg("target", Node) :
       Step("Pause", [node |-> Environment, target |-> n], Pause(n))
  \/ \E n \in Arg("target", Node) :
       Step("Resume", [node |-> Environment, target |-> n], Resume(n))
  \/ \E n \in Arg("target", Node) : \E offset \in Arg("offset", Offset) :
       Step("SetClock", [node |-> Environment, target |-> n, offset |-> offset],
            SetClock(n, offset))
  \/ \E n \in Arg("target", Node) :
       Step("Crash", [node |-> Environment, target |-> n], Crash(n))
  \/ \E m \in Arg("message", Message) :
       Step("Lose", [node |-> Environment, message |-> m], Lose(m))
  \/ Step("End", [node |-> Environment], End)
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

IsConsistent ==
  /\ calm /\ now - disturbed > Bound => AllRight
  /\ \A o \in Watcher : \A t \in Watched(o) \cap alive :
       peer[o][t].incarnation = incarnation[t] => peer[o][t].sequence <= sequence[t]

\* Not infinitely many heartbeats before time goes on.
OneAtATime ==
  \A n \in Sender : sequence'[n] > sequence[n] => sent'[n] # sent[n]

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

\* Nothing goes wrong, and each heartbeat is heard: so it can come to an end at which
\* the peer must be up.
Healthy ==
  /\ calm /\ Wrong = 0
  /\ \A n \in Sender : sent[n] = sequence[n]
  /\ \A x \in messages : x.owed \/ \A o \in Watcher : peer[o][x.m.from].sequence = x.m.sequence

\* A message arrives before time goes on, or a later one overtakes it.
Overtaking ==
  /\ calm /\ Wrong = 0 /\ now <= 2
  /\ \A n \in Sender : sent[n] = sequence[n]

\* Long enough for an end, and for a silent peer to be marked down after a pause.
Horizon == CASE calm -> Bound + 1 [] paused = Watcher -> 5 [] OTHER -> 4

Explored ==
  /\ now <= Horizon /\ disturbed = 0
  /\ Wrong <= 1 \/ (now = 0 /\ \A n \in Node : incarnation[n] <= 1)
  /\ \A n \in Node : incarnation[n] <= 2
  /\ \A n \in Sender : sequence[n] <= IF Healthy THEN 6 ELSE 2
  /\ \A x \in messages : x.by \in {Never, now + Delay} \/ Overtaking
  /\ Cardinality(messages) <= IF Overtaking \/ \E n \in Sender : incarnation[n] > 1 THEN 2 ELSE 1
  /\ Brief => now <= 1 /\ \A x \in messages : x.m.to \notin alive
=============================================================================
