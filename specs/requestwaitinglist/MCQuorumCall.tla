---------------------------- MODULE MCQuorumCall -----------------------------
(***************************************************************************)
(* What QuorumCall's model must come to.                                   *)
(***************************************************************************)
EXTENDS QuorumCall

SmallerQuorumIsEnough == told = <<"success">> /\ Cardinality(yes) < Cardinality(group)
AllAreNeeded          == told = <<"success">> /\ quorum = 2 /\ no = {}
RefusedBySome         == told = <<"failure">> /\ no # group
RefusedByAll ==
  told = <<"failure">> /\ no = group /\ quorum = 1 /\ Cardinality(group) = 2
IsLate                == told = <<"expired">> /\ yes = {} /\ ~lost
IsGivenUp             == told = <<"unknown">> /\ yes = {} /\ ~late
AnswersAfterTheEnd    == told = <<"expired">> /\ HasQuorum /\ ~(yes = {})
WaitsForMore          == told = <<>> /\ yes # {} /\ ~HasQuorum
SaysYesAndNo          == yes \cap no # {}
=============================================================================
