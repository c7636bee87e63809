------------------------ MODULE TwoPhaseCommitBroken ------------------------
(***************************************************************************)
(* Each rule left out, for broken/RULE.cfg to choose one, with the course  *)
(* of events in which that matters.                                        *)
(***************************************************************************)
EXTENDS MCTwoPhaseCommit

\* MayCommit: one yes is enough.
AnyVote(t) == \E p \in Parts(t) : Voted(p, t, "yes")

\* MayAbort: a transaction that takes too long is aborted, decided or not.
AnyTime(t) == stage[t] # "none"

\* MayTell: all have voted yes, so that the decision is clear; it is logged
\* afterwards.
OnceVoted(t) ==
  Decided(t) \/ (stage[t] = "preparing" /\ MayCommit(t) /\ Parts(t) # {})

\* MustAbort: what is undecided is left to a time-out.
LeftAlone(t) == FALSE

\* MayForget: after a while.
Sometime(t) == TRUE

\* MayVote: before it is locked and logged.
AtWork(p, t) == at[p][t] \in {"active", "prepared"}

\* IsWhole: what is left of a transaction is taken for all of it.
WhatIsLeft(p, m) == TRUE

\* Conflict: only writers exclude each other.
Writers(a, b) == a.write \cap b.write # {}

\* Restored: the writes are in the log, the locks were in memory.
Unlocked(p, t) == {}

\* IsNew: each operation that arrives is done.
AsAsked(p, t, n) == TRUE

\* MayClose: a transaction that has begun is taken to be over.
OnceBegun(n) == \A t \in Transaction : Number[t] <= n => stage[t] # "none"

\* IsOpen: a transaction that is not known is new.
Unheard(p, t) == TRUE

\* MayGiveUp: a promised transaction is given up too.
Anything(p, t) == at[p][t] \in {"active", "prepared"}

\* MayWound: a prepared transaction is wounded too.
AnyYounger(p, t, u) == policy = "woundWait" /\ Older(p, t, u) /\ at[p][u] # "refused"

\* MayWaitFor: each transaction waits for each other one.
AnyTransaction(p, t, u, committing) == policy # "noWait"

\* MayRollBack: no answer is taken for a failure.
Unanswered(t) == client[t] \in {"open", "asked"}

-----------------------------------------------------------------------------

\* All nodes have started: no counterexample needs to show how.
Started ==
  /\ policy \in Policy /\ up = Node /\ incarnation = [n \in Node |-> 1]
  /\ NothingBegun
StartedSpec == Started /\ [][Next]_vars /\ Fairness

UnderNoWait == policy \in {"none", "noWait"} /\ Alone
UnderWaitDie == policy \in {"none", "waitDie"} /\ Behind
UnderWoundWait == policy \in {"none", "woundWait"} /\ Crosswise

\* One transaction with these operations on one key.
DoesOnOneKey(first, second) ==
  /\ policy \in {"none", "noWait"} /\ stage["t2"] = "none"
  /\ Does("t1", first, 1, "a") /\ Does("t1", second, 2, "a") /\ DoesAtMost("t1", 2)
  /\ Patient(Transaction)
  /\ {"p2", Coordinator} \subseteq up \/ ~Crashed
PutAndGet == Crashes(1) /\ DoesOnOneKey("Put", "Get")
PutTwice  == Crashes(0) /\ DoesOnOneKey("Put", "Put")
Short     == UnderNoWait /\ DoesAtMost("t1", 1) /\ client["t1"] # "aborted"
=============================================================================
