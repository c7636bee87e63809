--------------------------- MODULE PictureReplay ---------------------------
(***************************************************************************)
(* Replay, for a picture: it says which messages are under way after each  *)
(* step of a recorded trace.                                               *)
(***************************************************************************)
EXTENDS Replay

PictureNetwork ==
  VoiceSays(<<"network", replayTaken, VoiceText(SubjectNetwork)>>)
=============================================================================
