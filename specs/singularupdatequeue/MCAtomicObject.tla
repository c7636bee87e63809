--------------------------- MODULE MCAtomicObject ---------------------------
EXTENDS AtomicObject

UpToTwo == Len(asked) <= 2
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

RejectedAtOnce   == Len(asked') > Len(asked) /\ answer'[Len(asked')].told = "rejected"
OldestIsDropped ==
  Len(asked') > Len(asked) /\ answer'[1].told = "dropped" /\ answer'[2] = Nothing
LaterIsServed    == Len(asked) = 2 /\ answer[1] = Nothing /\ answer[2].told = "done"
BothAreServed ==
  Len(asked) = 2 /\ answer[1].value = asked[2].value /\ answer[2].value = First
    /\ object = asked[1].value
TwoAreStopped ==
  Len(asked) = 2 /\ Pending = {1, 2} /\ Pending' = {} /\ answer'[1].told = "stopped"
    /\ answer'[2].told = "stopped"
OneGivesUp       == Pending = {1, 2} /\ answer'[1].told = "gaveUp" /\ answer'[2] = Nothing
OneFails         == Pending = {1, 2} /\ answer'[2].told = "failed" /\ answer'[1] = Nothing
=============================================================================
