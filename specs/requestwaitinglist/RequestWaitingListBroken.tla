---------------------- MODULE RequestWaitingListBroken ----------------------
(***************************************************************************)
(* Each rule of RequestWaitingList left out, for broken/RULE.cfg to choose *)
(* one.                                                                    *)
(***************************************************************************)
EXTENDS MCRequestWaitingList

\* IsNew: the incarnation is not stored, and the next process has the same one.
NotOlder(own, number) == number >= own

\* IsOurs: the answer's number is looked up, and its incarnation is not.
AnyIncarnation(request) == TRUE

\* MayBegin: a call begins at a node that has stepped down.
Always == TRUE

\* MaySend: the request leaves first, and its entry comes later.
Beforehand(n, c, p) == n = last + 1

\* MayCount: answers are counted, and not the peers that have sent them.
EachAnswer(call, p) == TRUE

\* HasQuorum: a no counts as well.
AnyAnswer(call) == call.yes + call.no >= call.quorum

\* IsImpossible: a call fails when a quorum has said no.
QuorumOfNo(call) == call.no >= call.quorum

\* IsReached: a call waits for the next advance in any case.
NeverReached(i) == FALSE

\* IsCompleted: an advance completes the call for just its index.
Exactly(i, high) == i = high

\* IsExpired: a call that waits for an index has no deadline.
OnlyWithPeers(call) == call.index = 0 /\ call.deadline <= now

\* Leaves: a call that has ended stays in the list.
Stays(outcome) == FALSE

\* MustTell: a call that expires is removed, and its client is not told.
ButExpired(outcome) == outcome # "expired"

\* IsAbandoned: the calls that wait for an index are forgotten at the step-down.
OnlyOfPeers(call) == call.index = 0

\* AbandonedOutcome: the client is told that the call has failed.
AsFailure == "failure"
=============================================================================
