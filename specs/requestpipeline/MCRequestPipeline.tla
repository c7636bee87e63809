-------------------------- MODULE MCRequestPipeline --------------------------
(***************************************************************************)
(* The bounds of RequestPipeline's models.                                 *)
(***************************************************************************)
EXTENDS PipelineProperties

UpToTwo == 1 .. 2
One == 1 .. 1
Order == SelectSeq(<<"a", "b", "c">>, LAMBDA t : t \in Text)

\* Calls are asked in one order: which text comes first makes no difference.
AskInTurn == Len(calls) < Len(Order) /\ Ask(Order[Len(calls) + 1])
SmallSpec == Init /\ [][AskInTurn \/ MustAct \/ MayAct]_vars /\ Fairness

\* Two processes, and no caller that leaves.
WithoutCancel == Lose \/ Close \/ Recover \/ \E p \in Process : Restart(p)
ProcessesSpec == Init /\ [][AskInTurn \/ MustAct \/ WithoutCancel]_vars

\* The last connection of the model was lost, and no other one follows.
IsCutOff == status = "closed" \/ (epoch + 1 \notin Epoch /\ ~IsConnected)
AEnds == Asked("a") ~> IsTold("a") \/ IsCutOff
BEnds == Asked("b") ~> IsTold("b") \/ IsCutOff

\* The last frame comes first.
LastArrives(c, way, frame) ==
  c \in DOMAIN wire /\ wire[c][way] # <<>> /\ wire[c][way][Len(wire[c][way])] = frame
WithoutLast(c, way, frame) == SubSeq(wire[c][way], 1, Len(wire[c][way]) - 1)

-----------------------------------------------------------------------------
(* What the models must come to.                                           *)

WindowIsFull    == status = "open" /\ Len(window) = Max /\ queue # <<>>
IsAnswered      == \E k \in DOMAIN calls : calls[k].told = calls[k].text
LeavesInFlight  == \E i \in DOMAIN window : ~window[i].waits
LeavesUnsent    == \E k \in DOMAIN calls : calls[k].told = "not sent" /\ status = "open"
SentAgain       == todo > 0 /\ todo' < todo /\ window' = window
\* The answers of an earlier connection are lost, and come from memory on the next one.
AnsweredAgain   == newest' # newest /\ accepted' = accepted /\ accepted > 0 /\ process' = process
OldIsRefused    == DOMAIN wire' # DOMAIN wire /\ newest.epoch = 2 /\ DOMAIN wire' # {} /\ epoch' = epoch
RecoversInDoubt == DOMAIN wire # {} /\ DOMAIN wire' = {} /\ accepted > 0 /\ window # <<>>
                   /\ window[1].number <= accepted
ClosesInDoubt   == status' = "closed" /\ \E i \in DOMAIN window : window[i].waits
NextProcess     == newest.process = 2 /\ processed # <<>> /\ processed[1] = "a" /\ Len(processed) = 2
OldProcessIsRefused ==
  \E c \in DOMAIN wire : c.process < newest.process /\ c \notin DOMAIN wire' /\ DOMAIN wire' # {}
AnswerWasLost   == \E c \in DOMAIN wire : c = Current /\ status = "open" /\ status' = "down"
                     /\ wire[c].down # <<>> /\ wire[c].down[1].number # window[1].number
RequestWasLost  == \E c \in DOMAIN wire : ~Older(c, newest) /\ c \notin DOMAIN wire' /\ DOMAIN wire' # {}
EndsOnTwoLines  == IsConnected /\ newest \in DOMAIN wire /\ newest # Current
OldLineIsLeft   == newest' # newest /\ newest \in DOMAIN wire /\ wire[newest].up # <<>>
LineVanishes    == wire' = <<>> /\ IsConnected /\ newest = Current /\ wire[Current].down # <<>>
=============================================================================
