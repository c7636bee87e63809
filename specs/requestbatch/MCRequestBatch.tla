--------------------------- MODULE MCRequestBatch ---------------------------
(***************************************************************************)
(* The bounds of RequestBatch's models.                                    *)
(***************************************************************************)
EXTENDS BatchProperties

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
SmallSpec ==
  Init /\ [][ClientSteps \/ TimePasses \/ SendEarly \/ GiveUp \/ Serves \/ (work # <<>> /\ Restart)]_vars

FairSpec == Init /\ [][ClientSteps \/ TickOne \/ Send \/ GiveUp]_vars /\ Fairness
DeliverySpec == Init /\ [][ClientSteps \/ TickOne \/ Send \/ ServesCurrent]_vars /\ Fairness /\ Delivery

OneIsTold == ToldAtLast(1)
TwoIsTold == ToldAtLast(2)
OneIsAnswered == AnsweredAtLast(1)
TwoIsAnswered == AnsweredAtLast(2)

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
=============================================================================
