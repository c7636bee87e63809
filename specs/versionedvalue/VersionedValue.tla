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
  Keys,         \* all keys in ascending order
  Value,
  Tombstone,    \* what a deletion writes
  NoKey         \* a bound of a range that is open

Key == {Keys[i] : i \in 1 .. Len(Keys)}
ASSUME Tombstone \notin Value /\ NoKey \notin Key
Version == Nat        \* finite in a model
Limit == Nat \ {0}    \* how many entries a part of a range has; finite in a model
Any == -1             \* the expectation of a write that has none

VARIABLES
  (* durable *)
  data,         \* the entries: key, version, value
  compacted,    \* the oldest version that can be read
  (* lost when the process ends *)
  last,         \* the newest version that was taken
  writes,       \* the writes that are open
  open,         \* the number of open snapshots at each version that has some
  (* ghosts *)
  log,          \* all that was ever installed, with what its writer expected
  acked         \* the newest version whose writer was told that it is there

vars == <<data, compacted, last, writes, open, log, acked>>

Max(S) == CHOOSE v \in S : \A u \in S : u <= v
Versions(entries) == {e.ver : e \in entries}
ByVersion(S) == [i \in 1 .. Cardinality(S) |->
                  CHOOSE e \in S : Cardinality({d \in S : d.ver < e.ver}) = i - 1]
First(n, seq) == SubSeq(seq, 1, IF n < Len(seq) THEN n ELSE Len(seq))

Taken == {w \in writes : ~w.installed}
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* A version is newer than all before it, whatever its source says.
IsNewer(v) == v > last
\* A version is settled if no open write can still install one below it.
IsSettled(v) == \A w \in Taken : w.ver > v
\* The newest version that can be read. A version without a write does not count: after a
\* restart it could be taken once more.
Visible == Max({compacted} \cup {v \in Versions(data) : IsSettled(v)})
\* A version above that would not read the same later.
IsVisible(v) == v <= Visible
\* A version below the compacted one has lost entries.
IsKept(v) == v >= compacted
\* A snapshot reads at its version, however far the others are.
ReadVersion(v) == v
\* The floor search finds an entry of the key before, if this one has none so old.
IsOf(e, k) == e.key = k
\* A bound that is a key belongs to the range below and not above.
Place == [k \in Key |-> CHOOSE i \in 1 .. Len(Keys) : Keys[i] = k]
InRange(k, from, to) ==
  (from # NoKey => Place[k] >= Place[from]) /\ (to # NoKey => Place[k] < Place[to])
\* A write is acknowledged when every snapshot at the newest version has it.
MayAcknowledge(w) == w.ver <= Visible
\* The compacted version stays at or below the versions of all open snapshots.
NoReaderBelow(v) == \A u \in DOMAIN open : u >= v
\* An entry is covered if a newer one of its key is at or below the compacted version.
IsCovered(e) == \E d \in data : d.key = e.key /\ e.ver < d.ver /\ d.ver <= compacted
\* A tombstone goes last. What it hides would come back without it.
MayDropTombstone(e) == \A d \in data : d.key = e.key => d.ver >= e.ver
\* A restart goes on above the compacted version, too: the newest entry may have been a
\* tombstone that is removed.
StartsAt == Max({compacted} \cup Versions(data))

(* Reading. *)

Entry(k, v, val) == [key |-> k, ver |-> v, val |-> val]
Absent == [ver |-> 0, val |-> Tombstone]

\* The last entry at or before (k, v) in the order of keys and versions; none is there
\* for a key before all that have entries.
Before(k, v) == {e \in data : Place[e.key] < Place[k] \/ (e.key = k /\ e.ver <= v)}
Latest(S) == CHOOSE e \in S : \A d \in S :
               Place[d.key] < Place[e.key] \/ (d.key = e.key /\ d.ver <= e.ver)
Get(k, v) ==
  LET before == Before(k, v)
      e == Latest(before)
  IN  IF before # {} /\ IsOf(e, k) /\ e.val # Tombstone
      THEN [ver |-> e.ver, val |-> e.val] ELSE Absent

\* What a snapshot has of a key; and of a range, the keys that have a value, or the first
\* n of them.
Answer(v, k) == Get(k, ReadVersion(v))
Found(v, from, to, n) ==
  LET answer == [k \in Key |-> Answer(v, k)]
      has(k) == InRange(k, from, to) /\ answer[k] # Absent
      some == SelectSeq(Keys, has)
  IN  First(n, [i \in 1 .. Len(some) |->
                 LET k == some[i] IN Entry(k, answer[k].ver, answer[k].val)])

\* The writes of one key that follow one version, up to another.
ChangesOf(k, from, to) == ByVersion({e \in data : e.key = k /\ e.ver > from /\ e.ver <= to})
-----------------------------------------------------------------------------
Init ==
  /\ data = {} /\ compacted = 0 /\ last = 0 /\ writes = {} /\ open = <<>>
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
  /\ UNCHANGED <<data, compacted, open, log, acked>>

Install(w) ==
  /\ w \in Taken
  /\ data' = data \cup {Entry(w.key, w.ver, w.val)}
  /\ writes' = (writes \ {w}) \cup {[w EXCEPT !.installed = TRUE]}
  /\ log' = log \cup {[key |-> w.key, ver |-> w.ver, val |-> w.val, expect |-> w.expect]}
  /\ UNCHANGED <<compacted, last, open, acked>>

Acknowledge(w) ==
  /\ w \in writes /\ w.installed /\ MayAcknowledge(w)
  /\ writes' = writes \ {w}
  /\ acked' = IF w.ver > acked THEN w.ver ELSE acked
  /\ UNCHANGED <<data, compacted, last, open, log>>

\* The writer gives up. What it has installed stays.
Abandon(w) ==
  /\ w \in writes
  /\ writes' = writes \ {w}
  /\ UNCHANGED <<data, compacted, last, open, log, acked>>

(* A snapshot. *)

Opened(v) == IF v \in DOMAIN open THEN open[v] ELSE 0

Open(v) ==
  /\ IsKept(v) /\ IsVisible(v)
  /\ open' = [u \in DOMAIN open \cup {v} |-> IF u = v THEN Opened(v) + 1 ELSE open[u]]
  /\ UNCHANGED <<data, compacted, last, writes, log, acked>>

Read(v, k) == v \in DOMAIN open /\ UNCHANGED vars

Range(v, from, to) == v \in DOMAIN open /\ UNCHANGED vars

Close(v) ==
  /\ v \in DOMAIN open
  /\ open' = [u \in {u \in DOMAIN open : u # v \/ open[u] > 1} |->
               IF u = v THEN open[v] - 1 ELSE open[u]]
  /\ UNCHANGED <<data, compacted, last, writes, log, acked>>

\* The history of one key, for which no snapshot need be open.
Changes(k, from, to) == IsKept(from) /\ from <= to /\ IsVisible(to) /\ UNCHANGED vars

(* The collector. *)

Mark(v) ==
  /\ v > compacted /\ IsVisible(v) /\ NoReaderBelow(v)
  /\ compacted' = v
  /\ UNCHANGED <<data, last, writes, open, log, acked>>

IsGarbage(e) ==
  \/ IsCovered(e)
  \/ e.val = Tombstone /\ e.ver <= compacted /\ MayDropTombstone(e)
Remove(e) ==
  /\ e \in data /\ IsGarbage(e)
  /\ data' = data \ {e}
  /\ UNCHANGED <<compacted, last, writes, open, log, acked>>

\* The process ends, and the next one begins.
Restart ==
  /\ last' = StartsAt /\ writes' = {} /\ open' = <<>>
  /\ UNCHANGED <<data, compacted, log, acked>>

Next ==
  \/ \E k \in Key, val \in Value \cup {Tombstone}, expect \in {Any} \cup Version, v \in Version :
       Take(k, val, expect, v)
  \/ \E w \in writes : Install(w) \/ Acknowledge(w) \/ Abandon(w)
  \/ \E v \in Version : Open(v) \/ Close(v) \/ Mark(v)
  \/ \E v \in Version, k \in Key : Read(v, k) \/ \E to \in Version : Changes(k, v, to)
  \/ \E v \in Version, from, to \in Key \cup {NoKey} : Range(v, from, to)
  \/ \E e \in data : Remove(e)
  \/ Restart

\* A writer installs what it writes or gives up, and hears when it is there. The collector
\* removes what it can.
Fairness ==
  /\ WF_vars(\E w \in Taken : Install(w) \/ Abandon(w))
  /\ WF_vars(\E w \in writes : Acknowledge(w)) /\ WF_vars(\E e \in data : Remove(e))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
