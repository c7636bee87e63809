------------------------- MODULE LamportClockBroken -------------------------
(***************************************************************************)
(* Each rule of LamportClock left out, for broken/RULE.cfg to choose one.  *)
(***************************************************************************)
EXTENDS MCLamportClock

\* NextStamp: the counter goes up, but not beyond the stamp of the message.
EqualAtBest(own, heard) == Max(own + 1, heard)

\* StampOf: a wall clock, which is ahead on s1 and not on the others.
WallTime(s, heard) == IF s = "s1" THEN 3 + Len(log[s]) ELSE 1 + Len(log[s])

\* Write: the clock is moved later, when the next write has taken its stamp too.
WriteLeavesClock(s, message) ==
  /\ Receives(s, message)
  /\ message.type = "write"
  /\ LET stamp == StampOf(s, message.stamp)
     IN  /\ Enter(s, [stamp |-> stamp, kind |-> "version", key |-> message.key,
                value |-> message.value, past |-> past[s] \cup message.past], message)
         /\ Owe(s, message, stamp, Len(log[s]) + 1)
  /\ UNCHANGED <<mode, clock, durable, clients, requests, replies, got>>

\* ReadMoves, Merge: only its own stamp counts.
Own(own, heard) == own

\* MustMark: how far a read has moved the clock is not stored.
NoMark(s, stamp) == FALSE

\* MayAcknowledge, MayAnswer: the answer does not wait for a flush.
AtOnce(s, answer) == TRUE

\* StartsAt: the clock begins at the beginning.
FromZero(s) == 0

\* LeavesAt: an answer carries the stamp that its request got.
ItsStamp(s, answer) == answer.at

\* IsNewer: versions with equal stamps are equally new.
GreaterStamp(a, b) == a.stamp > b.stamp
-----------------------------------------------------------------------------
(* The models in which that shows.                                         *)

AllUp == \A s \in Server : mode[s] = "up"

\* No crash.
Calm == Bounded /\ AllUp

\* A client writes to s2 and then to s1, and one of the requests arrives twice.
Repeated ==
  /\ AllUp
  /\ Sum([s \in Server |-> Len(log[s])], Server) <= 3
  /\ \A r \in requests : r.type = "write" /\ (r.number = 1) = (r.to = "s2")
  /\ Cardinality(replies) <= 3 /\ \A a, b \in replies : a # b => a.version # b.version

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
