-------------------------- MODULE MCCommitProtocol --------------------------
(***************************************************************************)
(* What CommitProtocol's model must come to.                               *)
(***************************************************************************)
EXTENDS CommitProtocol

TwoCommit       == Participant \subseteq {p \in Participant : log[p] = "committed"}
InDoubtRecovers == \E p \in Participant : log[p] = "prepared" /\ p \notin up /\ p \in up'
AbortsUnasked   == stage = "begun" /\ stage' = "aborted"
AbortsAfterYes  == stage = "aborted" /\ \E p \in members : VoteOf(p, "yes") \in msgs
=============================================================================
