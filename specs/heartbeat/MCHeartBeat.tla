---------------------------- MODULE MCHeartBeat ----------------------------
(***************************************************************************)
(* What the models of HeartBeat need beside it.                            *)
(***************************************************************************)
EXTENDS Detection

\* These may crash, and start twice.
Restarting == Sender \ Watcher
Most(n) == IF n \in Restarting THEN 2 ELSE 1

\* All nodes start at the beginning.
FewCrashes ==
  /\ now > 0 => \A n \in Node : incarnation[n] > 0
  /\ \A n \in Node : incarnation[n] <= Most(n)
  /\ now > 0 => Node \ Restarting \subseteq alive
  /\ busy \subseteq Sender /\ (busy = {} \/ calm)

\* A clock is wrong where nothing else is.
ClockAlone ==
  \A n \in Node : wall[n] # 0 =>
    /\ paused = {} /\ busy = {}
    /\ \A other \in Node : incarnation[other] = 1 /\ (other # n => wall[other] = 0)

\* Before Calm two messages may be under way where all nodes work. After it no Send is
\* left out for the number of messages, so that liveness counts: each is soon gone.
FewMessages ==
  calm \/ Cardinality(messages) <= IF paused = {} THEN 2 ELSE 1

Small == FewMessages /\ FewCrashes /\ ClockAlone

\* A watcher crashes and starts again, where nothing else goes wrong.
Watchers == Watcher
WatcherRestarts == FewMessages /\ FewCrashes /\ paused = {} /\ busy = {}

\* Two senders: one thing goes wrong at a time.
Wrong ==
  Cardinality(paused) + Cardinality(busy) + Cardinality(Node \ alive)
    + Cardinality({n \in Node : wall[n] # 0})
    + Cardinality({n \in Node : incarnation[n] > 1})

Two == Small /\ ((\A n \in Node : incarnation[n] > 0) => Wrong <= 1)

\* Not infinitely many heartbeats before time goes on. A Send that is left out can be
\* taken after the next Tick, so liveness is checked of senders that send once at a time.
OneAtATime ==
  \A n \in Sender : sequence'[n] > sequence[n] => sent'[n] # sent[n]

\* The same bounds, for the steps that fairness does not ask for: TLC need not
\* make a state to leave it out.
MayStep ==
  \/ \E d \in 1 .. Leap : Tick(d)
  \/ Calm
  \/ \E n \in Node :
       \/ Pause(n) \/ Resume(n)
       \/ incarnation[n] < Most(n)
            /\ (incarnation[n] = 0 => now = 0) /\ Start(n)
       \/ n \in Restarting /\ Crash(n)
       \/ n \in Sender /\ calm /\ Block(n)
       \/ Unblock(n)
       \/ Send(n)
  \/ paused = {} /\ busy = {} /\ (\A n \in Node : incarnation[n] = 1)
       /\ \E n \in Node, offset \in Offset :
            (\A other \in Node \ {n} : wall[other] = 0) /\ SetClock(n, offset)
  \/ \E x \in messages : Lose(x.m) \/ Ignore(x.m)
  \/ \E x \in messages, window \in 1 .. Ceiling : Receive(x.m, window)
  \/ \E o \in Watcher : Check(o) \/ Forgive(o)

\* Each node starts at some time: no time passes before.
Starts(n) == incarnation[n] = 0 /\ Start(n)
BoundedSpec == Init /\ [][MayStep]_vars /\ Fairness /\ \A n \in Node : WF_vars(Starts(n))

\* Of two states that differ only in when they are, or in which numbers the
\* heartbeats bear, nothing that follows is different: only ages count, up to
\* the largest that anything is compared with, and only the order of numbers.
\* So TLC takes such states for one. But it must see that time goes on: where
\* no node works in time, and nothing has an age any more, a Tick would lead to
\* the state that it came from, which TLC takes for no step. So there the view
\* says whether the time is odd.
Age(t, most) == IF now - t < most THEN now - t ELSE most

Sequences(n, i) ==
  {x.m.sequence : x \in {y \in messages : y.m.from = n /\ y.m.incarnation = i}}
    \cup {peer[o][n].sequence : o \in {w \in Watcher \ {n} :
                                        peer[w][n].incarnation = i}}

Rank(n, i, s) == Cardinality({other \in Sequences(n, i) : other < s})

Timeless ==
  <<IF Synchronous = {} THEN now % 2 ELSE 0, calm, alive, paused, wall, incarnation, busy,
    IF calm THEN Age(disturbed, Bound + 1) ELSE 0,
    [n \in Sender \cap alive |->
       <<Age(sent[n], Interval),
         \A s \in Sequences(n, incarnation[n]) : s <= sequence[n]>>],
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

\* The view is good only as long as each Tick leads to another one.
TickIsSeen == [][now' # now => Timeless' # Timeless]_vars
THEOREM Leap = 1 /\ Spec => TickIsSeen

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

ClockIsWrong     == \E n \in Node : wall[n] # 0
ClockIsSetRight  == \E n \in Node : wall[n] # 0 /\ wall'[n] = 0
HeartbeatIsLost  == messages' # messages /\ messages' \subseteq messages /\ UNCHANGED <<now, alive, peer>>
WatcherPauses    == Watcher \cap paused # {}
PauseIsOver      == ~calm /\ paused' # paused /\ paused' \subseteq paused /\ UNCHANGED alive
FlushEnds        == busy' # busy /\ busy' \subseteq busy /\ UNCHANGED alive
LiveIsDown       == \E o \in Watcher : \E t \in Watched(o) : t \in alive /\ peer[o][t].status = "down"
DeadIsDown       == \E o \in Watcher : \E t \in Watched(o) : t \notin alive /\ peer[o][t].status = "down"
DownIsUpAgain    == \E o \in Watcher : \E t \in Watched(o) :
                      peer[o][t].status = "down" /\ peer'[o][t].status = "up"
SecondIsHeard    == \E o \in Watcher : \E t \in Watched(o) : peer[o][t].incarnation = 2
WatcherIsBack    == \E o \in Watcher : o \notin alive /\ o \in alive' /\ now > 0
BackHears        == \E o \in Watcher : \E t \in Watched(o) : incarnation[o] = 2 /\ peer[o][t].sequence > 0
PauseIsForgiven  == \E o \in Watcher : \E t \in Watched(o) :
                      peer'[o][t] = [peer[o][t] EXCEPT !.heard = now] /\ peer'[o][t] # peer[o][t]
=============================================================================
