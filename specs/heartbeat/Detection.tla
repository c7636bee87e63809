----------------------------- MODULE Detection -----------------------------
(***************************************************************************)
(* What must hold of HeartBeat.                                            *)
(***************************************************************************)
EXTENDS HeartBeat

TypeOK ==
  /\ now \in Nat /\ disturbed \in 0 .. now /\ calm \in BOOLEAN
  /\ alive \subseteq Node /\ paused \subseteq alive /\ busy \subseteq alive
  /\ calm => paused = {}
  /\ wall \in [Node -> Offset]
  /\ \A x \in messages :
       /\ DOMAIN x = {"m", "by", "owed"}
       /\ x.m.from \in Sender /\ x.m.to \in Watcher \ {x.m.from}
       /\ x.m.incarnation \in 1 .. incarnation[x.m.from]
       /\ x.m.incarnation = incarnation[x.m.from] /\ x.m.from \in alive
            => x.m.sequence \in 1 .. sequence[x.m.from]
       /\ IF calm THEN x.by \in now .. now + Delay ELSE x.by = Never
       /\ x.owed \in BOOLEAN
  /\ incarnation \in [Node -> Nat]
  /\ sequence \in [Node -> Nat]
  /\ \A n \in Node : n \in alive => incarnation[n] > 0
  /\ sent \in [Node -> 0 .. now]
  /\ lastCheck \in [Watcher -> 0 .. now] /\ awake \in [Watcher -> 0 .. now]
  /\ \A o \in Watcher : peer[o] \in
       [Watched(o) -> [incarnation : Nat, sequence : Nat, heard : 0 .. now,
                       window : Floor .. Ceiling, status : {"up", "down"}]]

\* The promise with a number: no watcher is wrong later than Bound after the
\* last disturbance.
Settled ==
  calm /\ now - disturbed > Delay + Ceiling + CheckEvery =>
    \A o \in Watcher \cap alive : \A t \in Watched(o) :
      peer[o][t].status = IF t \in alive THEN "up" ELSE "down"

\* A peer that is marked down was silent for long enough while the watcher was
\* awake, by the true time.
Justified ==
  [][\A o \in Watcher : \A t \in Watched(o) :
       peer[o][t].status = "up" /\ peer'[o][t].status = "down" =>
         /\ now - peer[o][t].heard >= Floor
         /\ now - awake'[o] >= Floor]_vars

\* In a calm environment no peer is marked down that was heard as lately as it must be.
RecentStaysUp ==
  [][\A o \in Watcher : \A t \in Watched(o) \cap alive :
       calm /\ now - peer[o][t].heard <= Interval + Delay /\ peer[o][t].status = "up"
         => peer'[o][t].status = "up"]_vars

\* A watcher that stood still marks no peer down that works, and of which a heartbeat
\* waits for it.
WaitingHeartbeatCounts ==
  [][\A o \in Watcher : \A t \in Watched(o) \cap (alive \ paused) :
       /\ now - awake'[o] < Floor
       /\ \E x \in messages : /\ x.m.from = t /\ x.m.to = o
                              /\ x.m.incarnation = incarnation[t]
                              /\ \/ x.m.incarnation > peer[o][t].incarnation
                                 \/ x.m.sequence > peer[o][t].sequence
       => ~(peer[o][t].status = "up" /\ peer'[o][t].status = "down")]_vars

\* A peer that was marked down is up again only after a heartbeat that the
\* watcher had not heard.
UpByHeartbeat ==
  [][\A o \in Watcher \cap alive : \A t \in Watched(o) :
       peer[o][t].status = "down" /\ peer'[o][t].status = "up" /\ o \in alive' =>
         \E x \in messages :
           /\ x.m.from = t /\ x.m.to = o
           /\ \/ x.m.incarnation > peer[o][t].incarnation
              \/ /\ x.m.incarnation = peer[o][t].incarnation
                 /\ x.m.sequence > peer[o][t].sequence]_vars

\* A peer that has crashed stays down, unless it has sent more than was heard of it.
CrashedStaysDown ==
  [][\A o \in Watcher \cap alive : \A t \in Watched(o) \ alive :
       /\ peer[o][t].status = "down"
       /\ \A x \in messages : x.m.from = t /\ x.m.to = o =>
            /\ x.m.incarnation <= peer[o][t].incarnation
            /\ x.m.incarnation = peer[o][t].incarnation =>
                 x.m.sequence <= peer[o][t].sequence
       => o \notin alive' \/ peer'[o][t].status = "down"]_vars

\* The numbers that a watcher has heard of a peer never go back.
HeardGrows ==
  [][\A o \in Watcher \cap alive \cap alive' : \A t \in Watched(o) :
       LET p == peer[o][t]  q == peer'[o][t]
       IN  \/ q.incarnation > p.incarnation
           \/ q.incarnation = p.incarnation /\ q.sequence >= p.sequence]_vars

\* A step changes the state of one node at most.
Changes(n) ==
  \/ <<incarnation[n], sequence[n], sent[n]>>' # <<incarnation[n], sequence[n], sent[n]>>
  \/ n \in Watcher /\ <<lastCheck[n], peer[n]>>' # <<lastCheck[n], peer[n]>>
OneNodeAtATime ==
  [][\A n, other \in Node : Changes(n) /\ Changes(other) => n = other]_vars

\* A node that is down knows nothing.
DownKnowsNothing ==
  /\ \A n \in Sender \ alive : sequence[n] = 0 /\ sent[n] = 0
  /\ \A o \in Watcher \ alive :
       /\ lastCheck[o] = 0 /\ awake[o] = 0
       /\ \A t \in Watched(o) : /\ peer[o][t].incarnation = 0 /\ peer[o][t].sequence = 0
                                /\ peer[o][t].heard = 0 /\ peer[o][t].status = "up"

\* It takes no step either.
DownIsStill ==
  [][\A n \in Node \ (alive \cup alive') :
       /\ <<incarnation[n], sequence[n], sent[n]>>' = <<incarnation[n], sequence[n], sent[n]>>
       /\ n \in Watcher =>
            <<lastCheck[n], peer[n], awake[n]>>' = <<lastCheck[n], peer[n], awake[n]>>]_vars

\* A peer's heartbeats are its own, not those of another incarnation.
HeardIsSent ==
  \A o \in Watcher : \A t \in Watched(o) \cap alive :
    peer[o][t].incarnation = incarnation[t] => peer[o][t].sequence <= sequence[t]

\* Where all that is due was just done, time may pass.
TimeMayPass ==
  /\ \A n \in Sender \cap Synchronous : sent[n] = now
  /\ \A o \in Watcher \cap Synchronous : lastCheck[o] = now
  /\ \A x \in messages : ~x.owed
  => ENABLED Tick(1)

\* No process waits so long that time could not go on without it.
TimeGoesOn == []<><<\E d \in 1 .. Leap : Tick(d)>>_vars

CrashIsNoticed ==
  \A o \in Watcher : \A t \in Watched(o) :
    t \notin alive ~> \/ peer[o][t].status = "down"
                      \/ t \in alive \/ o \notin alive

Detector == INSTANCE EventuallyPerfect WITH
  running   <- alive,
  suspected <- [o \in Watcher |->
                  {t \in Watched(o) : peer[o][t].status = "down"}]

RefinesEventuallyPerfect == Detector!Spec

\* The core knows no windows, and a message has a deadline only as long as it is owed.
Core == INSTANCE TimeoutDetector WITH
  peer     <- [o \in Watcher |-> [t \in Watched(o) |->
                [incarnation |-> peer[o][t].incarnation, sequence |-> peer[o][t].sequence,
                 heard |-> peer[o][t].heard, status |-> peer[o][t].status]]],
  messages <- {[from |-> x.m.from, to |-> x.m.to, incarnation |-> x.m.incarnation,
                sequence |-> x.m.sequence, by |-> IF x.owed THEN x.by ELSE Never] :
                 x \in messages}
RefinesTimeoutDetector == Core!Spec

THEOREM Spec => [](TypeOK /\ HeardIsSent /\ DownKnowsNothing)
THEOREM Spec => [](Settled /\ TimeMayPass)
THEOREM Spec => RecentStaysUp /\ WaitingHeartbeatCounts /\ CrashedStaysDown
THEOREM Spec => Justified /\ UpByHeartbeat /\ HeardGrows /\ OneNodeAtATime /\ DownIsStill
THEOREM Spec => TimeGoesOn /\ CrashIsNoticed
THEOREM Spec => RefinesTimeoutDetector /\ RefinesEventuallyPerfect
=============================================================================
