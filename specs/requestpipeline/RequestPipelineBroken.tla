------------------------ MODULE RequestPipelineBroken ------------------------
(***************************************************************************)
(* Each rule of RequestPipeline left out, for broken/RULE.cfg to choose    *)
(* one.                                                                    *)
(***************************************************************************)
EXTENDS MCRequestPipeline

\* HasRoom: there is no bound.
NoBound == TRUE

\* NextInQueue: the caller that has come last is served first.
LastInQueue == Len(queue)

\* MaySend: new requests leave before the old ones have left again.
AtOnce == TRUE

\* MustResend: what the last connection has carried is not sent again.
AsBefore == todo

\* Cancelled: a cancelled request frees its place.
Freed(entry) == <<>>

\* Matches: the next answer is for the next request, whatever its number.
ByPosition(n) == todo < Len(window)

\* IsCurrent: the reader of an old connection goes on.
AnyConnection(c) == status = "open"

\* MayHaveRun: a request that the present connection has not carried counts as not sent.
OnThisConnection(text) == \E i \in InFlight(text) : i + todo <= Len(window)

\* MustFail: only those in flight are told that the client has closed.
IfInFlight(text) == InFlight(text) # {}

\* IsNewProcess: the number is not stored, and the next process has the same one.
NotOlder(p) == p >= process

\* MayServe: whatever comes is taken.
AnyTime(c) == TRUE

\* IsNext: any later request is taken for the next.
AnyLater(c, n) == TRUE

\* IsRepeated: each request is processed, as often as it comes.
NeverRepeated(c, n) == FALSE

\* MayForget: the server keeps one answer too few.
OneTooEarly(n, newer) == n + Max <= newer + 1

\* SurvivesRestart: the server keeps in memory only what it knows of requests.
InMemory == newest' = [process |-> 0, epoch |-> 0] /\ accepted' = 0 /\ memory' = <<>>
=============================================================================
