---------------------------- MODULE MCHybridClock ----------------------------
(***************************************************************************)
(* The bounds of HybridClock's models.                                     *)
(***************************************************************************)
EXTENDS HappenedBefore

\* The clock of n2 runs ahead. No step under fairness is bounded here.
Reading(n) == IF n = "n1" THEN {0, 1} ELSE {0, 2}
MCNext == \E n \in Node : Works(n) \/ \E reading \in Reading(n) : Read(n, reading)

\* The two give three stamps in all, n2 the first one, behind which n2 does not restart.
\* One disk writes at a time.
Together ==
  /\ Cardinality(Events) <= 3
  /\ log["n2"] # <<>> => latest["n2"] < 3 * Width + MaxCounter
  /\ asked["n2"] \in {0, 3}
  /\ log["n2"] = <<>> => physical["n1"] = 0 /\ asked["n1"] <= 1 /\ log["n1"] = <<>>
  /\ asked["n2"] # bound["n2"] => asked["n1"] = bound["n1"]

\* n1 alone, for as long as it may go on: no step that is fair to n1 leads out of
\* this part, so liveness is checked in it. The last bound ends models without a rule, and is
\* not reached otherwise.
Alone == physical["n2"] = 0 /\ asked["n2"] = 0 /\ log["n2"] = <<>> /\ Len(log["n1"]) <= 6

Small == Together \/ Alone

\* What is fair to n2 does not matter.
MCSpec == Init /\ [][MCNext]_vars /\ FairTo("n1")
N1CounterFalls == \A reading \in Time : IsAhead("n1", reading) ~> IsBehind("n1", reading)
N1ReservationEnds == asked["n1"] # bound["n1"] ~> asked["n1"] = bound["n1"]

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

PhysicalClockIsSetBack == \E n \in Node : physical'[n] < physical[n] /\ UNCHANGED latest
CounterCarries         == \E n \in Node : Wall(latest'[n]) > Wall(latest[n]) /\ Wall(latest'[n]) > physical[n]
LastReservedIsGiven    == \E n \in Node : log'[n] # log[n] /\ Wall(latest'[n]) = bound[n] /\ bound[n] > 0
FarthestIsTaken        == \E n \in Node : \E e \in past'[n] \ past[n] :
                            e[1] # n /\ Wall(StampOf(e)) = physical[n] + MaxOffset
UnflushedIsKept        == \E n \in Node : asked[n] # bound[n] /\ bound'[n] = asked[n] /\ latest'[n] # latest[n]
UnflushedIsLost        == \E n \in Node : asked'[n] < asked[n]
=============================================================================
