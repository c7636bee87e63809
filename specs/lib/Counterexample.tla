--------------------------- MODULE Counterexample ---------------------------
(***************************************************************************)
(* A counterexample of TLC, told in the words of the Steps module. TLC     *)
(* names the action of each step, but not its arguments: so each of its    *)
(* steps is tried once more, to see which Step makes it, and what the      *)
(* acting node's view is before and after. Behind the last state, the      *)
(* parts of the invariant that it breaks are printed.                      *)
(*                                                                         *)
(* The checker writes into Instance: InstanceLength, how many states there *)
(* are; InstanceInit and InstanceBecomes(n), which set all variables to    *)
(* their values in the first and in the nth state; InstanceSteps, which is *)
(* StepsNext; InstanceView(args), the view of the node that takes a step   *)
(* with these arguments; InstanceNetwork, the messages that are under way; *)
(* and InstanceState, InstanceChanges and InstanceWhy, as for Explain. Its *)
(* cfg replaces Step by CounterexampleStep.                                *)
(***************************************************************************)
EXTENDS Instance, ExplainOutput, Output

LOCAL INSTANCE Naturals

VARIABLES
  counterexampleAt,      \* the number of the state
  counterexampleDoing    \* "go" on to the next one, or "try" which Step leads there

CounterexampleStep(counterexampleName, counterexampleArgs, CounterexampleAction) ==
  /\ \E counterexampleBound \in {counterexampleArgs} :
       /\ CounterexampleAction
       /\ InstanceBecomes(counterexampleAt + 1)
       /\ ExplainPrint(<<"takes", counterexampleAt + 1, counterexampleName, OutputText(counterexampleBound),
                        OutputText(InstanceView(counterexampleBound)),
                        OutputText(InstanceView(counterexampleBound)')>>)

CounterexampleInit ==
  /\ InstanceInit
  /\ counterexampleAt = 1
  /\ counterexampleDoing = "go"
  /\ ExplainPrint(<<"network", 1, OutputText(InstanceNetwork)>>)

CounterexampleChanged(counterexampleVariable) ==
  ExplainPrint(<<"changed", 1, counterexampleAt, counterexampleVariable>>)

CounterexampleStay == InstanceBecomes(counterexampleAt) /\ UNCHANGED counterexampleAt

CounterexampleNext ==
  \/ /\ counterexampleDoing = "go" /\ counterexampleAt < InstanceLength
     /\ InstanceBecomes(counterexampleAt + 1)
     /\ counterexampleAt' = counterexampleAt + 1
     /\ InstanceChanges(CounterexampleChanged)
     /\ ExplainPrint(<<"network", counterexampleAt', OutputText(InstanceNetwork')>>)
     /\ UNCHANGED counterexampleDoing
  \/ /\ counterexampleDoing = "go" /\ counterexampleAt = InstanceLength
     /\ ExplainPrint(<<"state", 1>>)
     /\ InstanceState
     /\ InstanceWhy(1)
     /\ FALSE
  \/ /\ counterexampleDoing = "go" /\ counterexampleAt < InstanceLength
     /\ counterexampleDoing' = "try"
     /\ CounterexampleStay
  \/ /\ counterexampleDoing = "try"
     /\ InstanceSteps /\ FALSE
=============================================================================
