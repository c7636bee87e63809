-------------------------- MODULE TransactionCommit --------------------------
(***************************************************************************)
(* What a commit protocol is for, said without a protocol: some parties    *)
(* make a change together or not at all. Each is at work first, may then   *)
(* be prepared, and ends committed or aborted. The idea is Gray and        *)
(* Lamport's, Consensus on Transaction Commit; here the parties are known  *)
(* when the transaction asks. CommitProtocol refines this.                 *)
(***************************************************************************)

CONSTANT Participant

VARIABLES
  members,   \* the participants of the transaction
  state      \* by participant: how far it is

vars == <<members, state>>

Init ==
  /\ members = {}
  /\ state = [p \in Participant |-> "working"]

Set(p, from, to) ==
  /\ state[p] \in from
  /\ state' = [state EXCEPT ![p] = to]
  /\ UNCHANGED members

\* The transaction asks to be committed, and names its participants.
Ask(parties) ==
  /\ members = {}
  /\ members' = parties
  /\ UNCHANGED state

\* From now on this one can do both, and leaves the choice to others.
Prepare(p) == Set(p, {"working"}, "prepared")

Commit(p) ==
  /\ p \in members
  /\ \A q \in members : state[q] \in {"prepared", "committed"}
  /\ Set(p, {"prepared"}, "committed")

Abort(p) ==
  /\ \A q \in Participant : state[q] # "committed"
  /\ Set(p, {"working", "prepared"}, "aborted")

Next ==
  \/ \E parties \in SUBSET Participant : Ask(parties)
  \/ \E p \in Participant : Prepare(p) \/ Commit(p) \/ Abort(p)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ members \subseteq Participant
  /\ state \in [Participant -> {"working", "prepared", "committed", "aborted"}]

\* All that take part commit, or none does, and no other does.
AllOrNone ==
  \A p, q \in Participant :
    state[p] = "committed" =>
      p \in members /\ (q \in members => state[q] # "aborted")

Final ==
  [][\A p \in Participant :
       state[p] \in {"committed", "aborted"} => state'[p] = state[p]]_vars

THEOREM Spec => [](TypeOK /\ AllOrNone)
THEOREM Spec => Final
=============================================================================
