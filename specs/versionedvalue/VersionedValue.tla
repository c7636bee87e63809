--------------------------- MODULE VersionedValue ---------------------------
(***************************************************************************)
(* Versioned Value: a write never overwrites. Each is kept under its key   *)
(* and a version, and a reader at a version sees the map as it was then.   *)
(* After Joshi, Patterns of Distributed Systems, ch. 17.                   *)
(*                                                                         *)
(* A writer takes a version and installs its write later, for instance     *)
(* when a log has it. Writers overtake each other in between. A snapshot   *)
(* reads keys one by one, at its version, until it is closed. A deletion   *)
(* is a write of a tombstone. A collector raises the compacted version,    *)
(* and then removes entry by entry what nothing at or above it can see.    *)
(* The process may end between any two steps. What was installed and the   *)
(* compacted version are durable; open writes and snapshots are not.       *)
(*                                                                         *)
(* Versions come from a counter, or from a clock that leaves gaps.         *)
(*                                                                         *)
(* Left out: how the store becomes durable (Write-Ahead Log, Low-Water     *)
(* Mark), writes of several keys, and when the collector runs.             *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets
CONSTANTS
  UpTo,         \* the order of the keys: for each, the set of all keys up to it
  Value,
  Tombstone,    \* what a deletion writes
  NoKey,        \* a bound of a range that is open
  Most,         \* the newest version that there can be
  Limit         \* how many entries a part of a range may have

Key == UNION UpTo
Place == [k \in Key |-> Cardinality({upTo \in UpTo : k \notin upTo}) + 1]
Keys == [i \in 1 .. Cardinality(Key) |-> CHOOSE k \in Key : Place[k] = i]
ASSUME Tombstone \notin Value /\ NoKey \notin Key /\ \A a, b \in UpTo : a \subseteq b \/ b \subseteq a
Version == 0 .. Most
Any == -1    \* the expectation of a write that has none

VARIABLES
  (* durable *)
  data,         \* the entries of each key: version and value, by version
  compacted,    \* the oldest version that can be read
  (* lost when the process ends *)
  last,         \* the newest version that was taken
  visible,      \* the newest version that can be read
  writes,       \* the writes that are open
  open,         \* the number of open snapshots at each version that has some
  (* ghosts *)
  log,          \* all that was ever installed, with what its writer expected
  acked         \* the newest version whose writer was told that it is there

vars == <<data, compacted, last, visible, writes, open, log, acked>>

Max(S) == CHOOSE v \in S : \A u \in S : u <= v
Versions(entries) == {e.ver : e \in entries}
First(n, seq) == SubSeq(seq, 1, IF n < Len(seq) THEN n ELSE Len(seq))
Newest(seq) == seq[Len(seq)]

Entry(k, v, val) == [key |-> k, ver |-> v, val |-> val]
EntriesOf(k) == {Entry(k, data[k][i].ver, data[k][i].val) : i \in 1 .. Len(data[k])}
Entries == UNION {EntriesOf(k) : k \in Key}
Taken == {w \in writes : ~w.installed}
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* A version is newer than all before it, whatever its source says.
IsNewer(v) == v > last
\* A version is settled if no open write can still install one below it.
IsSettled(v, left) == \A w \in left : w.installed \/ w.ver > v
\* A version that is not visible would not read the same later.
IsVisible(v) == v <= visible
\* A version below the compacted one has lost entries.
IsKept(v) == v >= compacted
\* A snapshot reads at its version, however far the others are.
ReadVersion(v) == v
\* The floor search finds an entry of the key before, if this one has none so old.
IsOf(e, k) == e.key = k
\* A bound that is a key belongs to the range below and not above.
InRange(k, from, to) ==
  (from # NoKey => Place[k] >= Place[from]) /\ (to # NoKey => Place[k] < Place[to])
\* A write is acknowledged when every snapshot at the newest version has it.
MayAcknowledge(w) == w.ver <= visible
\* The compacted version stays at or below the versions of all open snapshots.
NoReaderBelow(v) == \A u \in DOMAIN open : u >= v
\* An entry is covered if a newer one of its key is at or below the compacted version.
IsCovered(e) == \E d \in EntriesOf(e.key) : e.ver < d.ver /\ d.ver <= compacted
\* A tombstone goes last. What it hides would come back without it.
MayDropTombstone(e) == \A d \in EntriesOf(e.key) : d.ver >= e.ver
\* A restart goes on above the compacted version, too: the newest entry may have been a
\* tombstone that is removed.
StartsAt == Max({compacted} \cup Versions(Entries))

(* Reading. *)

Absent == [ver |-> 0, val |-> Tombstone]

\* The floor search: the last entry at or before (k, v) in the order of keys and versions.
Before(k) == {j \in Key : Place[j] < Place[k] /\ data[j] # <<>>}
Floor(k, v) ==
  LET isOld(e) == e.ver <= v
      old == SelectSeq(data[k], isOld)
      j == CHOOSE j \in Before(k) : \A i \in Before(k) : Place[i] <= Place[j]
  IN  IF old # <<>> THEN [key |-> k, at |-> Newest(old)]
      ELSE IF Before(k) # {} THEN [key |-> j, at |-> Newest(data[j])]
      ELSE [key |-> NoKey, at |-> Absent]
Get(k, v) ==
  LET e == Floor(k, v) IN IF IsOf(e, k) /\ e.at.val # Tombstone THEN e.at ELSE Absent

\* What a snapshot has of a key; and of a range, the keys that have a value, or the first
\* n of them.
Answer(v, k) == Get(k, ReadVersion(v))
Found(v, from, to, n) ==
  LET has(k) == InRange(k, from, to) /\ Answer(v, k) # Absent
      some == First(n, SelectSeq(Keys, has))
      entry(k) == LET a == Answer(v, k) IN Entry(k, a.ver, a.val)
  IN  [i \in 1 .. Len(some) |-> entry(some[i])]

\* The writes of one key that follow one version, up to another.
ChangesOf(k, from, to) ==
  LET isBetween(e) == e.ver > from /\ e.ver <= to IN SelectSeq(data[k], isBetween)
-----------------------------------------------------------------------------
Init ==
  /\ data = [k \in Key |-> <<>>] /\ compacted = 0
  /\ last = 0 /\ visible = 0 /\ writes = {} /\ open = <<>>
  /\ log = {} /\ acked = 0

(* A write. *)

\* The version that a conditional write is compared with; 0 for a key without a value.
CurrentVersion(k) == Get(k, last).ver
\* A write of the same key that is open may go either way.
MayWrite(k, expect) ==
  expect = Any \/ (expect = CurrentVersion(k) /\ \A w \in Taken : w.key # k)

Take(k, val, expect, v) ==
  /\ IsNewer(v) /\ MayWrite(k, expect)
  /\ last' = v
  /\ writes' = writes \cup
       {[ver |-> v, key |-> k, val |-> val, expect |-> expect, installed |-> FALSE]}
  /\ UNCHANGED <<data, compacted, visible, open, log, acked>>

Insert(seq, e) ==
  LET isOlder(d) == d.ver < e.ver
      isNewer(d) == d.ver > e.ver
  IN  SelectSeq(seq, isOlder) \o <<e>> \o SelectSeq(seq, isNewer)

\* The newest version that is there and settled can be read. A version without a write does
\* not count: after a restart it could be taken once more.
NowVisible(there, left) == Max({visible} \cup {v \in there : IsSettled(v, left)})

Install(w) ==
  /\ w \in Taken
  /\ data' = [data EXCEPT ![w.key] = Insert(@, [ver |-> w.ver, val |-> w.val])]
  /\ writes' = (writes \ {w}) \cup {[w EXCEPT !.installed = TRUE]}
  /\ visible' = NowVisible(Versions(Entries) \cup {w.ver}, writes')
  /\ log' = log \cup {[key |-> w.key, ver |-> w.ver, val |-> w.val, expect |-> w.expect]}
  /\ UNCHANGED <<compacted, last, open, acked>>

Acknowledge(w) ==
  /\ w \in writes /\ w.installed /\ MayAcknowledge(w)
  /\ writes' = writes \ {w}
  /\ acked' = IF w.ver > acked THEN w.ver ELSE acked
  /\ UNCHANGED <<data, compacted, last, visible, open, log>>

\* The writer gives up. What it has installed stays.
Abandon(w) ==
  /\ w \in writes
  /\ writes' = writes \ {w}
  /\ visible' = NowVisible(Versions(Entries), writes')
  /\ UNCHANGED <<data, compacted, last, open, log, acked>>

(* A snapshot. *)

Opened(v) == IF v \in DOMAIN open THEN open[v] ELSE 0

Open(v) ==
  /\ IsKept(v) /\ IsVisible(v)
  /\ open' = [u \in DOMAIN open \cup {v} |-> IF u = v THEN Opened(v) + 1 ELSE open[u]]
  /\ UNCHANGED <<data, compacted, last, visible, writes, log, acked>>

Read(v, k) == v \in DOMAIN open /\ UNCHANGED vars

Range(v, from, to) == v \in DOMAIN open /\ UNCHANGED vars

Close(v) ==
  /\ v \in DOMAIN open
  /\ open' = [u \in {u \in DOMAIN open : u # v \/ open[u] > 1} |->
               IF u = v THEN open[v] - 1 ELSE open[u]]
  /\ UNCHANGED <<data, compacted, last, visible, writes, log, acked>>

\* The history of one key, for which no snapshot need be open.
Changes(k, from, to) == IsKept(from) /\ from <= to /\ IsVisible(to) /\ UNCHANGED vars

(* The collector. *)

Mark(v) ==
  /\ v > compacted /\ IsVisible(v) /\ NoReaderBelow(v)
  /\ compacted' = v
  /\ UNCHANGED <<data, last, visible, writes, open, log, acked>>

IsGarbage(e) ==
  \/ IsCovered(e)
  \/ e.val = Tombstone /\ e.ver <= compacted /\ MayDropTombstone(e)
Remove(e) ==
  /\ e \in Entries /\ IsGarbage(e)
  /\ data' = LET isOther(d) == d.ver # e.ver IN [data EXCEPT ![e.key] = SelectSeq(@, isOther)]
  /\ UNCHANGED <<compacted, last, visible, writes, open, log, acked>>

\* The process ends, and the next one begins.
Restart ==
  /\ last' = StartsAt /\ visible' = Max({compacted} \cup Versions(Entries))
  /\ writes' = {} /\ open' = <<>>
  /\ UNCHANGED <<data, compacted, log, acked>>

Next ==
  \/ \E k \in Key, val \in Value \cup {Tombstone}, expect \in Any .. Most, v \in Version :
       Take(k, val, expect, v)
  \/ \E w \in writes : Install(w) \/ Acknowledge(w) \/ Abandon(w)
  \/ \E v \in Version : Open(v) \/ Close(v) \/ Mark(v)
  \/ \E v \in Version, k \in Key : Read(v, k) \/ \E to \in Version : Changes(k, v, to)
  \/ \E v \in Version, from, to \in Key \cup {NoKey} : Range(v, from, to)
  \/ \E e \in Entries : Remove(e)
  \/ Restart

\* A writer installs what it writes or gives up, and hears when it is there. The collector
\* removes what it can.
Fairness ==
  /\ WF_vars(\E w \in Taken : Install(w) \/ Abandon(w))
  /\ WF_vars(\E w \in writes : Acknowledge(w)) /\ WF_vars(\E e \in Entries : Remove(e))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
