--------------------------- MODULE MCRequestBatch ---------------------------
(***************************************************************************)
(* The bounds of RequestBatch's models.                                    *)
(***************************************************************************)
EXTENDS BatchOverChannel

ZeroToTwo == 0 .. 2
OneAndThree == {1, 3}
UpToTwo == 1 .. 2
UpToThree == 1 .. 3

CONSTANT MaxCalls

\* Time moves in single steps.
TickOne == now + 1 \in Time /\ Tick(now + 1)
ClientSteps ==
  \/ last < MaxCalls /\ ((\E size \in Size : Ask(size)) \/ Refuse)
  \/ Cut \/ Fail \/ Close \/ (\E reply \in replies : Receive(reply))

\* Time passes, or batches are sent. A process of the server ends while it works.
TimePasses == batches = {} /\ TickOne
SendEarly  == now = 0 /\ Send
SmallSteps == ClientSteps \/ TimePasses \/ SendEarly \/ GiveUp \/ Serves \/ (work # <<>> /\ Restart)

\* Without a channel its variables stay as they are.
SmallSpec    == ChannelInit /\ [][SmallSteps /\ Alone]_all
FairSpec     == ChannelInit /\ [][(ClientSteps \/ TickOne \/ Send \/ GiveUp) /\ Alone]_all /\ Fairness
DeliverySpec ==
  ChannelInit /\ [][(ClientSteps \/ TickOne \/ Send \/ ServesCurrent) /\ Alone]_all /\ Fairness /\ Delivery

OneIsTold == ToldAtLast(1)
TwoIsTold == ToldAtLast(2)
OneIsAnswered == AnsweredAtLast(1)
TwoIsAnswered == AnsweredAtLast(2)

-----------------------------------------------------------------------------
(* Over a channel. Time stands still, and batches have one request. *)
One == 1 .. 1
OnlyZero == 0 .. 0
FewCalls == (last < MaxCalls /\ Ask(1)) \/ Cut \/ Execute("ok")
\* The next line comes when the client has used the last one.
LinesInTurn == Lines /\ (DOMAIN line' # DOMAIN line => age["client"] = Cardinality(DOMAIN line))
ChannelSteps == Carries \/ LinesInTurn \/ (FewCalls /\ Alone)
FirstIsGivenUp == number = 1 /\ GiveUp /\ Alone
KeptSpec == ChannelInit /\ [][ChannelSteps \/ FirstIsGivenUp]_all
\* The server's process ends, too, when it has taken a batch.
EndsSpec == ChannelInit /\ [][ChannelSteps \/ FirstIsGivenUp \/ (newest > 0 /\ NextProcess)]_all
MustDeliverSpec == ChannelInit /\ [][ChannelSteps]_all /\ ChannelFairness
OneIsDelivered == DeliveredAtLast(1)
TwoIsDelivered == DeliveredAtLast(2)

\* MayTake, IsNew and IsOurs are left out.
TakesAny(batch) == TRUE
AlwaysNew(batch) == batch.number >= newest
TakesReply(reply) == flight # <<>>

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

Told(outcome) == \E c \in DOMAIN calls : calls[c].outcome = outcome
FullIsCut      == number' # number /\ ~closed /\ now = 0 /\ Len(flight') = 2
LingerIsOver   == number' # number /\ ~closed /\ now = Linger /\ Len(flight') = 1
CloseFlushes   == number' # number /\ closed /\ now < Linger
LargeIsAlone   == flight # <<>> /\ flight[1].size > MaxSize /\ queue # <<>>
OneOfTwoFails  == Len(answers) = 2 /\ answers[1].outcome = "failed" /\ answers[2].outcome = "ok"
GoesOnInside   == Len(answers) = 1 /\ Len(work') = 2 /\ work = <<>>
AnsweredAgain  == work = <<>> /\ work' # <<>> /\ Len(answers) = Len(work')
OtherOrder     == \E r \in replies : Len(r.answers) = 2 /\ r.answers[1].id > r.answers[2].id
LateReply      == \E r \in replies : flight # <<>> /\ r.number < number
GivenUpIsLate  == \E b \in batches : b.number < newest
UnknownIsRun   == \E c \in DOMAIN calls : calls[c].outcome = "unknown" /\ IsExecuted(c)
OneIsRefused   == Told("refused") /\ ~closed
\* Over a channel.
OlderComes     == Before("server") # <<>> /\ Head(Before("server")).number < newest
SameComes      == newest > 0 /\ Before("server") # <<>> /\ Head(Before("server")).number = newest
GivenUpReplies == flight # <<>> /\ Before("client") # <<>> /\ Head(Before("client")).number < number
ReplyIsLost    == replies' # replies /\ UNCHANGED channel
=============================================================================
