-------------------------- MODULE LowWaterMarkBroken --------------------------
(***************************************************************************)
(* Each rule of LowWaterMark left out, for broken/RULE.cfg to choose one.  *)
(***************************************************************************)
EXTENDS MCLowWaterMark

\* The auxiliary variables of WholeHistory do nothing here. Two entries at a time may be
\* on their way.
Plain ==
  /\ Length' > Length => Length' <= Most /\ history'.list[Length'] = InTurn(Length') /\ Length <= applied + 1
  /\ Len(bases') <= 3
  /\ rots' <= 2
  /\ holders' # holders => rots = 0 /\ taking = Nothing
  /\ aged' > aged => Holding # {}

PlainSpec == HistoryInit /\ [][Next /\ Plain /\ UNCHANGED aux]_<<vars, aux>>

\* MayApply: what was appended is applied.
AnyEntry(index) == index <= Length

\* SnapshotIndex: a snapshot is labelled with the last entry in the log.
LastAppended == Length

\* MayName: the file gets its name as soon as it was written.
AnyFile == TRUE

\* MayRemove: one newer snapshot is enough.
OneNewer(index) == index < Newest

\* SnapshotBound: what is applied needs no log.
LastApplied == applied

\* HolderBound: holders are not looked at.
NoHolder == Length

\* Mark: the retention time overrides the snapshot, too.
OldGoes == Max({aged, Min({SnapshotBound, HolderBound})})

\* MayDrop: the segment with the entry behind the mark goes, too.
OneMore == Cardinality(Kept) >= 2 /\ bases[2] - 1 <= Mark + 1

\* MayHold: a holder may hold what is gone.
AnyIndex(index) == TRUE

\* IsValid: checksums are not looked at.
AnySnapshot(snapshot) == TRUE

\* MayRestore: the log may begin anywhere.
AnyBeginning(index) == TRUE

\* MayServe: requests need not wait for the log.
AtOnce == TRUE
=============================================================================
