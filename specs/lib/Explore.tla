------------------------------ MODULE Explore ------------------------------
(***************************************************************************)
(* From spec to code: every transition of the bounded model, printed, so   *)
(* that the code can be driven through it. The checker's cfg replaces Step *)
(* by ExploreStep. A state is printed as the spec's vars and read as a     *)
(* name only; the view is what the code must show after the step.          *)
(***************************************************************************)
EXTENDS Subject, TLC

ExploreInit == Init /\ PrintT(ToString(<<"init", vars>>))

ExploreStep(name, args, A) ==
  /\ A
  /\ PrintT(ToString(<<"step", name, args, View(args.node)', vars, vars'>>))
=============================================================================
