----------------------------- MODULE HeartBeat -----------------------------
(***************************************************************************)
(* HeartBeat: every sender says again and again that it is alive, and a    *)
(* watcher takes for crashed whoever has been silent for too long. After   *)
(* Joshi, Patterns of Distributed Systems, chapter 7.                      *)
(*                                                                         *)
(* The world is eventually synchronous: messages may be lost, repeated,    *)
(* reordered and late, and nodes may stand still, until a moment that      *)
(* nobody knows (Calm); after it messages take at most Delay, and nodes    *)
(* work in time. Processes crash and start again at any time, and wall     *)
(* clocks are set. Time is a variable of the world. A node knows only what *)
(* its clock reads: `at', which its steps are given.                       *)
(*                                                                         *)
(* How a watcher comes to its window, the silence that it takes for a      *)
(* crash, is left open within bounds: it may be fixed, or learnt from how  *)
(* regularly the heartbeats come. Left out: monotonic clocks that run too  *)
(* fast or slow, because it makes no difference over a few seconds.        *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Sender, Watcher,  \* who sends, and who watches all others that do; a node
                    \* may do both
  Interval,         \* a heartbeat goes out at least so often
  CheckEvery,       \* a watcher looks at all peers at least so often
  Tolerance,        \* a check that is later than this judges nobody
  Delay,            \* how long a message takes, once the world is calm
  Floor, Ceiling,   \* the least and the largest window
  Offset,           \* to what a wall clock may be set, relative to the time
  Leap              \* the longest that a Tick lets pass

Node == Sender \cup Watcher

Watched(o) == Sender \ {o}

ASSUME Positive == Interval > 0 /\ CheckEvery > 0 /\ Tolerance >= 0 /\ Delay >= 0
\* A window is longer than any silence of a peer that is well.
ASSUME WindowIsLong == Interval + Delay < Floor /\ Floor <= Ceiling
ASSUME ZeroIsAnOffset == 0 \in Offset

VARIABLES
  (* the world *)
  now,          \* the time
  calm,         \* has it become synchronous?
  disturbed,    \* when anything last happened to it: see Settled
  alive,        \* the nodes that run
  paused,       \* those that may stand still at any moment, or be slow
  wall,         \* by how much each node's wall clock is wrong
  messages,     \* what is under way, and may arrive any number of times
  (* a sender *)
  incarnation,  \* how often it has been started; it survives a crash
  sequence,     \* how many heartbeats it has sent in this life
  sent,         \* what its clock read at the last one
  busy,         \* the nodes that wait for a flush
  (* a watcher *)
  lastCheck,    \* what its clock read when it last looked
  peer,         \* what it knows of each peer
  awake         \* since when it has not missed a check: for Justified only

world    == <<now, calm, disturbed, alive, paused, wall>>
sender   == <<incarnation, sequence, sent, busy>>
watcher  == <<lastCheck, peer, awake>>
vars     == <<now, calm, disturbed, alive, paused, wall, messages,
              incarnation, sequence, sent, busy, lastCheck, peer, awake>>

Never == -1     \* for a message that nothing says when to arrive

\* What a watcher thinks of a peer of which it has not heard. The time counts
\* from when it began to listen.
Unheard(at) == [incarnation |-> 0, sequence |-> 0, heard |-> at,
                window |-> Ceiling, status |-> "up"]

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* Time is read from the monotonic clock, which nobody sets.
Reading(n) == now

\* What has passed between two readings, in the unit of the windows.
Elapsed(from, to) == to - from

\* A heartbeat waits for nothing, not for a flush either.
MaySend(n) == TRUE

\* A heartbeat counts only if it was sent after all that were heard.
IsNewer(m, p) ==
  \/ m.incarnation > p.incarnation
  \/ m.incarnation = p.incarnation /\ m.sequence > p.sequence

\* A window is never so short that a peer which is well could be condemned,
\* nor so long that a crash goes unnoticed.
MayAdapt(window) == window \in Floor .. Ceiling

\* All peers are judged, those that were never heard too.
Judged(o) == Watched(o)

\* Who comes late to his own check has been standing still himself, and
\* judges nobody.
MayJudge(o, at) == Elapsed(lastCheck[o], at) <= CheckEvery + Tolerance

\* He has heard nobody meanwhile, so everybody gets a new window.
AfterPause(p, at) == [p EXCEPT !.heard = at]

\* Silent is who was not heard for a whole window.
IsSilent(p, at) == Elapsed(p.heard, at) >= p.window

\* Every life of a process has a number of its own.
NextIncarnation(n) == incarnation[n] + 1

-----------------------------------------------------------------------------
(* The world.                                                              *)

Init ==
  /\ now = 0 /\ calm = FALSE /\ disturbed = 0
  /\ alive = {} /\ paused = {} /\ wall = [n \in Node |-> 0]
  /\ messages = {}
  /\ incarnation = [n \in Node |-> 0]
  /\ sequence = [n \in Node |-> 0]
  /\ sent = [n \in Node |-> 0]
  /\ busy = {}
  /\ lastCheck = [o \in Watcher |-> 0]
  /\ peer = [o \in Watcher |-> [t \in Watched(o) |-> Unheard(0)]]
  /\ awake = [o \in Watcher |-> 0]

InTime == alive \ paused     \* those who do what they have to do in time

\* Nothing that has to be done until then is left undone.
MayPass(to) ==
  /\ \A n \in Sender \cap InTime : to - sent[n] <= Interval
  /\ \A o \in Watcher \cap InTime : to - lastCheck[o] <= CheckEvery
  /\ \A x \in messages : x.owed => to <= x.by

\* Time passes. What is older than a message can be is gone.
Tick(d) ==
  /\ MayPass(now + d)
  /\ now' = now + d
  /\ messages' = {x \in messages : x.by = Never \/ x.by >= now + d}
  /\ UNCHANGED <<calm, disturbed, alive, paused, wall, sender, watcher>>

\* From now on the world is synchronous: nobody stands still, and what is under
\* way arrives soon or is lost.
Calm ==
  /\ ~calm
  /\ calm' = TRUE
  /\ paused' = {}
  /\ disturbed' = now
  /\ messages' = {[x EXCEPT !.by = now + Delay] : x \in messages}
  /\ UNCHANGED <<now, alive, wall, sender, watcher>>

\* From now on the node may stand still, for any time.
Pause(n) ==
  /\ ~calm
  /\ n \in alive \ paused
  /\ paused' = paused \cup {n}
  /\ UNCHANGED <<now, calm, disturbed, alive, wall, messages, sender, watcher>>

Resume(n) ==
  /\ n \in paused
  /\ paused' = paused \ {n}
  /\ UNCHANGED <<now, calm, disturbed, alive, wall, messages, sender, watcher>>

\* Somebody sets a wall clock.
SetClock(n, offset) ==
  /\ wall[n] # offset
  /\ wall' = [wall EXCEPT ![n] = offset]
  /\ UNCHANGED <<now, calm, disturbed, alive, paused, messages, sender, watcher>>

\* A process ends without a word. Nothing reaches it any more.
Crash(n) ==
  /\ n \in alive
  /\ alive' = alive \ {n}
  /\ paused' = paused \ {n}
  /\ disturbed' = now
  /\ messages' = {x \in messages : x.m.to # n}
  /\ busy' = busy \ {n}
  /\ sequence' = [sequence EXCEPT ![n] = 0]
  /\ sent' = [sent EXCEPT ![n] = 0]
  /\ IF n \in Watcher
       THEN /\ lastCheck' = [lastCheck EXCEPT ![n] = 0]
            /\ peer' = [peer EXCEPT ![n] = [t \in Watched(n) |-> Unheard(0)]]
            /\ awake' = [awake EXCEPT ![n] = 0]
       ELSE UNCHANGED watcher
  /\ UNCHANGED <<now, calm, wall, incarnation>>

\* A message is lost, unless the world is calm and it has not yet arrived.
Lose(m) ==
  /\ \E x \in messages : x.m = m /\ ~x.owed
  /\ messages' = {x \in messages : x.m # m}
  /\ UNCHANGED <<world, sender, watcher>>

-----------------------------------------------------------------------------
(* A node, as a sender.                                                    *)

\* The node starts, for the first time or again, with a new number. It knows
\* nobody.
Start(n) ==
  /\ n \notin alive
  /\ alive' = alive \cup {n}
  /\ disturbed' = now
  /\ incarnation' = [incarnation EXCEPT ![n] = NextIncarnation(n)]
  /\ sent' = [sent EXCEPT ![n] = Reading(n)]
  /\ IF n \in Watcher
       THEN /\ lastCheck' = [lastCheck EXCEPT ![n] = Reading(n)]
            /\ peer' = [peer EXCEPT ![n] =
                          [t \in Watched(n) |-> Unheard(Reading(n))]]
            /\ awake' = [awake EXCEPT ![n] = now]
       ELSE UNCHANGED watcher
  /\ UNCHANGED <<now, calm, paused, wall, messages, sequence, busy>>

\* A heartbeat goes to all who watch the node.
Send(n) ==
  /\ n \in Sender \cap alive
  /\ MaySend(n)
  /\ sequence' = [sequence EXCEPT ![n] = @ + 1]
  /\ sent' = [sent EXCEPT ![n] = Reading(n)]
  /\ messages' = messages \cup
       {[m    |-> [from |-> n, to |-> o, incarnation |-> incarnation[n],
                   sequence |-> sequence[n] + 1],
         by   |-> IF calm THEN now + Delay ELSE Never,
         owed |-> calm /\ o \in alive] : o \in Watcher \ {n}}
  /\ UNCHANGED <<world, incarnation, busy, watcher>>

\* A flush of the node's data begins, and ends when the disk likes.
Block(n) ==
  /\ n \in alive \ busy
  /\ busy' = busy \cup {n}
  /\ UNCHANGED <<world, messages, incarnation, sequence, sent, watcher>>

Unblock(n) ==
  /\ n \in alive \cap busy
  /\ busy' = busy \ {n}
  /\ UNCHANGED <<world, messages, incarnation, sequence, sent, watcher>>

-----------------------------------------------------------------------------
(* A node, as a watcher.                                                   *)

Arrives(m) ==
  /\ \E x \in messages : x.m = m
  /\ m.to \in alive
  /\ messages' = {IF x.m = m THEN [x EXCEPT !.owed = FALSE] ELSE x :
                    x \in messages}

\* A heartbeat that is news: the peer is alive. The window may change, because
\* there is one more heartbeat to learn from.
Receive(m, window) ==
  LET o == m.to  t == m.from
  IN  /\ Arrives(m)
      /\ IsNewer(m, peer[o][t])
      /\ MayAdapt(window)
      /\ peer' = [peer EXCEPT ![o][t] =
           [incarnation |-> m.incarnation, sequence |-> m.sequence,
            heard |-> Reading(o), window |-> window, status |-> "up"]]
      /\ UNCHANGED <<world, sender, lastCheck, awake>>

\* One that comes late, or again, says nothing.
Ignore(m) ==
  /\ Arrives(m)
  /\ ~IsNewer(m, peer[m.to][m.from])
  /\ UNCHANGED <<world, sender, watcher>>

Looked(o) ==
  /\ lastCheck' = [lastCheck EXCEPT ![o] = Reading(o)]
  /\ awake' = [awake EXCEPT ![o] =
                 IF now - lastCheck[o] > CheckEvery + Tolerance THEN now ELSE @]
  /\ UNCHANGED <<world, messages, sender>>

\* The watcher looks at its peers, and marks down those that are silent.
Check(o) ==
  /\ o \in Watcher \cap alive
  /\ MayJudge(o, Reading(o))
  /\ peer' = [peer EXCEPT ![o] =
       [t \in Watched(o) |->
          IF t \in Judged(o) /\ IsSilent(peer[o][t], Reading(o))
            THEN [peer[o][t] EXCEPT !.status = "down"] ELSE peer[o][t]]]
  /\ Looked(o)

\* It is too late for that.
Forgive(o) ==
  /\ o \in Watcher \cap alive
  /\ ~MayJudge(o, Reading(o))
  /\ peer' = [peer EXCEPT ![o] =
       [t \in Watched(o) |-> AfterPause(peer[o][t], Reading(o))]]
  /\ Looked(o)

-----------------------------------------------------------------------------
(* The end of a recorded run, at which what should have happened must have. *)

\* So long after the world was last disturbed, everybody is right.
Bound == Delay + Ceiling + CheckEvery

\* Whoever is gone is down, and in a calm world whoever is there is up.
AllRight ==
  \A o \in Watcher \cap alive : \A t \in Watched(o) :
    /\ t \notin alive => peer[o][t].status = "down"
    /\ t \in alive /\ calm => peer[o][t].status = "up"

End ==
  /\ now - disturbed > Bound
  /\ AllRight
  /\ UNCHANGED vars

-----------------------------------------------------------------------------

Next ==
  \/ \E d \in 1 .. Leap : Tick(d)
  \/ Calm
  \/ \E n \in Node : Pause(n) \/ Resume(n) \/ Start(n) \/ Crash(n)
  \/ \E n \in Node, offset \in Offset : SetClock(n, offset)
  \/ \E n \in Node : Send(n) \/ Block(n) \/ Unblock(n)
  \/ \E x \in messages : Lose(x.m) \/ Ignore(x.m)
  \/ \E x \in messages, window \in 1 .. Ceiling : Receive(x.m, window)
  \/ \E o \in Watcher : Check(o) \/ Forgive(o)
  \/ End

\* The world becomes calm. What is due is done, and time goes on.
Fairness ==
  /\ WF_vars(Calm)
  /\ WF_vars(\E d \in 1 .. Leap : Tick(d))
  /\ \A n \in Sender : WF_vars(Send(n))
  /\ WF_vars(\E x \in messages : x.owed /\ (Ignore(x.m) \/
               \E window \in 1 .. Ceiling : Receive(x.m, window)))
  /\ \A o \in Watcher : WF_vars(Check(o) \/ Forgive(o))

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ now \in Nat /\ disturbed \in 0 .. now /\ calm \in BOOLEAN
  /\ alive \subseteq Node /\ paused \subseteq alive /\ busy \subseteq alive
  /\ calm => paused = {}
  /\ \A n \in Node : wall[n] \in Offset
  /\ \A x \in messages :
       /\ x.m.incarnation \in 1 .. incarnation[x.m.from]
       /\ x.m.incarnation = incarnation[x.m.from] /\ x.m.from \in alive
            => x.m.sequence \in 1 .. sequence[x.m.from]
       /\ calm <=> x.by # Never
  /\ \A n \in Node : sent[n] \in 0 .. now
  /\ \A o \in Watcher :
       /\ lastCheck[o] \in 0 .. now
       /\ \A t \in Watched(o) :
            /\ peer[o][t].heard \in 0 .. now
            /\ peer[o][t].window \in Floor .. Ceiling
            /\ peer[o][t].status \in {"up", "down"}

\* The promise with a number: after Bound without disturbance nobody is wrong
\* any more.
Settled == calm /\ now - disturbed > Bound => AllRight

\* Whoever is marked down was silent long enough while the watcher itself was
\* awake, by the true time.
Justified ==
  [][\A o \in Watcher : \A t \in Watched(o) :
       peer[o][t].status = "up" /\ peer'[o][t].status = "down" =>
         now - Max(peer[o][t].heard, awake'[o]) >= Floor]_vars

\* What a watcher has heard of a peer's lives and heartbeats never goes back.
HeardGrows ==
  [][\A o \in Watcher \cap alive \cap alive' : \A t \in Watched(o) :
       LET p == peer[o][t]  q == peer'[o][t]
       IN  \/ q.incarnation > p.incarnation
           \/ q.incarnation = p.incarnation /\ q.sequence >= p.sequence]_vars

\* Nothing was heard of a process but what it has sent itself, not another of
\* its lives.
HeardIsSent ==
  \A o \in Watcher : \A t \in Watched(o) \cap alive :
    peer[o][t].incarnation = incarnation[t] => peer[o][t].sequence <= sequence[t]

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

-----------------------------------------------------------------------------
(* Bounds of the models.                                                   *)

Few(n) == Cardinality(messages) <= n

Small ==
  /\ Few(2)
  /\ now > 0 => \A n \in Node : incarnation[n] > 0
  /\ \A n \in Node : incarnation[n] <= IF n \in Watcher THEN 1 ELSE 2
  /\ now > 0 => Watcher \subseteq alive
  /\ busy \subseteq Sender /\ (busy = {} \/ calm)

\* Not infinitely many heartbeats before time goes on.
OneAtATime ==
  \A n \in Sender : sequence'[n] > sequence[n] => sent'[n] # sent[n]

\* Of two states that differ only in when they are, or in which numbers the
\* heartbeats bear, nothing that follows is different: only ages count, up to
\* the largest that anything is compared with, and only the order of numbers.
\* So TLC takes such states for one. But it must see that time goes on: where
\* nobody does anything in time, and nothing has an age any more, a Tick would lead
\* to the state that it came from, which TLC takes for no step. So there the view
\* says whether the time is odd.
Age(t, most) == Min(now - t, most)

Numbers(n, i) ==
  {x.m.sequence : x \in {y \in messages : y.m.from = n /\ y.m.incarnation = i}}
    \cup {peer[o][n].sequence : o \in {w \in Watcher \ {n} :
                                        peer[w][n].incarnation = i}}

Rank(n, i, s) == Cardinality({other \in Numbers(n, i) : other < s})

OfNoTime ==
  <<IF InTime = {} THEN now % 2 ELSE 0, calm, alive, paused, wall, incarnation, busy,
    IF calm THEN Age(disturbed, Bound + 1) ELSE 0,
    [n \in Sender \cap alive |->
       <<Age(sent[n], Interval),
         \A s \in Numbers(n, incarnation[n]) : s <= sequence[n]>>],
    [o \in Watcher \cap alive |->
       <<Age(lastCheck[o], CheckEvery + Tolerance + 1),
         IF \A t \in Watched(o) : awake[o] <= peer[o][t].heard
           THEN Floor ELSE Age(awake[o], Floor),
         [t \in Watched(o) |->
           LET p == peer[o][t]
           IN  [p EXCEPT !.heard = Age(@, Ceiling),
                         !.sequence = Rank(t, p.incarnation, @)]]>>],
    {[x EXCEPT !.by = IF @ = Never THEN @ ELSE @ - now,
               !.m = [@ EXCEPT !.sequence = Rank(x.m.from, x.m.incarnation, @)]]
       : x \in messages}>>

\* What the view is good for, as long as each Tick leads to another one.
TickIsSeen == [][now' # now => OfNoTime' # OfNoTime]_vars
=============================================================================
