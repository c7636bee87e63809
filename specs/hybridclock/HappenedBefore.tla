--------------------------- MODULE HappenedBefore ---------------------------
(***************************************************************************)
(* What must hold of HybridClock.                                          *)
(***************************************************************************)
EXTENDS HybridClock, FiniteSets

TypeOK ==
  /\ physical \in [Node -> Time] /\ highest \in [Node -> Time]
  /\ latest \in [Node -> Nat]
  /\ bound \in [Node -> Nat] /\ asked \in [Node -> Nat]
  /\ \A n \in Node :
       /\ asked[n] >= bound[n]
       /\ physical[n] <= highest[n]
       /\ past[n] \subseteq Events
       /\ {n} \X DOMAIN log[n] \subseteq past[n]
       /\ \A i \in DOMAIN log[n] :
            log[n][i].stamp \in Nat \ {0} /\ log[n][i].past \subseteq Events

\* The clock condition of Lamport's paper: an event that happened before another
\* one, on any node, has a smaller stamp.
ClockCondition ==
  \A e \in Events : \A before \in log[e[1]][e[2]].past : StampOf(before) < StampOf(e)

\* The stamps of a node increase, also across the end of its process.
StampsIncrease ==
  \A n \in Node : \A i \in 2 .. Len(log[n]) : log[n][i - 1].stamp < log[n][i].stamp

\* No stamp is farther ahead of the physical time than the maximum offset, whatever
\* the clocks of others say. Physical time is the highest reading of the node's clock.
NearPhysicalTime ==
  \A n \in Node : \A i \in DOMAIN log[n] :
    log[n][i].stamp < (highest[n] + MaxOffset + 1) * Width

\* What is on the disk is enough to begin behind all that was given.
GivenIsReserved ==
  \A n \in Node : \A i \in DOMAIN log[n] : log[n][i].stamp < (bound[n] + 1) * Width

\* A new stamp is not behind the physical clock, and has a counter of 0 if the
\* clock was ahead. It is no farther ahead than what was received, by one.
Given(n) == log'[n][Len(log'[n])].stamp
StampsFollowTime ==
  [][\A n \in Node : Len(log'[n]) > Len(log[n]) =>
       /\ Given(n) >= physical[n] * Width
       /\ Given(n) > latest[n] + 1 => Given(n) <= (physical[n] + MaxOffset + 1) * Width
       /\ Given(n) > latest[n] + 1 =>
            \/ Given(n) = physical[n] * Width
            \/ Given(n) - 1 \in Stamps]_vars

\* The past of an event is what the node knew of, and perhaps a message's.
EventHasItsPast ==
  [][\A n \in Node : Len(log'[n]) > Len(log[n]) =>
       LET before == log'[n][Len(log'[n])].past
       IN  past[n] \subseteq before /\ before \subseteq past'[n]]_vars

\* A reservation outlives the process, and never goes back.
BoundsGrow == [][\A n \in Node : bound'[n] >= bound[n]]_vars

\* A process begins with no stamp that an earlier one has given.
ClocksGrow == [][\A n \in Node : latest'[n] >= latest[n]]_vars

\* Events move a clock, and nothing else does while the process runs. The next process
\* begins behind the reservation, with nothing under way and no reading.
EventsMoveClocks ==
  [][\A n \in Node : latest'[n] # latest[n] /\ log'[n] = log[n] =>
       /\ latest'[n] = (bound'[n] + 1) * Width - 1
       /\ asked'[n] = bound'[n] /\ physical'[n] = 0]_vars

\* One reservation is under way at a time.
OneFlushAtATime ==
  [][\A n \in Node : asked[n] # bound[n] => asked'[n] \in {asked[n], bound[n]}]_vars

\* When physical time goes on, the counter falls to 0 again, unless a stamp from
\* elsewhere keeps it up or the clock jumps.
HasHeard(n) == \E e \in past[n] : e[1] # n
IsAhead(n, reading) == physical[n] = reading /\ latest[n] < reading * Width
IsBehind(n, reading) ==
  latest[n] = reading * Width \/ physical[n] # reading \/ HasHeard(n)
CounterFalls ==
  \A n \in Node, reading \in Time : IsAhead(n, reading) ~> IsBehind(n, reading)

\* A flush returns.
ReservationEnds == \A n \in Node : asked[n] # bound[n] ~> asked[n] = bound[n]

\* A Lamport clock makes the same promise: events are embedded in a strict order.
Order == INSTANCE StrictOrderEmbedding WITH
  past  <- [e \in Events |-> log[e[1]][e[2]].past],
  place <- [e \in Events |-> <<StampOf(e), Rank(e[1])>>]
RefinesStrictOrderEmbedding == Order!Spec

THEOREM Spec => [](TypeOK /\ ClockCondition /\ StampsIncrease)
THEOREM Spec => [](NearPhysicalTime /\ GivenIsReserved)
THEOREM Spec => StampsFollowTime /\ EventHasItsPast /\ BoundsGrow /\ ClocksGrow
THEOREM Spec => EventsMoveClocks /\ OneFlushAtATime
\* HybridClock.cfg checks these two of n1 only: N1CounterFalls.
THEOREM Spec => CounterFalls /\ ReservationEnds
THEOREM Spec => RefinesStrictOrderEmbedding
=============================================================================
