--------------------------- MODULE CommitProtocol ---------------------------
(***************************************************************************)
(* The core of two-phase commit: one transaction, its votes, its decision, *)
(* crash and recovery. It refines TransactionCommit, and TwoPhaseCommit    *)
(* refines it, for each of its transactions. A node has a log, which       *)
(* outlives a crash, and a memory, which does not. A message that was sent *)
(* arrives at any time, more than once, or never.                          *)
(***************************************************************************)
CONSTANTS Participant, Coordinator
Node == Participant \cup {Coordinator}
VARIABLES
  up,          \* the nodes that are running
  stage,       \* in the coordinator's log: how far the transaction is
  members,     \* in the coordinator's log: the participants that it asks
  collecting,  \* in the coordinator's memory: does it wait for votes?
  log,         \* by participant: what its log says of the transaction
  work,        \* the participants with the transaction's changes in memory
  msgs         \* all messages that were ever sent

coordinator == <<stage, members, collecting>>
vars        == <<up, coordinator, log, work, msgs>>

Ask(p)            == [type |-> "Prepare", p |-> p]
VoteOf(p, vote)   == [type |-> "Vote", p |-> p, vote |-> vote]
Told(outcome)     == [type |-> "Decision", outcome |-> outcome]

Init ==
  /\ up = {} /\ msgs = {}
  /\ stage = "none" /\ members = {} /\ collecting = FALSE
  /\ log = [p \in Participant |-> "none"] /\ work = {}
-----------------------------------------------------------------------------
Undecided == stage \in {"begun", "preparing"}
Decided   == stage \in {"committed", "aborted"}

Begin ==
  /\ Coordinator \in up /\ stage = "none" /\ stage' = "begun"
  /\ UNCHANGED <<up, members, collecting, log, work, msgs>>

\* The first phase: the coordinator asks for votes.
StartPrepare(parties) ==
  /\ Coordinator \in up /\ stage = "begun"
  /\ stage' = "preparing" /\ members' = parties /\ collecting' = TRUE
  /\ msgs' = msgs \cup {Ask(p) : p \in parties}
  /\ UNCHANGED <<up, log, work>>

\* All have promised.
Commit ==
  /\ Coordinator \in up /\ stage = "preparing" /\ collecting
  /\ \A p \in members : VoteOf(p, "yes") \in msgs
  /\ stage' = "committed"
  /\ UNCHANGED <<up, members, collecting, log, work, msgs>>

\* For any reason, but never against a decision.
Abort ==
  /\ Coordinator \in up /\ Undecided /\ stage' = "aborted"
  /\ UNCHANGED <<up, members, collecting, log, work, msgs>>

\* The second phase: it sends the decision that is in its log.
Tell ==
  /\ Coordinator \in up /\ Decided /\ msgs' = msgs \cup {Told(stage)}
  /\ UNCHANGED <<up, coordinator, log, work>>
-----------------------------------------------------------------------------
\* A participant makes changes in its memory, where no other node sees them.
Work(p) ==
  /\ p \in up /\ log[p] = "none" /\ work' \in {work \cup {p}, work \ {p}}
  /\ UNCHANGED <<up, coordinator, log, msgs>>

\* Changes and promise are in its log. It can do both now, and has no choice left.
Prepare(p) ==
  /\ p \in up /\ p \in work /\ Ask(p) \in msgs
  /\ log' = [log EXCEPT ![p] = "prepared"] /\ work' = work \ {p}
  /\ UNCHANGED <<up, coordinator, msgs>>

\* It votes yes if its promise is in the log, and no otherwise: a crash may have taken its work.
Vote(p) ==
  /\ p \in up /\ log[p] \in {"none", "prepared"} /\ Ask(p) \in msgs
  /\ msgs' = msgs \cup {VoteOf(p, IF log[p] = "prepared" THEN "yes" ELSE "no")}
  /\ work' = work \ {p}
  /\ UNCHANGED <<up, coordinator, log>>

\* It learns the decision, and obeys.
Apply(p) ==
  /\ p \in up /\ log[p] = "prepared" /\ Told("committed") \in msgs
  /\ log' = [log EXCEPT ![p] = "committed"]
  /\ UNCHANGED <<up, coordinator, work, msgs>>

Discard(p) ==
  /\ p \in up /\ log[p] \in {"none", "prepared"} /\ Told("aborted") \in msgs
  /\ log' = [log EXCEPT ![p] = "aborted"] /\ work' = work \ {p}
  /\ UNCHANGED <<up, coordinator, msgs>>
-----------------------------------------------------------------------------
Crash(node) ==
  /\ node \in up
  /\ up' = up \ {node} /\ work' = work \ {node}
  /\ collecting' = (collecting /\ node # Coordinator)
  /\ UNCHANGED <<stage, members, log, msgs>>

\* A node starts with its log. The coordinator no longer waits for votes, so it aborts.
Recover(node) ==
  /\ node \notin up /\ up' = up \cup {node}
  /\ stage' = IF node = Coordinator /\ Undecided THEN "aborted" ELSE stage
  /\ UNCHANGED <<members, collecting, log, work, msgs>>

Decide == Commit \/ Tell \/ (Abort /\ \E p \in members : VoteOf(p, "no") \in msgs)
Obey(p) == Prepare(p) \/ Vote(p) \/ Apply(p) \/ Discard(p)

Next ==
  \/ Begin \/ Abort \/ Decide \/ \E parties \in SUBSET Participant : StartPrepare(parties)
  \/ \E p \in Participant : Work(p) \/ Obey(p)
  \/ \E node \in Node : Crash(node) \/ Recover(node)

\* A crashed node is started again, and at times stays up until it has acted.
Fairness == /\ \A node \in Node : WF_vars(Recover(node))
            /\ SF_vars(Decide) /\ \A p \in Participant : SF_vars(Obey(p))

Spec     == Init /\ [][Next]_vars
FairSpec == Spec /\ Fairness
-----------------------------------------------------------------------------
TypeOK ==
  /\ up \subseteq Node /\ collecting \in BOOLEAN
  /\ members \cup work \subseteq Participant
  /\ stage \in {"none", "begun", "preparing", "committed", "aborted"}
  /\ log \in [Participant -> {"none", "prepared", "committed", "aborted"}]
  /\ msgs \subseteq UNION {{Ask(p), VoteOf(p, "yes"), VoteOf(p, "no")} : p \in Participant}
                      \cup {Told("committed"), Told("aborted")}

DownHasItsLog == work \subseteq up /\ (collecting => Coordinator \in up)
WorkIsOpen    == \A p \in work : log[p] = "none"
OnlyTheLiveAct == [][/\ \A p \in Participant \ up : log'[p] = log[p]
                     /\ \A m \in msgs' \ msgs :
                          (IF m.type = "Vote" THEN m.p ELSE Coordinator) \in up
                     /\ Coordinator \notin up \cup up' => UNCHANGED <<stage, members>>]_vars
\* A yes is a promise that outlives a crash.
YesIsPromised == \A p \in Participant : VoteOf(p, "yes") \in msgs => log[p] # "none"
CommittedIsPromised ==
  stage = "committed" => \A p \in members : log[p] \in {"prepared", "committed"}

DecisionStays == [][Decided => stage' = stage]_vars
PromiseIsKept == [][\A p \in Participant : log[p] = "prepared" /\ log'[p] # log[p] =>
                      Decided /\ log'[p] = stage]_vars
AllIsResolved == []<>(stage # "preparing" /\ \A p \in Participant : log[p] # "prepared")

Parties == INSTANCE TransactionCommit WITH
  state <- [p \in Participant |-> IF log[p] = "none" THEN "working" ELSE log[p]]
RefinesTransactionCommit == Parties!Spec

THEOREM Spec => [](TypeOK /\ DownHasItsLog /\ WorkIsOpen /\ YesIsPromised /\ CommittedIsPromised)
THEOREM Spec => OnlyTheLiveAct /\ DecisionStays /\ PromiseIsKept
THEOREM FairSpec => RefinesTransactionCommit /\ AllIsResolved
=============================================================================
