-------------------------- MODULE TransactionCommit --------------------------
(***************************************************************************)
(* What a commit protocol is for, said without a protocol: some parties    *)
(* make a change together or not at all. Each is at work first, may then   *)
(* be prepared, and ends committed or aborted. The idea is Gray and        *)
(* Lamport's, Consensus on Transaction Commit; here there are several      *)
(* transactions, and the participants of one are known when it asks.       *)
(***************************************************************************)

CONSTANTS Transaction, Participant

VARIABLES
  members,   \* by transaction: its participants
  state      \* by transaction and participant: how far that one is

vars == <<members, state>>

Init ==
  /\ members = [t \in Transaction |-> {}]
  /\ state = [t \in Transaction |-> [p \in Participant |-> "working"]]

Set(t, p, from, to) ==
  /\ state[t][p] \in from
  /\ state' = [state EXCEPT ![t][p] = to]
  /\ UNCHANGED members

\* The transaction asks to be committed, and names its participants.
Ask(t, parties) ==
  /\ members[t] = {}
  /\ members' = [members EXCEPT ![t] = parties]
  /\ UNCHANGED state

\* From now on this one can do both, and leaves the choice to others.
Prepare(t, p) == Set(t, p, {"working"}, "prepared")

Commit(t, p) ==
  /\ p \in members[t]
  /\ \A q \in members[t] : state[t][q] \in {"prepared", "committed"}
  /\ Set(t, p, {"prepared"}, "committed")

\* Any number at once: a participant that forgets closed transactions does this.
Abort(ts, p) ==
  /\ \A t \in ts : /\ state[t][p] \in {"working", "prepared"}
                    /\ \A q \in Participant : state[t][q] # "committed"
  /\ state' = [t \in Transaction |->
                 IF t \in ts THEN [state[t] EXCEPT ![p] = "aborted"] ELSE state[t]]
  /\ UNCHANGED members

Next ==
  \/ \E ts \in SUBSET Transaction, p \in Participant : Abort(ts, p)
  \/ \E t \in Transaction :
       \/ \E parties \in SUBSET Participant : Ask(t, parties)
       \/ \E p \in Participant : Prepare(t, p) \/ Commit(t, p)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ members \in [Transaction -> SUBSET Participant]
  /\ state \in [Transaction ->
       [Participant -> {"working", "prepared", "committed", "aborted"}]]

\* All that take part commit, or none does, and no other does.
AllOrNone ==
  \A t \in Transaction : \A p, q \in Participant :
    state[t][p] = "committed" =>
      p \in members[t] /\ (q \in members[t] => state[t][q] # "aborted")

Final ==
  [][\A t \in Transaction : \A p \in Participant :
       state[t][p] \in {"committed", "aborted"} => state'[t][p] = state[t][p]]_vars

THEOREM Spec => [](TypeOK /\ AllOrNone)
THEOREM Spec => Final
=============================================================================
