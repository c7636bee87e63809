------------------------------ MODULE Picture ------------------------------
(***************************************************************************)
(* A counterexample of TLC, gone through once more for a picture: by which *)
(* name and with which arguments the Steps module knows each of its steps, *)
(* and what the acting node's view was before and after. The checker       *)
(* defines SubjectIs(n), that this is the state with the number n, and     *)
(* SubjectNetwork, the messages that are under way.                        *)
(***************************************************************************)
EXTENDS Subject, Pictured, Voice

VARIABLE pictureAt     \* the number of the state

PictureInit ==
  /\ pictureAt = PicturedFirst
  /\ SubjectIs(pictureAt)
  /\ VoiceSays(<<"network", pictureAt, VoiceText(SubjectNetwork)>>)

PictureStep(pictureName, pictureArgs, PictureAction) ==
  /\ PictureAction
  /\ SubjectIs(pictureAt)'
  /\ VoiceSays(<<"step", pictureAt', pictureName, VoiceText(pictureArgs),
                 VoiceText(View(pictureArgs.node)),
                 VoiceText(View(pictureArgs.node)')>>)
  /\ VoiceSays(<<"network", pictureAt', VoiceText(SubjectNetwork')>>)

PictureNext ==
  /\ pictureAt # PicturedLast
  /\ pictureAt' = PicturedAfter(pictureAt)
  /\ StepsNext
=============================================================================
