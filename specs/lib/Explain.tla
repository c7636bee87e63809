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
EXTENDS Replay, Telling, FiniteSets, Randomization

VARIABLE explainDoing   \* "replay", then "why" and "list"

ExplainWhyNow == explainDoing = "why"

\* A step may have millions of arguments, of which a reader wants a few. So a
\* large set is represented by some of its members, and each step that is
\* possible in many ways by some of them, which a register of TLC counts.
ExplainSome(S) == IF Cardinality(S) > 10000 THEN RandomSubset(9, S) ELSE S

ExplainRegister == 97

ExplainCount(name) ==
  LET counts == TLCGet(ExplainRegister)
  IN  IF name \in DOMAIN counts THEN counts[name] ELSE 0

ExplainCounted(name) ==
  TLCSet(ExplainRegister, (name :> ExplainCount(name) + 1) @@ TLCGet(ExplainRegister))

ExplainCan(name, args, A) ==
  /\ ExplainCount(name) < 20
  /\ A
  /\ ExplainTell(<<"can", name, args>>)
  /\ ExplainCounted(name)
  /\ FALSE

\* In the place of Arg. If no value is allowed, the reader wants the set.
ExplainArg(name, S) ==
  IF explainDoing = "list" THEN ExplainSome(S)
  ELSE IF explainDoing = "replay" \/ name \notin DOMAIN replayEvent.args THEN ReplayArg(name, S)
  ELSE IF ReplayArg(name, S) # {} THEN ReplayArg(name, S)
  ELSE IF ExplainTell(<<"outside", name, ToString(S)>>) THEN {} ELSE {}

\* In the place of Step.
ExplainStep(name, args, A) ==
  IF explainDoing = "replay" THEN ReplayStep(name, args, A)
  ELSE IF explainDoing = "list" THEN ExplainCan(name, args, A)
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
     /\ TLCSet(ExplainRegister, [name \in {} |-> 0])
     /\ StepsNext /\ FALSE
=============================================================================
