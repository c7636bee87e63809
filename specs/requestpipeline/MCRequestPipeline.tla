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
=============================================================================
