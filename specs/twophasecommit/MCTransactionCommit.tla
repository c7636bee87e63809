------------------------- MODULE MCTransactionCommit -------------------------
(***************************************************************************)
(* What TransactionCommit's model must come to.                            *)
(***************************************************************************)
EXTENDS TransactionCommit

AllCommit         == \A p \in Participant : state[p] = "committed"
SomeAreNoMembers ==
  members # {} /\ members # Participant /\ \A p \in members : state[p] = "committed"
PreparedIsAborted == \E p \in Participant : state[p] = "prepared" /\ state'[p] = "aborted"
WorkingIsAborted  == \E p \in members : state[p] = "working" /\ state'[p] = "aborted"
AsksLate          == members = {} /\ members' # {} /\ \A p \in members' : state[p] # "working"
=============================================================================
