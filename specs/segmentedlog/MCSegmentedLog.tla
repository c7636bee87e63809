--------------------------- MODULE MCSegmentedLog ---------------------------
(***************************************************************************)
(* What the models of SegmentedLog need beside it.                         *)
(***************************************************************************)
EXTENDS OneLog

CONSTANT Most     \* entries that there may be

\* Entries in turn, so that two beside each other differ.
InTurn(i) == IF i % 2 = 1 THEN "1" ELSE "2"

\* Appending and rolling are not fair, so a bound in front of them excuses nothing.
Bounded ==
  /\ length' > length /\ mode = "up"
       => length' <= Most /\ Entries'[length'].value = InTurn(length')
  /\ Len(files') <= 3

MCSpec ==
  /\ Init /\ applied = 0
  /\ [][OneLogNext /\ Bounded]_<<vars, applied>>
  /\ Fairness

EntryIsAcknowledged == \A i \in 1 .. Most : Waits(i) ~> ~Waits(i)

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

ThreeSegments       == Len(files) = 3
NewestIsEmpty       == mode = "recovering" /\ Len(files) > 1 /\ Latest.records = <<>>
NewestIsTorn        == mode = "recovering" /\ \E i \in DOMAIN Latest.records : ~Latest.records[i].whole
CrashTakesASegment  == mode' = "down" /\ Len(files') < Len(files)
SegmentIsTaken      == Rolling /\ open' = Latest.number
SegmentIsRemoved    == Len(dropped') > Len(dropped) /\ Len(dropped') = acked
TruncatedAcross     == mode = "up" /\ Len(files') < Len(files) /\ UNCHANGED dropped
MissingIsRefused    == mode = "refused"
=============================================================================
