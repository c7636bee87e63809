-------------------------- MODULE PartialSynchrony --------------------------
(***************************************************************************)
(* The environment of HeartBeat's nodes: partial synchrony, after Dwork,   *)
(* Lynch and Stockmeyer. Messages may be lost, repeated, reordered and     *)
(* late, and nodes may stand still, until an unknown moment (Calm). After  *)
(* it messages take at most Delay, and nodes work in time. Processes crash *)
(* and start again at any time, and wall clocks are set.                   *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Sender, Watcher,  \* a node may be both
  Delay,            \* how long a message takes in a calm environment, at most
  Offset,           \* to what a wall clock may be set, relative to the time
  Leap              \* the longest that one Tick lets pass

Node == Sender \cup Watcher

ASSUME ZeroIsAnOffset == 0 \in Offset

VARIABLES
  now,          \* the time
  calm,         \* the environment is synchronous from now on
  disturbed,    \* the time of the last start, crash or Calm
  alive,        \* the nodes that run
  paused,       \* those that may stand still at any moment, or be slow
  wall,         \* by how much each node's wall clock is wrong
  messages      \* those under way; each may arrive any number of times

environment == <<now, calm, disturbed, alive, paused, wall>>

Never == -1     \* the deadline of a message without one

Synchronous == alive \ paused     \* the nodes that do what is due in time

EnvironmentInit ==
  /\ now = 0 /\ calm = FALSE /\ disturbed = 0
  /\ alive = {} /\ paused = {} /\ wall = [n \in Node |-> 0]
  /\ messages = {}

\* No message stays away longer than it may.
MayWait(to) == \A x \in messages : x.owed => to <= x.by

\* Time passes. A message that is older than one can be is gone.
TimePasses(d) ==
  /\ MayWait(now + d)
  /\ now' = now + d
  /\ messages' = {x \in messages : x.by = Never \/ x.by >= now + d}
  /\ UNCHANGED <<calm, disturbed, alive, paused, wall>>

\* No node stands still any more. What is under way arrives soon or is lost.
BecomesCalm ==
  /\ ~calm
  /\ calm' = TRUE
  /\ paused' = {}
  /\ disturbed' = now
  /\ messages' = {[x EXCEPT !.by = now + Delay] : x \in messages}
  /\ UNCHANGED <<now, alive, wall>>

\* From now on the node may stand still, for any time.
Pauses(n) ==
  /\ ~calm
  /\ n \in alive \ paused
  /\ paused' = paused \cup {n}
  /\ UNCHANGED <<now, calm, disturbed, alive, wall, messages>>

Resumes(n) ==
  /\ n \in paused
  /\ paused' = paused \ {n}
  /\ UNCHANGED <<now, calm, disturbed, alive, wall, messages>>

\* A user or a program sets a wall clock.
ClockIsSet(n, offset) ==
  /\ wall[n] # offset
  /\ wall' = [wall EXCEPT ![n] = offset]
  /\ UNCHANGED <<now, calm, disturbed, alive, paused, messages>>

\* A process ends without a word. Nothing reaches it any more.
Dies(n) ==
  /\ n \in alive
  /\ alive' = alive \ {n}
  /\ paused' = paused \ {n}
  /\ disturbed' = now
  /\ messages' = {x \in messages : x.m.to # n}
  /\ UNCHANGED <<now, calm, wall>>

Comes(n) ==
  /\ n \notin alive
  /\ alive' = alive \cup {n}
  /\ disturbed' = now
  /\ UNCHANGED <<now, calm, paused, wall, messages>>

Transmit(new) ==
  messages' = messages \cup
    {[m |-> m, by |-> IF calm THEN now + Delay ELSE Never,
      owed |-> calm /\ m.to \in alive] : m \in new}

\* A message that is owed, in a calm environment, is not lost.
IsLost(m) ==
  /\ \E x \in messages : x.m = m /\ ~x.owed
  /\ messages' = {x \in messages : x.m # m}

Arrives(m) ==
  /\ \E x \in messages : x.m = m
  /\ m.to \in alive
  /\ messages' = {IF x.m = m THEN [x EXCEPT !.owed = FALSE] ELSE x : x \in messages}
=============================================================================
