--------------------------- MODULE MCLowWaterMark ---------------------------
(***************************************************************************)
(* The bounds of LowWaterMark's models.                                    *)
(***************************************************************************)
EXTENDS WholeHistory

CONSTANT Most     \* entries that there may be

\* Entries in turn, so that two beside each other differ.
InTurn(i) == IF i % 2 = 1 THEN "1" ELSE "2"

\* None of these steps is fair, so a bound in front of them excuses nothing. One entry
\* at a time is on its way. A holder comes when there is a snapshot, and gets old if it
\* needs old entries. A second, slower one comes beside it. Where a snapshot is damaged,
\* holders and new entries play no part.
Bounded ==
  /\ Length' > Length
       => /\ Length' <= Most /\ history'.list[Length'] = InTurn(Length')
          /\ Length = applied /\ rots = 0 /\ ~taking.flushed
  /\ mode = "up" /\ stage' > 0 => Len(bases) < 3 /\ Length = applied /\ rots = 0 /\ taking = Nothing
  /\ rots' <= 2
  /\ holders' # holders => rots = 0 /\ taking = Nothing /\ Kept # {}
  /\ holders'["h"] <= 2
  /\ holders'["g"] > 0 => holders' = [g |-> 1, h |-> 2]
  /\ mode = "up" /\ mode' = "down" => Holding = {}
  /\ aged' > aged => aged' = applied /\ \E h \in Holding : holders[h] <= aged'

MCSpec ==
  /\ HistoryInit
  /\ [][HistoryNext /\ Bounded]_<<vars, aux>>
  /\ HistoryFairness

SnapshotFollows == Behind(2) ~> ~Behind(2)

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

TwoSnapshots       == Cardinality(Kept) = 2
OlderIsRestored    == mode = "down" /\ mode' = "recovering" /\ {} # snapshots' /\ snapshots' # snapshots
SnapshotIsLost     == taking # Nothing /\ mode' = "down"
EntriesAreRemoved  == First > 1 /\ mode = "up"
HolderHoldsBack    == Holding # {} /\ Cardinality(Kept) = 2 /\ Mark < SnapshotBound
HolderWaits        == \E h \in Holding : holders[h] > Length
AgeOverridesHolder == \E h \in Holding : holders[h] < First
DamageIsRefused    == mode = "refused"
OldestIsHeld       == \E h \in Holder : holders'[h] # holders[h] /\ holders'[h] = First
SnapshotIsDropped  == taking # Nothing /\ taking' = Nothing /\ mode' = "up" /\ snapshots' = snapshots
EntryIsLost        == mode' = "down" /\ Length' < Length
=============================================================================
