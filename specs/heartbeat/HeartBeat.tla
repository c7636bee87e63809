----------------------------- MODULE HeartBeat -----------------------------
(***************************************************************************)
(* HeartBeat: every sender sends heartbeats, and a watcher suspects a peer *)
(* of having crashed when it has been silent for too long. After Joshi,    *)
(* Patterns of Distributed Systems, chapter 7.                             *)
(*                                                                         *)
(* The time is a variable of the environment, see PartialSynchrony. A node *)
(* knows only what its clock reads.                                        *)
(*                                                                         *)
(* The window is the silence that a watcher takes for a crash. It may be   *)
(* fixed, or learnt from how regularly the heartbeats come: the spec       *)
(* leaves it open within bounds. Left out: monotonic clocks that run too   *)
(* fast or slow, because it makes no difference over a few seconds.        *)
(***************************************************************************)
EXTENDS PartialSynchrony

CONSTANTS
  Interval,         \* a heartbeat goes out at least so often
  CheckEvery,       \* a watcher checks all peers at least so often
  Tolerance,        \* a check that is later than this marks no peer down
  Floor, Ceiling    \* the least and the largest window

Watched(o) == Sender \ {o}

ASSUME Positive == Interval > 0 /\ CheckEvery > 0 /\ Tolerance >= 0 /\ Delay >= 0
\* A window is longer than any silence of a peer that is well.
ASSUME WindowIsLong == Interval + Delay < Floor /\ Floor <= Ceiling

VARIABLES
  (* a sender *)
  incarnation,  \* how often it has been started; survives a crash
  sequence,     \* how many heartbeats this incarnation has sent
  sent,         \* its clock at the last heartbeat
  busy,         \* the nodes that wait for a flush
  (* a watcher *)
  lastCheck,    \* its clock at the last check
  peer,         \* what it knows of each peer
  awake         \* since when it has missed no check: a history, read by no step

sender  == <<incarnation, sequence, sent, busy>>
watcher == <<lastCheck, peer, awake>>
vars    == <<now, calm, disturbed, alive, paused, wall, messages,
             incarnation, sequence, sent, busy, lastCheck, peer, awake>>

\* A peer that was not heard yet. Its silence begins when the watcher does.
Unheard(at) == [incarnation |-> 0, sequence |-> 0, heard |-> at,
                window |-> Ceiling, status |-> "up"]

(* The rules. Each is one reason why this works, and can be broken alone.  *)
(* One more is an action: Send.                                            *)

\* Time is read from the monotonic clock, which cannot be set.
Reading(n) == now

\* The time between two readings, in the unit of the windows.
Elapsed(from, to) == to - from

\* A heartbeat counts only if it was sent after all that were heard.
IsNewer(m, p) ==
  \/ m.incarnation > p.incarnation
  \/ m.incarnation = p.incarnation /\ m.sequence > p.sequence

\* A window is never so short that a peer that is well is marked down, nor so
\* long that a crash goes unnoticed.
MayAdapt(window) == window \in Floor .. Ceiling

\* A check looks at all peers, also at those that were never heard.
Judged(o) == Watched(o)

\* A watcher that comes late to its own check was standing still itself, and
\* marks no peer down.
MayJudge(o, at) == Elapsed(lastCheck[o], at) <= CheckEvery + Tolerance

\* It has not listened meanwhile, so each peer gets a whole window again.
AfterPause(p, at) == [p EXCEPT !.heard = at]

\* A peer is silent that was not heard for a whole window.
IsSilent(p, at) == Elapsed(p.heard, at) >= p.window

\* Every incarnation of a process has a number of its own.
NextIncarnation(n) == incarnation[n] + 1

(* The environment.                                                        *)

Init ==
  /\ EnvironmentInit
  /\ incarnation = [n \in Node |-> 0]
  /\ sequence = [n \in Node |-> 0]
  /\ sent = [n \in Node |-> 0]
  /\ busy = {}
  /\ lastCheck = [o \in Watcher |-> 0]
  /\ peer = [o \in Watcher |-> [t \in Watched(o) |-> Unheard(0)]]
  /\ awake = [o \in Watcher |-> 0]

\* A node that works in time leaves nothing undone that is due.
MayPass(to) ==
  /\ \A n \in Sender \cap Synchronous : to - sent[n] <= Interval
  /\ \A o \in Watcher \cap Synchronous : to - lastCheck[o] <= CheckEvery

Tick(d) == MayPass(now + d) /\ TimePasses(d) /\ UNCHANGED <<sender, watcher>>

Calm == BecomesCalm /\ UNCHANGED <<sender, watcher>>

Pause(n) == Pauses(n) /\ UNCHANGED <<sender, watcher>>

Resume(n) == Resumes(n) /\ UNCHANGED <<sender, watcher>>

SetClock(n, offset) == ClockIsSet(n, offset) /\ UNCHANGED <<sender, watcher>>

Lose(m) == IsLost(m) /\ UNCHANGED <<environment, sender, watcher>>

\* A crash takes all that the node knows, except the number of its incarnation.
Crash(n) ==
  /\ Dies(n)
  /\ busy' = busy \ {n}
  /\ sequence' = [sequence EXCEPT ![n] = 0]
  /\ sent' = [sent EXCEPT ![n] = 0]
  /\ lastCheck' = [o \in Watcher |-> IF o = n THEN 0 ELSE lastCheck[o]]
  /\ peer' = [o \in Watcher |->
       IF o = n THEN [t \in Watched(o) |-> Unheard(0)] ELSE peer[o]]
  /\ awake' = [o \in Watcher |-> IF o = n THEN 0 ELSE awake[o]]
  /\ UNCHANGED incarnation

(* A node, as a sender.                                                    *)

\* The node starts, for the first time or again, with a new number. It has
\* heard no peer.
Start(n) ==
  /\ Comes(n)
  /\ incarnation' = [incarnation EXCEPT ![n] = NextIncarnation(n)]
  /\ sent' = [sent EXCEPT ![n] = Reading(n)]
  /\ lastCheck' = [o \in Watcher |-> IF o = n THEN Reading(n) ELSE lastCheck[o]]
  /\ peer' = [o \in Watcher |->
       IF o = n THEN [t \in Watched(o) |-> Unheard(Reading(o))] ELSE peer[o]]
  /\ awake' = [o \in Watcher |-> IF o = n THEN now ELSE awake[o]]
  /\ UNCHANGED <<sequence, busy>>

Heartbeat(n, o) == [from |-> n, to |-> o, incarnation |-> incarnation[n],
                    sequence |-> sequence[n] + 1]

\* A heartbeat goes to all watchers of the node. A rule: it waits for nothing,
\* not for a flush either.
Send(n) ==
  /\ n \in Sender \cap alive
  /\ sequence' = [sequence EXCEPT ![n] = @ + 1]
  /\ sent' = [sent EXCEPT ![n] = Reading(n)]
  /\ Transmit({Heartbeat(n, o) : o \in Watcher \ {n}})
  /\ UNCHANGED <<environment, incarnation, busy, watcher>>

\* A flush of the node's data begins. The disk decides when it ends.
Block(n) ==
  /\ n \in alive \ busy
  /\ busy' = busy \cup {n}
  /\ UNCHANGED <<environment, messages, incarnation, sequence, sent, watcher>>

Unblock(n) ==
  /\ n \in busy
  /\ busy' = busy \ {n}
  /\ UNCHANGED <<environment, messages, incarnation, sequence, sent, watcher>>

(* A node, as a watcher.                                                   *)

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
      /\ UNCHANGED <<environment, sender, lastCheck, awake>>

\* A heartbeat that comes late, or again, says nothing.
Ignore(m) ==
  /\ Arrives(m)
  /\ ~IsNewer(m, peer[m.to][m.from])
  /\ UNCHANGED <<environment, sender, watcher>>

Looked(o) ==
  /\ lastCheck' = [lastCheck EXCEPT ![o] = Reading(o)]
  /\ awake' = [awake EXCEPT ![o] =
       IF lastCheck'[o] - lastCheck[o] > CheckEvery + Tolerance THEN now ELSE @]
  /\ UNCHANGED <<environment, messages, sender>>

\* The watcher marks silent peers down.
Check(o) ==
  /\ o \in Watcher \cap alive
  /\ MayJudge(o, Reading(o))
  /\ peer' = [peer EXCEPT ![o] = [t \in Watched(o) |->
       IF t \in Judged(o) /\ IsSilent(peer[o][t], Reading(o))
         THEN [peer[o][t] EXCEPT !.status = "down"] ELSE peer[o][t]]]
  /\ Looked(o)

\* The check comes too late to mark any peer down.
Forgive(o) ==
  /\ o \in Watcher \cap alive
  /\ ~MayJudge(o, Reading(o))
  /\ peer' = [peer EXCEPT ![o] =
       [t \in Watched(o) |-> AfterPause(peer[o][t], Reading(o))]]
  /\ Looked(o)

(* The end of a recorded run: all that must have happened by now has.      *)

\* So long after the last disturbance, every watcher is right.
Bound == Delay + Ceiling + CheckEvery

AllRight ==
  \A o \in Watcher \cap alive : \A t \in Watched(o) :
    /\ t \notin alive => peer[o][t].status = "down"
    /\ t \in alive /\ calm => peer[o][t].status = "up"

End ==
  /\ now - disturbed > Bound
  /\ AllRight
  /\ UNCHANGED vars

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

\* The environment becomes calm. What is due is done, and time goes on.
Fairness ==
  /\ WF_vars(Calm)
  /\ WF_vars(\E d \in 1 .. Leap : Tick(d))
  /\ \A n \in Sender : WF_vars(Send(n))
  /\ WF_vars(\E x \in messages : x.owed /\ (Ignore(x.m) \/
               \E window \in 1 .. Ceiling : Receive(x.m, window)))
  /\ \A o \in Watcher : WF_vars(Check(o) \/ Forgive(o))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
