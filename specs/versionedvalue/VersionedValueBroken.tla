------------------------ MODULE VersionedValueBroken ------------------------
(***************************************************************************)
(* Each rule of VersionedValue left out, for broken/RULE.cfg to choose     *)
(* one.                                                                    *)
(***************************************************************************)
EXTENDS MCVersionedValue

\* IsNewer: a version that was not used before will do.
Unused(v) == v \notin Versions(log) \cup Versions(writes)

\* IsSettled: the newest version that is installed can be read, whatever is missing below.
AtOnce(v, left) == TRUE

\* IsVisible: a version that was taken can be read.
WasTaken(v) == v <= last

\* IsKept: a read below the compacted version gets what is left.
AnyVersion(v) == TRUE

\* ReadVersion: a snapshot reads what is newest.
AtNewest(v) == visible

\* IsOf: the floor search takes what it finds.
OfAnyKey(e, k) == TRUE

\* InRange: the lower bound is not looked at.
Below(k, from, to) == to # NoKey => Place[k] < Place[to]

\* MayWrite: open writes are not looked at.
ByWhatIsInstalled(k, expect) == expect = Any \/ expect = CurrentVersion(k)

\* MayAcknowledge: a write is acknowledged as soon as it is installed.
Installed(w) == TRUE

\* NoReaderBelow: the collector does not look at readers.
AnyReader(v) == TRUE

\* IsCovered: an entry is covered by any newer one, also one above the compacted version.
IsOld(e) == e.ver <= compacted /\ \E d \in EntriesOf(e.key) : e.ver < d.ver

\* MayDropTombstone: a tombstone goes at once.
Anytime(e) == TRUE

\* StartsAt: a restart looks at the entries only.
NewestEntry == Max({0} \cup Versions(Entries))
=============================================================================
