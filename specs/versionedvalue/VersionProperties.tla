-------------------------- MODULE VersionProperties --------------------------
(***************************************************************************)
(* What must hold of VersionedValue. Its answers are judged by the log of  *)
(* all that was ever installed, from which no collector removes anything.  *)
(***************************************************************************)
EXTENDS VersionedValue

AllAnswers == [ver : Version, val : Value] \cup {Absent}
Written == [key : Key, ver : Version \ {0}, val : Value \cup {Tombstone}]

TypeOK ==
  /\ DOMAIN data = Key /\ Entries \subseteq Written
  /\ compacted \in Version /\ last \in Version /\ visible \in Version /\ acked \in Version
  /\ \A w \in writes :
       /\ Entry(w.key, w.ver, w.val) \in Written
       /\ w.expect \in Any .. Most /\ w.installed \in BOOLEAN
  /\ DOMAIN open \subseteq Version /\ \A v \in DOMAIN open : open[v] > 0
  /\ \A e \in log : Entry(e.key, e.ver, e.val) \in Written /\ e.expect \in Any .. Most

\* The whole map at a version, by the log.
StateAt(v) ==
  [k \in Key |->
    LET old == {e \in log : e.key = k /\ e.ver <= v}
        newest == CHOOSE e \in old : \A d \in old : d.ver <= e.ver
    IN  IF old = {} \/ newest.val = Tombstone THEN Absent
        ELSE [ver |-> newest.ver, val |-> newest.val]]

\* No version is used twice, and no entry has changed since it was written.
VersionsAreUnique ==
  /\ \A d, e \in log : d.ver = e.ver => d = e
  /\ \A v, w \in writes : v.ver = w.ver => v = w
  /\ \A w \in Taken : w.ver \notin Versions(log)
EntriesDoNotChange ==
  \A e \in Entries : \E d \in log : Entry(d.key, d.ver, d.val) = e

\* A snapshot reads the one state at its version, whatever happens beside it.
SnapshotsAgree ==
  \A v \in DOMAIN open :
    LET state == StateAt(v) IN \A k \in Key : Answer(v, k) = state[k]
RangesAgree ==
  \A v \in DOMAIN open :
    LET state == StateAt(v)
        has(k) == state[k] # Absent
        entry(k) == Entry(k, state[k].ver, state[k].val)
    IN  \A from, to \in Key \cup {NoKey} :
          LET part == SelectSeq(SubSeq(Keys, IF from = NoKey THEN 1 ELSE Place[from],
                                             IF to = NoKey THEN Len(Keys) ELSE Place[to] - 1), has)
          IN  \A n \in Limit :
                LET found == Found(v, from, to, n)
                IN  /\ Len(found) = (IF Len(part) < n THEN Len(part) ELSE n)
                    /\ \A i \in 1 .. Len(found) : found[i] = entry(part[i])

\* The history of a key has no gaps, where it may be asked for.
ChangesAgree ==
  \A k \in Key, from, to \in Version : IsKept(from) /\ from <= to /\ IsVisible(to) =>
    {[ver |-> e.ver, val |-> e.val] : e \in {e \in log : e.key = k /\ e.ver > from /\ e.ver <= to}}
      = LET all == ChangesOf(k, from, to)
        IN  {[ver |-> all[i].ver, val |-> all[i].val] : i \in 1 .. Len(all)}

\* No write is installed beneath an open snapshot, or beneath a write that was
\* acknowledged: later snapshots would have it, and earlier ones have not.
HistoryIsFixed ==
  [][\A e \in log' \ log : e.ver > acked /\ \A v \in DOMAIN open : e.ver > v]_vars

\* What was acknowledged was installed, and can be read, also after a restart.
AcknowledgedIsVisible ==
  acked > 0 => acked \in Versions(log) /\ ENABLED Open(Max({acked, compacted}))

\* A conditional write follows the version that it names, with none between.
ConditionsHold ==
  \A e \in log : e.expect # Any => StateAt(e.ver - 1)[e.key].ver = e.expect

\* To a reader, this is a map for each version.
Map == INSTANCE MultiVersionMap WITH
  Content <- AllAnswers, low <- compacted, now <- visible,
  at <- [v \in compacted .. visible |-> [k \in Key |-> Get(k, v)]]
RefinesMultiVersionMap == Map!Spec

\* In the end one entry of a key is left at or below the compacted version: the one that
\* can still be read there.
GarbageGoes ==
  []<>(\A e \in Entries : e.ver <= compacted =>
         StateAt(compacted)[e.key] = [ver |-> e.ver, val |-> e.val])

\* What is installed can be read in the end. Each write has an end.
InstalledBecomesVisible ==
  \A v \in Version : v \in Versions(Entries) ~> v <= visible
WritesEnd == \A v \in Version : v \in Versions(writes) ~> v \notin Versions(writes)

THEOREM Spec => [](TypeOK /\ VersionsAreUnique /\ EntriesDoNotChange)
THEOREM Spec => [](SnapshotsAgree /\ RangesAgree /\ ChangesAgree)
THEOREM Spec => [](AcknowledgedIsVisible /\ ConditionsHold)
THEOREM Spec => HistoryIsFixed /\ RefinesMultiVersionMap
THEOREM Spec => GarbageGoes /\ InstalledBecomesVisible /\ WritesEnd
=============================================================================
