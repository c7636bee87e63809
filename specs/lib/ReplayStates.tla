---------------------------- MODULE ReplayStates ----------------------------
(***************************************************************************)
(* Replay that also prints the state of the spec at chosen places of each  *)
(* trace, so that two traces can be compared by what they lead to. The     *)
(* checker writes into Recorded: RecordedLooks, for each trace the set of  *)
(* the numbers of steps after which its state is wanted; and into          *)
(* Instance: InstanceStates, all variables and what of them can still      *)
(* matter.                                                                 *)
(***************************************************************************)
EXTENDS Replay

ReplayPrintStates ==
  replayTaken \in RecordedLooks[replayTrace]
    => OutputPrint(<<"state", replayTrace, replayTaken, OutputText(InstanceStates)>>)
=============================================================================
