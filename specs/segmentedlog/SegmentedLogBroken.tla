-------------------------- MODULE SegmentedLogBroken --------------------------
(***************************************************************************)
(* Each rule of SegmentedLog left out, for broken/RULE.cfg to choose one.  *)
(***************************************************************************)
EXTENDS MCSegmentedLog

\* The application of OneLog does nothing here.
PlainSpec == Init /\ applied = 0 /\ [][Next /\ Bounded /\ applied' = 0]_<<vars, applied>>

\* NextBase: the new segment is named after the last entry of the one before it.
LastEntry == length

\* IsBefore: names are compared as text. If 1 stands for 9, 2 for 10 and 3 for 11, then
\* "10" and "11" are before "9".
AsText(file, other) ==
  IF other.number = 1 THEN file.number # 1
                      ELSE file.number # 1 /\ file.number < other.number

\* LastIndex: the newest segment's last entry says it. Without one the log begins anew.
OfTheLastEntry(file) ==
  IF Whole(file.records) = 0 THEN 0 ELSE file.base - 1 + Whole(file.records)

\* Open: a newest segment that a crash has left half made is taken for damage.
OpenOrRefuse ==
  /\ mode = "down"
  /\ LET bad == Len(files) > 1 /\ ~files[Newest].made
     IN  mode' = IF bad THEN "refused" ELSE "recovering"
  /\ open' = files[Newest].number
  /\ length' = LastIndex(files[Newest])
  /\ files' = [files EXCEPT ![Newest].made = TRUE]
  /\ UNCHANGED <<synced, acked, promised, dropped>>

\* MayRoll: an empty segment counts as full.
AnySegment == TRUE

\* MaySeal: the old segment's flush is left to the next flush.
AnyTail == TRUE

\* MaySwitch: the file was written to, that is enough.
AnyFile == TRUE

\* MayServe: what there is, is the log.
AnyGap(missing) == TRUE

\* Holds: a reader goes through the sealed segments, and reads the open one only if
\* it begins there.
Sealed(k, index) ==
  /\ files[k].base <= index
  /\ k = Len(files) => k = 1
  /\ k < Len(files) => index < files[k + 1].base

\* MayDrop: any segment that is sealed.
AnySealed == TRUE

\* MayTruncate: wherever the caller says.
AnyIndex(index) == TRUE

\* IsInOpen: only the open segment is looked at.
AnySegments(index) == TRUE
=============================================================================
