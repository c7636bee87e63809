------------------------- MODULE LamportClockBroken -------------------------
(***************************************************************************)
(* Each rule of LamportClock left out, for broken/RULE.cfg to choose one.  *)
(***************************************************************************)
EXTENDS LamportClock

\* The counter goes up, but not beyond the stamp that came with the message.
EqualAtBest(own, heard) == Max(own + 1, heard)

\* A wall clock, which is ahead on s1 and not on the others.
WallTime(s, heard) == IF s = "s1" THEN 3 + Len(log[s]) ELSE 1 + Len(log[s])

\* The clock is written back by whoever comes later.
NotYet(own, stamp) == own

Own(own, heard) == own

NoMark(s, stamp) == FALSE

AtOnce(s, answer) == TRUE

FromZero(s) == 0

ItsStamp(s, answer) == answer.at

GreaterStamp(a, b) == a.stamp > b.stamp
=============================================================================
