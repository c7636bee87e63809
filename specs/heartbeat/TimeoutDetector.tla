--------------------------- MODULE TimeoutDetector ---------------------------
(***************************************************************************)
(* The core of HeartBeat: a sender numbers its heartbeats, and a watcher   *)
(* suspects a peer of which it has heard nothing new for a whole window.   *)
(* Until an unknown moment (Calm) messages are lost and late, and so are   *)
(* the nodes. After it all that is due is done.                            *)
(*                                                                         *)
(* It refines EventuallyPerfect, and HeartBeat refines it: with clocks     *)
(* that are set, nodes that stand still or wait for their disk, and        *)
(* windows that are learnt. Here each check may choose any within bounds.  *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Sender, Watcher,       \* a node may be both
  Interval, CheckEvery,  \* a node sends, and checks all peers, at least so often
  Tolerance,             \* a check that is later than this suspects no peer
  Delay,                 \* a message takes at most so long, once all is calm
  Floor, Ceiling,        \* the least and the largest window
  Leap                   \* the longest that one Tick lets pass

Node == Sender \cup Watcher
Watched(o) == Sender \ {o}
ASSUME WindowIsLong == Interval + Delay < Floor /\ Floor <= Ceiling

VARIABLES
  now, calm,    \* the time; and whether all that is due is done from now on
  alive,        \* the nodes that run
  incarnation,  \* by node: how often it was started; only this is durable
  sequence,     \* by node: how many heartbeats this incarnation has sent
  sent,         \* by node: the time of the last one, or of the start
  lastCheck,    \* by watcher: the time of its last check, or of the start
  peer,         \* by watcher and sender: what the watcher knows of it
  messages      \* those under way; each may arrive any number of times

environment == <<now, calm, alive>>
sender      == <<incarnation, sequence, sent>>
watcher     == <<lastCheck, peer>>
vars        == <<environment, sender, watcher, messages>>
Unheard(at) == [incarnation |-> 0, sequence |-> 0, heard |-> at, status |-> "up"]
Never == -1    \* the deadline of a message that need not arrive

Init ==
  /\ now = 0 /\ calm = FALSE /\ alive = {} /\ messages = {}
  /\ incarnation = [n \in Node |-> 0] /\ sequence = incarnation /\ sent = incarnation
  /\ lastCheck = [o \in Watcher |-> 0]
  /\ peer = [o \in Watcher |-> [t \in Watched(o) |-> Unheard(0)]]
-----------------------------------------------------------------------------
SomeAreLost == /\ messages' \in SUBSET messages
               /\ \A m \in messages : m.by # Never => m \in messages'
Lose == SomeAreLost /\ UNCHANGED <<environment, sender, watcher>>

Tick(to) ==
  /\ calm => /\ \A n \in Sender \cap alive : to - sent[n] <= Interval
             /\ \A o \in Watcher \cap alive : to - lastCheck[o] <= CheckEvery
  /\ \A m \in messages : m.by # Never => to <= m.by
  /\ now' = to /\ SomeAreLost
  /\ UNCHANGED <<calm, alive, sender, watcher>>

Calm == ~calm /\ calm' = TRUE /\ UNCHANGED <<now, alive, sender, watcher, messages>>

Forgets(n, at) ==
  /\ sequence' = [sequence EXCEPT ![n] = 0] /\ sent' = [sent EXCEPT ![n] = at]
  /\ lastCheck' = [o \in Watcher |-> IF o = n THEN at ELSE lastCheck[o]]
  /\ peer' = [o \in Watcher |-> IF o = n THEN [t \in Watched(o) |-> Unheard(at)] ELSE peer[o]]

\* Nothing reaches the node any more.
Crash(n) ==
  /\ n \in alive /\ alive' = alive \ {n} /\ Forgets(n, 0)
  /\ messages' = {m \in messages : m.to # n} /\ UNCHANGED <<now, calm, incarnation>>

Start(n) ==
  /\ n \notin alive /\ alive' = alive \cup {n} /\ Forgets(n, now)
  /\ incarnation' = [incarnation EXCEPT ![n] = @ + 1] /\ UNCHANGED <<now, calm, messages>>

Heartbeat(n, o) ==
  [from |-> n, to |-> o, incarnation |-> incarnation[n], sequence |-> sequence[n] + 1,
   by |-> IF calm /\ o \in alive THEN now + Delay ELSE Never]

Send(n) ==
  /\ n \in Sender \cap alive
  /\ sequence' = [sequence EXCEPT ![n] = @ + 1] /\ sent' = [sent EXCEPT ![n] = now]
  /\ messages' = messages \cup {Heartbeat(n, o) : o \in Watcher \ {n}}
  /\ UNCHANGED <<environment, incarnation, watcher>>

\* It has arrived once. It may do so again, or be lost.
Arrives(m) ==
  /\ m.to \in alive /\ messages' = (messages \ {m}) \cup {[m EXCEPT !.by = Never]}
  /\ UNCHANGED <<environment, sender, lastCheck>>
\* A heartbeat counts only if it was sent after all that were heard.
IsNewer(m, p) == \/ m.incarnation > p.incarnation
                 \/ m.incarnation = p.incarnation /\ m.sequence > p.sequence
Receive(m) ==
  /\ IsNewer(m, peer[m.to][m.from]) /\ Arrives(m)
  /\ peer' = [peer EXCEPT ![m.to][m.from] = [incarnation |-> m.incarnation,
                             sequence |-> m.sequence, heard |-> now, status |-> "up"]]
Ignore(m) == ~IsNewer(m, peer[m.to][m.from]) /\ Arrives(m) /\ UNCHANGED peer
Judges(o, judged) ==
  /\ o \in Watcher \cap alive
  /\ lastCheck' = [lastCheck EXCEPT ![o] = now] /\ peer' = [peer EXCEPT ![o] = judged]
  /\ UNCHANGED <<environment, sender, messages>>

IsLate(o) == now - lastCheck[o] > CheckEvery + Tolerance
Check(o, window) == ~IsLate(o) /\ Judges(o, [t \in Watched(o) |->
  IF now - peer[o][t].heard >= window[t] THEN [peer[o][t] EXCEPT !.status = "down"]
                                         ELSE peer[o][t]])
\* The watcher was standing still itself. Each peer gets a whole window again.
Forgive(o) ==
  IsLate(o) /\ Judges(o, [t \in Watched(o) |-> [peer[o][t] EXCEPT !.heard = now]])

TimePasses == \E to \in now + 1 .. now + Leap : Tick(to)
Look(o)    == Forgive(o) \/ \E window \in [Watched(o) -> Floor .. Ceiling] : Check(o, window)
Next == \/ TimePasses \/ Calm \/ Lose \/ \E n \in Node : Crash(n) \/ Start(n) \/ Send(n)
        \/ (\E m \in messages : Receive(m) \/ Ignore(m)) \/ \E o \in Watcher : Look(o)

Fairness == /\ WF_vars(Calm) /\ WF_vars(TimePasses) /\ \A n \in Sender : WF_vars(Send(n))
            /\ WF_vars(\E m \in messages : m.by # Never /\ (Receive(m) \/ Ignore(m)))
            /\ \A o \in Watcher : WF_vars(Look(o))
Spec     == Init /\ [][Next]_vars
FairSpec == Spec /\ Fairness
-----------------------------------------------------------------------------
TypeOK ==
  /\ now \in Nat /\ calm \in BOOLEAN /\ alive \subseteq Node
  /\ incarnation \in [Node -> Nat] /\ sequence \in [Node -> Nat] /\ sent \in [Node -> 0 .. now]
  /\ lastCheck \in [Watcher -> 0 .. now]
  /\ \A o \in Watcher : peer[o] \in [Watched(o) ->
       [incarnation : Nat, sequence : Nat, heard : 0 .. now, status : {"up", "down"}]]
  /\ \A m \in messages : /\ m.from \in Sender /\ m.to \in Watcher \ {m.from}
                         /\ m.incarnation \in 1 .. incarnation[m.from] /\ m.sequence > 0
                         /\ m.by = Never \/ (calm /\ m.to \in alive /\ m.by \in now .. now + Delay)
DownKnowsNothing ==
  /\ \A n \in Node \ alive : sequence[n] = 0 /\ sent[n] = 0
  /\ \A o \in Watcher \ alive : lastCheck[o] = 0 /\ \A t \in Watched(o) : peer[o][t] = Unheard(0)
HeardIsSent == \A o \in Watcher : \A t \in Watched(o) \cap alive :
  peer[o][t].incarnation = incarnation[t] => peer[o][t].sequence <= sequence[t]
\* What was heard never goes back. Silence is found in time, and only news ends it.
OpinionsAreFounded == [][\A o \in Watcher \cap alive \cap alive' : \A t \in Watched(o) :
  LET p == peer[o][t]  q == peer'[o][t]
      grows == q.incarnation > p.incarnation
                 \/ (q.incarnation = p.incarnation /\ q.sequence > p.sequence)
  IN  /\ grows \/ [q EXCEPT !.heard = p.heard, !.status = p.status] = p
      /\ p.status = "up" /\ q.status = "down" =>
           now - p.heard >= Floor /\ now - lastCheck[o] <= CheckEvery + Tolerance
      /\ p.status = "down" /\ q.status = "up" => grows]_vars
Detector == INSTANCE EventuallyPerfect WITH running <- alive,
  suspected <- [o \in Watcher |-> {t \in Watched(o) : peer[o][t].status = "down"}]
RefinesEventuallyPerfect == Detector!Spec
THEOREM Spec => [](TypeOK /\ DownKnowsNothing /\ HeardIsSent) /\ OpinionsAreFounded
THEOREM FairSpec => RefinesEventuallyPerfect
=============================================================================
