------------------------------- MODULE Explore ------------------------------
(***************************************************************************)
(* From spec to code: every transition of the bounded model, printed, so   *)
(* that the code can be driven through it. The checker's cfg replaces Step *)
(* by ExploreStep and puts ExploreWithin behind the model's constraints. A *)
(* state is printed as the text of the spec's vars and read as a name      *)
(* only; the view is what the code must show after the step.               *)
(***************************************************************************)
EXTENDS Instance, Output

\* TRUE in every state. Only a Step says so of the next one: a disjunct of
\* StepsNext that is not under a Step leaves this variable open, and TLC ends
\* with an error.
VARIABLE exploreNamed

ExploreInit == Init /\ exploreNamed = TRUE /\ OutputPrint(<<"init", OutputText(vars)>>)

\* The node is bound before View is primed, or else TLC would prime its name as
\* well, where a variable holds that.
ExploreStep(exploreName, exploreArgs, ExploreAction) ==
  /\ \E exploreBound \in {exploreArgs} :
       /\ ExploreAction
       /\ OutputPrint(<<"step", exploreName, exploreBound, View(exploreBound.node)',
                      OutputText(vars), OutputText(vars')>>)
  /\ exploreNamed' = TRUE

\* A state that the constraints leave out is reached, but not gone on from.
ExploreWithin == OutputPrint(<<"within", OutputText(vars)>>)

\* Nor from one that no step leads to which the action constraints allow.
ExploreEnters == OutputPrint(<<"entered", OutputText(vars')>>)
=============================================================================
