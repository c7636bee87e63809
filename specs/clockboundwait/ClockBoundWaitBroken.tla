------------------------ MODULE ClockBoundWaitBroken ------------------------
(***************************************************************************)
(* Each rule of ClockBoundWait left out, for broken/RULE.cfg to choose one.*)
(***************************************************************************)
EXTENDS MCClockBoundWait

\* IsFresh: a reading from before the request gives its stamp.
AnyReading(n) == TRUE

\* Reading: the stamp is the middle of the interval.
Middle(n) == (earliest[n] + latest[n]) \div 2

\* NextStamp: the reading alone is the stamp.
ReadingAlone(before, reading) == reading

\* IsPast: the stamp may be the beginning of the interval.
IsReached(n, stamp) == earliest[n] >= stamp

\* MayCommit: no commit wait.
AtOnce(n, w) == TRUE

\* MayServe: no read wait.
Unwaited(n, r) == TRUE

\* IsSettled: the read looks at what is visible only.
IgnorePending(n, r) == TRUE

\* ReadsAt: the newest version of all.
Whatever(r) == r.ver + Max(Time)
=============================================================================
