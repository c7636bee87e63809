------------------------------- MODULE Explain ------------------------------
(***************************************************************************)
(* Why is a trace refused? Its accepted steps are replayed once more; in   *)
(* the state behind them the spec's variables are printed, the refused     *)
(* step is tried part by part, and the steps that are possible are listed. *)
(* Any number of traces go through one run.                                *)
(*                                                                         *)
(* The checker writes into Instance: InstanceState, which prints the spec's*)
(* variables; InstanceChanges, which says those that a step changes;       *)
(* InstancePrefix, how many steps to replay of each trace; InstanceWhy,    *)
(* which tells about a broken invariant; InstanceUnnamed, the actions that *)
(* have no Step; and InstanceLists, whether to list what is possible. Where*)
(* the Steps module names a refused step, it puts an operator that tells   *)
(* in the place of the action; ExplainHere chooses between the two, and is *)
(* ExplainWhyNow here.                                                     *)
(***************************************************************************)
EXTENDS Replay, ExplainOutput

LOCAL INSTANCE TLC
LOCAL INSTANCE Naturals
LOCAL INSTANCE FiniteSets
LOCAL INSTANCE Randomization

VARIABLE explainDoing   \* "replay", then "why" and "list"

ExplainWhyNow == explainDoing = "why"

\* A step may have millions of arguments, of which a reader wants a few. So a
\* large set is represented by some of its members, and each step that is
\* possible in many ways by some of them, which a register of TLC counts.
ExplainSome(explainSet) ==
  IF Cardinality(explainSet) > 10000 THEN RandomSubset(9, explainSet)
                                     ELSE explainSet

ExplainRegister == 97

ExplainCount(explainName) ==
  LET explainCounts == TLCGet(ExplainRegister)
  IN  IF explainName \in DOMAIN explainCounts
      THEN explainCounts[explainName] ELSE 0

ExplainCounted(explainName) ==
  TLCSet(ExplainRegister, (explainName :> ExplainCount(explainName) + 1)
                            @@ TLCGet(ExplainRegister))

ExplainCan(explainName, explainArgs, ExplainAction) ==
  /\ ExplainCount(explainName) < 20
  /\ \E explainBound \in {explainArgs} :
       /\ ExplainAction
       /\ ExplainPrint(<<"can", explainName, explainBound,
                        OutputText(View(explainBound.node)')>>)
  /\ ExplainCounted(explainName)
  /\ FALSE

\* In the place of Arg. If no value is allowed, the reader wants the set. All steps
\* are tried, and an argument of another step may have this name and another kind.
\* An endless set has no text, and its members cannot be listed.
ExplainArg(explainArgument, explainSet) ==
  LET explainName == ReplayFacts(explainArgument)[1]
      explainEndless == ReplayFacts(explainArgument)[3] # {}
  IN  IF explainDoing = "list"
      THEN IF explainEndless
           THEN IF ExplainPrint(<<"endless", explainName>>) THEN {} ELSE {}
           ELSE ExplainSome(explainSet)
      ELSE IF explainDoing = "replay" THEN ReplayArgOfAnyKind(explainArgument, explainSet)
      ELSE LET explainFound == ReplayArgOfAnyKind(explainArgument, explainSet)
           IN  IF explainFound # {} \/ ~ReplayAsksFor(explainArgument) THEN explainFound
               ELSE IF ExplainPrint(<<"outside", explainName,
                         IF explainEndless THEN "" ELSE OutputText(explainSet)>>)
                    THEN {} ELSE {}

\* In the place of Step.
ExplainStep(explainName, explainArgs, ExplainAction) ==
  IF explainDoing = "replay" THEN ReplayStepOfAnyKind(explainName, explainArgs, ExplainAction)
  ELSE IF explainDoing = "list" THEN ExplainCan(explainName, explainArgs, ExplainAction)
  ELSE /\ replayEvent.step = explainName
       /\ IF CompareSame(replayEvent.args, explainArgs)
            THEN ExplainPrint(<<"try", 0>>) /\ ExplainAction /\ FALSE
            ELSE ExplainPrint(<<"else", OutputText(explainArgs)>>) /\ FALSE

ExplainInit == ReplayInit /\ explainDoing = "replay"

ExplainReady ==
  explainDoing = "replay" /\ replayTaken = InstancePrefix[replayTrace]

ExplainStay == UNCHANGED <<vars, replayTrace, replayTaken, replayEvent>>

ExplainChanged(explainVariable) ==
  ExplainPrint(<<"changed", replayTrace, replayTaken', explainVariable>>)

ExplainNext ==
  \/ /\ explainDoing = "replay" /\ replayTaken < InstancePrefix[replayTrace]
     /\ ReplayNext
     /\ InstanceChanges(ExplainChanged)
     /\ UNCHANGED explainDoing
  \/ /\ ExplainReady
     /\ ExplainPrint(<<"state", replayTrace>>)
     /\ InstanceState
     /\ InstanceWhy(replayTrace)
     /\ explainDoing' = "why"
     /\ ExplainStay
  \/ ExplainReady /\ InstanceLists /\ explainDoing' = "list" /\ ExplainStay
  \/ /\ explainDoing = "why"
     /\ ExplainPrint(<<"trying", replayTrace>>)
     /\ StepsNext /\ FALSE
  \/ /\ explainDoing = "list"
     /\ ExplainPrint(<<"listing", replayTrace>>)
     /\ TLCSet(ExplainRegister, [explainName \in {} |-> 0])
     /\ (StepsNext \/ InstanceUnnamed) /\ FALSE
=============================================================================
