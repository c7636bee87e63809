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
-----------------------------------------------------------------------------
(* The models in which that shows.                                         *)

\* For Asks: one client, and so many requests.
Twice(c)  == c = "c1" /\ sent[c] < 2
Thrice(c) == c = "c1" /\ sent[c] < 3

AllUp == \A s \in Server : mode[s] = "up"

\* No crash.
Calm == Bounded /\ AllUp

\* The same, and one of the requests arrives twice.
Repeated ==
  /\ AllUp
  /\ Sum([s \in Server |-> Len(log[s])], Server) <= 3
  /\ Cardinality(replies) <= 1

\* One server, which may crash.
Crashing == Bounded /\ mode["s2"] = "up" /\ \A r \in requests : r.to = "s1"

\* A client writes to s2, which may crash, and to s1, and reads from s2. What is
\* sent first may arrive last.
Reading ==
  /\ Bounded /\ mode["s1"] = "up"
  /\ \A r \in requests :
       /\ (r.type = "write") = (r.number < 3)
       /\ (r.to = "s1") = (r.number = 2)
=============================================================================
