------------------------- MODULE RequestBatchBroken -------------------------
(***************************************************************************)
(* Each rule of RequestBatch left out, for broken/RULE.cfg to choose one.  *)
(***************************************************************************)
EXTENDS MCRequestBatch

\* HasRoom: there is no bound.
NoBound == TRUE

\* IsFull: a full batch waits for the linger.
NeverFull == FALSE

\* IsOld: the newest request is asked for its age.
NewestIsOld == now - queue[Len(queue)].since >= Linger

\* MustFlush: requests wait for the linger although no more come.
AsAlways == FALSE

\* Fits: a request is added as long as the batch is not full.
UntilFull(n) == Total(queue, n - 1) < MaxSize

\* IsAlone: a request that is larger than a batch does not fit into any.
NeverAlone(n) == FALSE

\* MayCut: the next batch takes the place of the one in flight.
Always == TRUE

\* Attempt: what has come meanwhile leaves with the batch that is sent again.
WithNewer == [number |-> number, items |-> Ids(flight \o queue)]

\* StaysInFlight: the requests of a batch that has failed wait for another one.
BackIntoQueue == queue' = queue \o flight /\ flight' = <<>>

\* IsOurs: any reply is the one to the batch in flight.
AnyReply(reply) == flight # <<>>

\* IsAnswerTo: the first answer is to the first request.
ByPlace(reply, i, k) == i = k

\* GivenUpOutcome: callers are told that their requests are not executed.
AsRefused == "refused"

\* MayTake: whatever comes is taken.
AnyBatch(batch) == TRUE

\* IsNew: whatever comes is taken for new.
EachTime(batch) == batch.number >= newest

\* IsDone: the batch ends with the first request that fails.
UntilFailure == Len(answers) = Len(work) \/ (answers # <<>> /\ answers[Len(answers)].outcome = "failed")

\* SurvivesRestart: the server keeps the answers in memory only.
InMemory == newest' = 0 /\ answers' = <<>>
=============================================================================
