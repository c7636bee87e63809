------------------------------- MODULE Retell -------------------------------
(***************************************************************************)
(* A counterexample of TLC, told in the words of the Steps module. TLC     *)
(* names the action of each step, but not its arguments: so each of its    *)
(* steps is tried once more, to see which Step makes it, and what the      *)
(* acting node's view is before and after. Behind the last state, the      *)
(* parts of the invariant that it breaks are printed.                      *)
(*                                                                         *)
(* The checker writes into Subject: SubjectLength, how many states there   *)
(* are; SubjectInit and SubjectBecomes(n), which set all variables to      *)
(* their values in the first and in the nth state; SubjectSteps, which is  *)
(* StepsNext; SubjectView(args), the view of who takes a step with these   *)
(* arguments; SubjectNetwork, the messages that are under way; and         *)
(* SubjectState, SubjectChanges and SubjectWhy, as for Explain. Its cfg    *)
(* replaces Step by RetellStep.                                            *)
(***************************************************************************)
EXTENDS Subject, Telling, Voice

LOCAL INSTANCE Naturals

VARIABLES
  retellAt,      \* the number of the state
  retellDoing    \* "go" on to the next one, or "try" which Step leads there

RetellStep(retellName, retellArgs, RetellAction) ==
  /\ \E retellBound \in {retellArgs} :
       /\ RetellAction
       /\ SubjectBecomes(retellAt + 1)
       /\ ExplainTell(<<"takes", retellAt + 1, retellName, VoiceText(retellBound),
                        VoiceText(SubjectView(retellBound)),
                        VoiceText(SubjectView(retellBound)')>>)

RetellInit ==
  /\ SubjectInit
  /\ retellAt = 1
  /\ retellDoing = "go"
  /\ ExplainTell(<<"network", 1, VoiceText(SubjectNetwork)>>)

RetellChanged(retellVariable) ==
  ExplainTell(<<"changed", 1, retellAt, retellVariable>>)

RetellStay == UNCHANGED <<vars, retellAt>>

RetellNext ==
  \/ /\ retellDoing = "go" /\ retellAt < SubjectLength
     /\ SubjectBecomes(retellAt + 1)
     /\ retellAt' = retellAt + 1
     /\ SubjectChanges(RetellChanged)
     /\ ExplainTell(<<"network", retellAt', VoiceText(SubjectNetwork')>>)
     /\ UNCHANGED retellDoing
  \/ /\ retellDoing = "go" /\ retellAt = SubjectLength
     /\ ExplainTell(<<"state", 1>>)
     /\ SubjectState
     /\ SubjectWhy(1)
     /\ FALSE
  \/ /\ retellDoing = "go" /\ retellAt < SubjectLength
     /\ retellDoing' = "try"
     /\ RetellStay
  \/ /\ retellDoing = "try"
     /\ SubjectSteps /\ FALSE
=============================================================================
