-------------------------------- MODULE Steps -------------------------------
(***************************************************************************)
(* The words in which a spec says how it meets its code. A module XSteps   *)
(* extends the spec X and this one, and defines                            *)
(*                                                                         *)
(*   View(node)   what that node knows and logs after each of its steps    *)
(*   StepsNext    the next-state relation of X once more, every action     *)
(*                under the name that the code gives it, with its          *)
(*                arguments:                                               *)
(*                                                                         *)
(*     \/ \E r \in Arg("node", Participant) :                              *)
(*          Step("Prepare", [node |-> r], Prepare(r))                      *)
(*                                                                         *)
(* A Step is a whole disjunct, its arguments have a field `node', and they *)
(* determine what it does; what the disjunct demands stands within it,     *)
(* since Explore takes for a transition what satisfies the Step. `vars' is *)
(* the tuple of all variables.                                             *)
(*                                                                         *)
(* It may define StepsNetwork, the messages that are under way, as a set,  *)
(* a sequence or a bag: then pictures show where each of them was sent.    *)
(* It may define StepsState, what of the state can still matter where no   *)
(* step follows, such as the variables without the messages under way:     *)
(* falsified traces that lead to the same StepsState are equivalent.       *)
(*                                                                         *)
(* As written here the words mean nothing: StepsNext is the plain          *)
(* next-state relation, and TLC checks it like any other. Replay, Explore  *)
(* and Explain put their own definitions in the place of Arg and Step.     *)
(***************************************************************************)

Arg(name, S) == S            \* the values that the argument `name' may take

Step(name, args, A) == A     \* the action A is called `name' outside

Members(S) == [x \in S |-> TRUE]     \* how a set of strings is logged

ExplainHere == FALSE         \* not for use: Explain puts its own in its place
=============================================================================
