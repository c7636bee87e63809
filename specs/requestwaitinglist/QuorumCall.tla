----------------------------- MODULE QuorumCall -----------------------------
(***************************************************************************)
(* One call to a group of nodes, as its client sees it. The nodes say yes  *)
(* or no. The call ends once. It succeeds only if a quorum of distinct     *)
(* nodes has said yes, and fails only if it can no longer succeed. It      *)
(* expires after its deadline. If all calls were given up, its outcome is  *)
(* unknown. A node may say yes to one request of the call and no to        *)
(* another one.                                                            *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences

CONSTANT Node

VARIABLES
  group,    \* the nodes that are asked; {} before the call has begun
  quorum,   \* how many of them must say yes
  yes, no,  \* the nodes that have said so
  late,     \* the deadline has passed
  lost,     \* all calls were given up
  told      \* the outcomes that the client was told

vars == <<group, quorum, yes, no, late, lost, told>>

Outcome == {"success", "failure", "expired", "unknown"}

Init ==
  /\ group = {} /\ quorum = 0 /\ yes = {} /\ no = {}
  /\ late = FALSE /\ lost = FALSE /\ told = <<>>

Begin ==
  /\ group = {}
  /\ group' \in SUBSET Node
  /\ quorum' \in 1 .. Cardinality(group')

\* What was said stays said. Answers and the deadline come at any time.
Hear ==
  /\ yes' \in SUBSET group' /\ yes \subseteq yes'
  /\ no' \in SUBSET group' /\ no \subseteq no'
  /\ late' \in {late, group' # {}} /\ (late => late')
  /\ lost' \in {lost, group' # {}} /\ (lost => lost')

HasQuorum    == Cardinality(yes) >= quorum
IsImpossible == Cardinality(group \ no) < quorum

Ends(outcome) ==
  /\ group # {} /\ told = <<>>
  /\ CASE outcome = "success" -> HasQuorum'
       [] outcome = "failure" -> IsImpossible'
       [] outcome = "expired" -> late'
       [] outcome = "unknown" -> lost'
  /\ told' = <<outcome>>

Next ==
  /\ Begin \/ UNCHANGED <<group, quorum>>
  /\ Hear
  /\ UNCHANGED told \/ \E outcome \in Outcome : Ends(outcome)

Spec == Init /\ [][Next]_vars

\* The client is told, once the call can end.
FairSpec == Spec /\ WF_vars(Next /\ told' # told)
-----------------------------------------------------------------------------
TypeOK ==
  /\ group \subseteq Node /\ yes \subseteq group /\ no \subseteq group
  /\ quorum \in 0 .. Cardinality(group) /\ late \in BOOLEAN /\ lost \in BOOLEAN

EndsOnce == Len(told) <= 1
ToldIsFinal == [][told # <<>> => told' = told]_vars

SuccessHasQuorum == told = <<"success">> => HasQuorum
FailureIsDefinite == told = <<"failure">> => IsImpossible

\* As long as each node says one thing only, a call that failed cannot have a quorum.
FailureExcludesQuorum == yes \cap no = {} => ~(HasQuorum /\ IsImpossible) \/ group = {}

EndsAtLast == (group # {} /\ (late \/ lost \/ HasQuorum \/ IsImpossible)) ~> told # <<>>

THEOREM Spec => [](TypeOK /\ EndsOnce /\ SuccessHasQuorum /\ FailureIsDefinite)
THEOREM Spec => []FailureExcludesQuorum /\ ToldIsFinal
THEOREM FairSpec => EndsAtLast
=============================================================================
