-------------------------- MODULE MCTimeoutDetector --------------------------
(***************************************************************************)
(* Bounds for the model of TimeoutDetector, and the view, for which the    *)
(* reasons stand in MCHeartBeat: ages and the order of numbers count.      *)
(***************************************************************************)
EXTENDS TimeoutDetector, FiniteSets

\* All nodes start at the beginning, and the sender may start again. Before Calm two messages
\* are under way only where the watcher has just checked. A Send that would make a third is
\* left out. So liveness is checked of behaviours where of those that have arrived one at most
\* stays, for ever perhaps, and each other is lost before the next is sent.
Small ==
  /\ Cardinality(messages) <= IF ~calm /\ \E o \in Watcher : now > lastCheck[o] THEN 1 ELSE 2
  /\ \A n \in Node : /\ now > 0 => incarnation[n] > 0
                     /\ incarnation[n] <= IF n \in Sender THEN 2 ELSE 1
                     /\ n \in Watcher /\ incarnation[n] = 1 => n \in alive

\* Not infinitely many heartbeats before time goes on.
OneAtATime ==
  \A n \in Sender : sequence'[n] > sequence[n] => sent'[n] # sent[n]

Age(t, most) == IF now - t < most THEN now - t ELSE most

Sequences(n, i) ==
  {m.sequence : m \in {m \in messages : m.from = n /\ m.incarnation = i}}
    \cup {peer[o][n].sequence : o \in {w \in Watcher \ {n} : peer[w][n].incarnation = i}}
Rank(n, i, s) == Cardinality({other \in Sequences(n, i) : other < s})

Timeless ==
  <<IF calm /\ alive # {} THEN 0 ELSE now % 2, calm, alive, incarnation,
    [n \in Sender \cap alive |->
       <<Age(sent[n], Interval), Rank(n, incarnation[n], sequence[n])>>],
    [o \in Watcher \cap alive |->
       <<Age(lastCheck[o], CheckEvery + Tolerance + 1),
         [t \in Watched(o) |->
            [peer[o][t] EXCEPT !.heard = Age(@, Ceiling),
                               !.sequence = Rank(t, peer[o][t].incarnation, @)]]>>],
    {[m EXCEPT !.by = IF @ = Never THEN @ ELSE @ - now,
               !.sequence = Rank(m.from, m.incarnation, @)] : m \in messages}>>

\* The view is good only as long as each Tick leads to another one.
TickIsSeen == [][now' # now => Timeless' # Timeless]_vars
THEOREM Leap = 1 /\ Spec => TickIsSeen

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

LiveIsDown       == \E o \in Watcher : \E t \in Watched(o) \cap alive : peer[o][t].status = "down"
DeadIsDown       == \E o \in Watcher : \E t \in Watched(o) \ alive : peer[o][t].status = "down"
SecondIsHeard    == \E o \in Watcher : \E t \in Watched(o) : peer[o][t].incarnation = 2
OldRevives       == \E o \in Watcher : \E t \in Watched(o) \ alive :
                      peer[o][t].status = "down" /\ peer'[o][t].status = "up" /\ o \in alive'
PauseIsForgiven  == \E o \in Watcher : \E t \in Watched(o) :
                      peer'[o][t] = [peer[o][t] EXCEPT !.heard = now] /\ peer'[o][t] # peer[o][t]
=============================================================================
