------------------------------ MODULE Explain ------------------------------
(***************************************************************************)
(* Why is a trace refused? Its accepted steps are replayed once more; in   *)
(* the state behind them the spec's variables are printed, the refused     *)
(* step is tried part by part, and the steps that are possible are listed. *)
(*                                                                         *)
(* The checker writes into Subject: SubjectState, which prints the spec's  *)
(* variables; SubjectPrefix, how many steps to replay; and SubjectWhy,     *)
(* which tells about a broken invariant. Where the Steps module names the  *)
(* refused step, it puts an operator that tells in the place of the        *)
(* action; ExplainHere chooses between the two, and is ExplainWhyNow here. *)
(***************************************************************************)
EXTENDS Replay, Telling

VARIABLE explainDoing   \* "replay", then "why" and "list"

ExplainWhyNow == explainDoing = "why"

\* In the place of Arg. If no value is allowed, the reader wants the set.
ExplainArg(name, S) ==
  IF explainDoing = "list" THEN S
  ELSE IF explainDoing = "replay" \/ name \notin DOMAIN replayEvent.args THEN ReplayArg(name, S)
  ELSE IF ReplayArg(name, S) # {} THEN ReplayArg(name, S)
  ELSE IF ExplainTell(<<"outside", name, ToString(S)>>) THEN {} ELSE {}

\* In the place of Step.
ExplainStep(name, args, A) ==
  IF explainDoing = "replay" THEN ReplayStep(name, args, A)
  ELSE IF explainDoing = "list" THEN A /\ ExplainTell(<<"can", name, args>>) /\ FALSE
  ELSE /\ replayEvent.step = name
       /\ IF replayEvent.args = args
            THEN ExplainTell(<<"try">>) /\ A /\ FALSE
            ELSE ExplainTell(<<"else", ToString(args)>>) /\ FALSE

ExplainInit == ReplayInit /\ explainDoing = "replay"

ExplainReady == explainDoing = "replay" /\ replayTaken = SubjectPrefix

ExplainStay == UNCHANGED <<vars, replayTrace, replayTaken, replayEvent>>

ExplainNext ==
  \/ /\ explainDoing = "replay" /\ replayTaken < SubjectPrefix
     /\ ReplayNext
     /\ UNCHANGED explainDoing
  \/ /\ ExplainReady
     /\ ExplainTell(<<"state">>)
     /\ SubjectState
     /\ SubjectWhy
     /\ explainDoing' = "why"
     /\ ExplainStay
  \/ ExplainReady /\ explainDoing' = "list" /\ ExplainStay
  \/ /\ explainDoing = "why"
     /\ ExplainTell(<<"trying">>)
     /\ StepsNext /\ FALSE
  \/ /\ explainDoing = "list"
     /\ ExplainTell(<<"listing">>)
     /\ StepsNext /\ FALSE
=============================================================================
