--------------------------- MODULE HybridClockSteps ---------------------------
(***************************************************************************)
(* How the clocks in impl/hybridclock speak of their steps. TLC computes   *)
(* with 32 bits, of which the counter has 16, so that the physical clocks  *)
(* of recorded runs begin near 0.                                          *)
(***************************************************************************)
EXTENDS HappenedBefore, Steps

View(n) ==
  [physical |-> physical[n],
   latest   |-> latest[n],
   bound    |-> bound[n],
   asked    |-> asked[n]]

\* Each stamp that was given may be under way.
StepsNetwork == {[stamp |-> stamp] : stamp \in Stamps}

\* A stamp under way changes no node until a node receives it. No step reads the
\* auxiliary variables, except that a stamp which arrives was given.
StepsState == <<physical, latest, bound, asked>>

\* An observer says that the node waits for no flush.
Quiet(n) == asked[n] = bound[n] /\ UNCHANGED vars

StepsNext ==
  \/ \E n \in Arg("node", Node), reading \in Arg("reading", Time) :
       Step("Read", [node |-> n, reading |-> reading], Read(n, reading))
  \/ \E n \in Arg("node", Node) : Step("Now", [node |-> n], Now(n))
  \/ \E n \in Arg("node", Node), stamp \in Arg("stamp", Stamps) :
       Step("Receive", [node |-> n, stamp |-> stamp], Receive(n, stamp))
  \/ \E n \in Arg("node", Node), stamp \in Arg("stamp", Stamps) :
       Step("Refuse", [node |-> n, stamp |-> stamp], Refuse(n, stamp))
  \/ \E n \in Arg("node", Node), upTo \in Arg("upTo", Time) :
       Step("Reserve", [node |-> n, upTo |-> upTo], Reserve(n, upTo))
  \/ \E n \in Arg("node", Node) : Step("Persist", [node |-> n], Persist(n))
  \/ \E n \in Arg("node", Node) :
     \E kept \in Arg("kept", Kept(n)) :
       Step("Restart", [node |-> n, kept |-> kept], Restart(n, kept))
  \/ \E n \in Arg("node", Node) : Step("Quiet", [node |-> n], Quiet(n))

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
\* What costs the same however long a trace is.
IsConsistent ==
  \A n \in Node :
    /\ bound[n] <= asked[n]
    /\ latest[n] < (bound[n] + 1) * Width
    /\ log[n] # <<>> => log[n][Len(log[n])].stamp <= latest[n]

\* The model that is explored: n2 is ahead and gives one stamp. Then n1, which is
\* behind, does what it can.
Explored ==
  /\ physical["n1"] <= 1 /\ asked["n1"] <= 2 /\ Len(log["n1"]) <= 2
  /\ physical["n2"] # 1 /\ asked["n2"] \in {0, 3}
  /\ IF log["n2"] = <<>> THEN physical["n1"] + asked["n1"] + Len(log["n1"]) = 0
     ELSE /\ latest["n2"] = Pack(2, 0) /\ physical["n2"] = 2 /\ asked["n2"] = bound["n2"]
          /\ Len(log["n2"]) = 1
=============================================================================
