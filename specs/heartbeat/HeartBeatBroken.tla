-------------------------- MODULE HeartBeatBroken --------------------------
(***************************************************************************)
(* Each rule of HeartBeat left out, for broken/RULE.cfg to choose one.     *)
(***************************************************************************)
EXTENDS MCHeartBeat

\* Reading: the wall clock, which can be set.
WallClock(n) == now + wall[n]

\* Elapsed: in a smaller unit than that of the windows.
SmallUnit(from, to) == (to - from) * 1000

\* Send: the heartbeat waits its turn behind the requests, and they wait for
\* the disk.
SendBehindFlush(n) ==
  /\ n \in (Sender \cap alive) \ busy
  /\ sequence' = [sequence EXCEPT ![n] = @ + 1]
  /\ sent' = [sent EXCEPT ![n] = Reading(n)]
  /\ Transmit({Heartbeat(n, o) : o \in Watcher \ {n}})
  /\ UNCHANGED <<environment, incarnation, busy, watcher>>


\* And time goes on while they do: a node that waits for its disk sends nothing.
MayPassMeanwhile(to) ==
  /\ \A n \in (Sender \cap Synchronous) \ busy : to - sent[n] <= Interval
  /\ \A o \in Watcher \cap Synchronous : to - lastCheck[o] <= CheckEvery

\* IsNewer: any heartbeat counts, however old.
AnyHeartbeat(m, p) == TRUE

\* MayAdapt: however short, if that is how regularly they came.
AnyWindow(window) == TRUE

\* Judged: only the peers that have been heard once.
OnceHeard(o) == {t \in Watched(o) : peer[o][t].incarnation > 0}

\* MayJudge: however late the check is.
Always(o, at) == TRUE

\* AfterPause: this check marks no peer down, and the next goes on as if nothing
\* had been.
AsBefore(p, at) == p

\* IsSilent: the silence is held against the interval.
AnInterval(p, at) == Elapsed(p.heard, at) >= Interval

\* NextIncarnation: a process that starts again is the same as before.
SameNumber(n) == IF incarnation[n] = 0 THEN 1 ELSE incarnation[n]

\* So long that the new process is taken for dead. Nothing else goes wrong, and each
\* heartbeat is heard; the view would take its high numbers for low ones.
OnlyARestart ==
  /\ FewCrashes /\ paused = {} /\ busy = {} /\ Watcher \subseteq alive \cup {o \in Watcher : now = 0}
  /\ now > 0 => calm
  /\ now <= 7 /\ Cardinality(messages) <= 1
=============================================================================
