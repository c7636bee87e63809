------------------------------- MODULE Explore ------------------------------
(***************************************************************************)
(* From spec to code: every transition of the bounded model, printed, so   *)
(* that the code can be driven through it. The checker's cfg replaces Step *)
(* by ExploreStep and puts ExploreWithin behind the model's constraints. A *)
(* state is printed as the text of the spec's vars and read as a name      *)
(* only; the view is what the code must show after the step.               *)
(***************************************************************************)
EXTENDS Instance, Output

ExploreInit == Init /\ OutputPrint(<<"init", OutputText(vars)>>)

ExploreStep(exploreName, exploreArgs, ExploreAction) ==
  /\ ExploreAction
  /\ OutputPrint(<<"step", exploreName, exploreArgs, View(exploreArgs.node)',
                 OutputText(vars), OutputText(vars')>>)

\* A state that the constraints leave out is reached, but not gone on from.
ExploreWithin == OutputPrint(<<"within", OutputText(vars)>>)

\* Nor from one that no step leads to which the action constraints allow.
ExploreEnters == OutputPrint(<<"entered", OutputText(vars')>>)
=============================================================================
