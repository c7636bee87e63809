---------------------------- MODULE ReplayNetwork ---------------------------
(***************************************************************************)
(* Replay, for a picture: it says which messages are under way after each  *)
(* step of a recorded trace.                                               *)
(***************************************************************************)
EXTENDS Replay

ReplayPrintNetwork ==
  OutputPrint(<<"network", replayTaken, OutputText(InstanceNetwork)>>)
=============================================================================
