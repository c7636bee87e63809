------------------------------ MODULE Explore ------------------------------
(***************************************************************************)
(* From spec to code: every transition of the bounded model, printed, so   *)
(* that the code can be driven through it. The checker's cfg replaces Step *)
(* by ExploreStep and puts ExploreWithin behind the model's constraints. A *)
(* state is printed as the text of the spec's vars and read as a name      *)
(* only; the view is what the code must show after the step.               *)
(***************************************************************************)
EXTENDS Subject, TLC

ExploreInit == Init /\ PrintT(ToString(<<"init", ToString(vars)>>))

ExploreStep(name, args, A) ==
  /\ A
  /\ PrintT(ToString(<<"step", name, args, View(args.node)',
                       ToString(vars), ToString(vars')>>))

\* A state that the constraints leave out is reached, but not gone on from.
ExploreWithin == PrintT(ToString(<<"within", ToString(vars)>>))
=============================================================================
