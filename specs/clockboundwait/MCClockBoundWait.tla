-------------------------- MODULE MCClockBoundWait --------------------------
(***************************************************************************)
(* The bounds of ClockBoundWait's models.                                  *)
(***************************************************************************)
EXTENDS StrictProperties

\* How many writes and reads there are, except those that are given up.
Most == [n \in Node |-> IF n = "n1" THEN 2 ELSE 1]

\* The clock of n1 is slow or fast by 1 at most. That of n2 is right.
WidthOf(n) == IF n = "n1" THEN Width ELSE 0

\* n1 has the key, and n2 reads it.
Count(n) ==
  IF n = "n1" THEN Cardinality(pending[n]) + Cardinality(data[n])
  ELSE Cardinality(asked) + Cardinality(served)

\* Time goes on by one. A node reads its clock while it has to do, and its intervals are as
\* wide as they may be.
Waits(n) == arrived[n] # None \/ pending[n] # {} \/ \E r \in asked : r.to = n
MCTick == Tick(now + 1) /\ now + 1 \in Time
MCRead(n) ==
  /\ Waits(n)
  /\ \E from \in Time : (from # earliest[n] \/ ~fresh[n]) /\ from + WidthOf(n) \in Time /\ Read(n, from, from + WidthOf(n))
MCArrive(n) == Count(n) < Most[n] /\ now < Max(Time) /\ last[n] < Max(Time) /\ Arrive(n)

MCStamp(n) == \E k \in Key : IF n = "n1" THEN Begin(n, k) ELSE Ask(n, "n1", k)

Works ==
  \/ MCTick
  \/ \E n \in Node :
       \/ MCRead(n) \/ MCArrive(n) \/ MCStamp(n) \/ CommitOne(n) \/ ServeOne(n)
       \/ \E w \in pending[n] : Abandon(n, w)
MCNext == Works \/ \E n \in Node : Waits(n) /\ Restart(n)

MCSpec == Init /\ [][MCNext]_vars

\* No node crashes where operations must end. The bounds of Tick and Read do not matter to
\* those: see Enough.
MCFairness ==
  /\ WF_vars(MCTick)
  /\ \A n \in Node : WF_vars(MCRead(n)) /\ WF_vars(MCStamp(n)) /\ WF_vars(CommitOne(n)) /\ WF_vars(ServeOne(n))
MCLive == Init /\ [][Works]_vars /\ MCFairness

\* As in StrictProperties, for all writes, and all reads, at once.
N1WritesEnd ==
  LET waits == \E w \in pending["n1"] : Enough(w.ver) IN waits ~> ~waits
N1ServesReads ==
  LET waits == \E r \in asked : Enough(r.ver) IN waits ~> ~waits
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

ClockGoesBack      == \E n \in Node : fresh'[n] /\ latest'[n] < latest[n]
StampIsAhead       == \E n \in Node : \E w \in pending[n] : w.ver > now
ReadWaitsForWrite  == \E r \in asked : IsPast(r.to, r.ver) /\ ~IsSettled(r.to, r)
AcknowledgedIsThere == \E r \in served : r.got # 0 /\ r.got <= r.after
ReadIsBeneath      == \E r \in served : \E v \in Of(r.to, r.key) : v > r.ver /\ r.got # 0
OtherNodeIsRead    == \E r \in asked : r.from # r.to /\ r \notin asked' /\ served' # served
PendingIsLost      == \E n \in Node : pending[n] # {} /\ pending'[n] = {} /\ ~fresh'[n]
WriteIsAbandoned   == \E n \in Node : fresh'[n] /\ pending[n] # {} /\ pending'[n] = {} /\ data' = data
StaleReadingIsUsed == \E n \in Node : fresh[n] /\ latest[n] < now /\ arrived[n] # None /\ arrived'[n] = None /\ last'[n] > last[n]
=============================================================================
