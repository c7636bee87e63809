-------------------------- MODULE HeartBeatBroken --------------------------
(***************************************************************************)
(* Each rule of HeartBeat left out, for broken/RULE.cfg to choose one.     *)
(***************************************************************************)
EXTENDS HeartBeat

\* Reading: the wall clock, which somebody may set.
WallClock(n) == now + wall[n]

\* Elapsed: in a smaller unit than that of the windows.
SmallUnit(from, to) == (to - from) * 1000

\* MaySend: the heartbeat waits its turn behind the requests, and they wait
\* for the disk.
BehindTheFlush(n) == n \notin busy

\* IsNewer: any heartbeat is a sign of life.
AnyHeartbeat(m, p) == TRUE

\* MayAdapt: however short, if that is how regularly they came.
AnyWindow(window) == TRUE

\* Judged: those that have been heard once.
OnceHeard(o) == {t \in Watched(o) : peer[o][t].incarnation > 0}

\* MayJudge: however late the check is.
Always(o, at) == TRUE

\* AfterPause: this check judges nobody, and the next goes on as if nothing
\* had been.
AsBefore(p, at) == p

\* IsSilent: the silence is held against the interval.
AnInterval(p, at) == Elapsed(p.heard, at) >= Interval

\* NextIncarnation: a process that starts again is the same as before.
TheSame(n) == Max(incarnation[n], 1)
=============================================================================
