------------------------------ MODULE Explore ------------------------------
(***************************************************************************)
(* From spec to code: every transition of the bounded model, printed, so   *)
(* that the code can be driven through it. The checker's cfg replaces Step *)
(* by ExploreStep and puts ExploreWithin behind the model's constraints. A *)
(* state is printed as the text of the spec's vars and read as a name      *)
(* only; the view is what the code must show after the step.               *)
(***************************************************************************)
EXTENDS Subject, Voice

ExploreInit == Init /\ VoiceSays(<<"init", VoiceText(vars)>>)

ExploreStep(exploreName, exploreArgs, ExploreAction) ==
  /\ ExploreAction
  /\ VoiceSays(<<"step", exploreName, exploreArgs, View(exploreArgs.node)',
                 VoiceText(vars), VoiceText(vars')>>)

\* A state that the constraints leave out is reached, but not gone on from.
ExploreWithin == VoiceSays(<<"within", VoiceText(vars)>>)

\* Nor from one that no step leads to which the action constraints allow.
ExploreEnters == VoiceSays(<<"entered", VoiceText(vars')>>)
=============================================================================
