------------------------ MODULE TwoPhaseCommitBroken ------------------------
(***************************************************************************)
(* Each rule left out, for broken/RULE.cfg to choose one, with the story   *)
(* in which that matters.                                                  *)
(***************************************************************************)
EXTENDS TwoPhaseCommit

\* MayCommit: one yes is enough.
AnyVote(t) == \E p \in Parts(t) : Voted(p, t, "yes")

\* MayAbort: what takes too long is aborted, decided or not.
AnyTime(t) == stage[t] # "none"

\* MayTell: all have voted yes, so that the decision is clear; it is written
\* down afterwards.
OnceVoted(t) ==
  Decided(t) \/ (stage[t] = "preparing" /\ MayCommit(t) /\ Parts(t) # {})

\* MustAbort: what is undecided is left to somebody's patience.
LeftAlone(t) == FALSE

\* MayForget: after a while.
Sometime(t) == TRUE

\* MayVote: before it is locked and logged.
AtWork(p, t) == at[p][t] \in {"active", "prepared"}

\* IsWhole: what is left of a transaction is taken for all of it.
WhatIsLeft(p, m) == TRUE

\* Conflict: writers are kept from each other, and nobody else.
Writers(a, b) == a.write \cap b.write # {}

\* Restored: the writes are in the log, the locks were in memory.
Unlocked(p, t) == {}

\* IsNew: what is asked for is done.
AsAsked(p, t, n) == TRUE

\* MayClose: what was begun is over, sooner or later.
Whatever(n) == \A t \in Transaction : Number[t] <= n => stage[t] # "none"

\* IsOpen: who is not known is new.
Unheard(p, t) == TRUE

\* MayGiveUp: enough is enough.
Anything(p, t) == at[p][t] \in {"active", "prepared"}

\* MayWound: rank goes before promises.
AnyYounger(p, t, u) == policy = "woundWait" /\ Older(t, u) /\ at[p][u] # "refused"

\* MayWaitFor: everybody waits for everybody.
Anybody(p, t, u, committing) == policy # "noWait"

\* MayRollBack: no answer is taken for a failure.
Unanswered(t) == client[t] \in {"open", "asked"}

-----------------------------------------------------------------------------

ByError == policy \in {"none", "noWait"} /\ Alone
ByWait  == policy \in {"none", "waitDie"} /\ Behind
ByWound == policy \in {"none", "woundWait"} /\ Crosswise

\* A transaction with these operations on one key; nobody else.
Does2(first, second) ==
  /\ policy \in {"none", "noWait"} /\ stage["t2"] = "none"
  /\ Does("t1", first, 1, "a") /\ Does("t1", second, 2, "a") /\ DoesAtMost("t1", 2)
  /\ Patient(Transaction)
  /\ {"p2", Coordinator} \subseteq up \/ ~Crashed
PutAndGet == Crashes(1) /\ Does2("Put", "Get")
PutTwice  == Crashes(0) /\ Does2("Put", "Put")
Short     == ByError /\ DoesAtMost("t1", 1) /\ client["t1"] # "aborted"
=============================================================================
