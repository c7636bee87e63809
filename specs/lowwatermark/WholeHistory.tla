---------------------------- MODULE WholeHistory ----------------------------
(***************************************************************************)
(* What must hold of LowWaterMark: a snapshot and the entries behind it    *)
(* are the whole history, and the log is a SegmentedLog.                   *)
(***************************************************************************)
EXTENDS LowWaterMark

Upto(i) == SubSeq(history.list, 1, i)

TypeOK ==
  /\ mode \in {"down", "recovering", "up", "refused"}
  /\ history.gone = 0 /\ history.list \in Seq(Value)
  /\ durable \in 0 .. Length /\ synced \in 0 .. Length /\ applied \in 0 .. synced
  /\ bases[1] >= 1 /\ \A k \in 1 .. Len(bases) - 1 : bases[k] < bases[k + 1]
  /\ OpenBase <= Length + 1
  /\ \A s \in snapshots : DOMAIN s = {"index", "state", "ok"} /\ s.index > 0 /\ s.ok \in BOOLEAN
  /\ Cardinality(Kept) = Cardinality(snapshots)
  /\ DOMAIN taking = {"index", "state", "flushed"}
  /\ holders \in [Holder -> 0 .. Length + 1]
  /\ aged \in 0 .. applied

\* The state is that of all entries, however many of them the log still has.
StateIsFold == mode \in {"recovering", "up"} => applied <= Length /\ state = Upto(applied)

SnapshotIsFold ==
  \A s \in snapshots : s.ok => s.index <= durable /\ s.state = Upto(s.index)

\* Any of the snapshots will do.
EachCanBeRestored == \A s \in snapshots : First <= s.index + 1

\* The log begins with its first entry as long as one damaged snapshot could be the only one.
EmptyCanBeRestored == (\A s \in snapshots : ~s.ok) /\ rots < 2 => First = 1

NamedIsWhole == Cardinality({s \in snapshots : ~s.ok}) <= rots

\* A process counts on those alone that are whole.
KeptIsWhole == mode \in {"recovering", "up"} => \A s \in snapshots : s.ok

PromisedIsKept == promised <= durable /\ (mode = "up" => promised <= applied)

\* What a holder needs is there, or it was told the retention time.
HeldIsThere == \A h \in Holding : First <= holders[h] \/ First <= aged + 1

\* Of a store that owes nothing no crash takes an entry, and clients rely on all of them. A
\* snapshot or a holder needs the log's oldest segment, or it is the open one.
CalmOwesNothing ==
  ENABLED End =>
    /\ durable = Length /\ promised = Length /\ Cardinality(snapshots) <= 2
    /\ Len(bases) > 1 /\ Cardinality(snapshots) = 2 =>
         \/ \E s \in snapshots : s.index + 1 < bases[2]
         \/ aged + 1 < bases[2] /\ \E h \in Holding : holders[h] < bases[2]

OnlyDamageIsRefused == mode = "refused" => rots >= 2

\* What is needed is the open segment, and all above the applied entries.
NeededStays == First <= Length + 1 /\ (mode = "up" => First <= applied + 1)

\* Only a prefix goes, one segment at a time, and only while the store serves: a start that
\* has failed changes nothing.
PrefixGoes ==
  [][bases' # bases => \/ bases' = Tail(bases) /\ mode = "up"
                       \/ Len(bases') > Len(bases) /\ SubSeq(bases', 1, Len(bases)) = bases]_vars

\* While the process is up, no older snapshot takes the place of the newest one, and the
\* last one is not removed.
SnapshotsGrow ==
  [][mode = "up" /\ mode' = "up" /\ Kept # {} => Max(Kept') >= Max(Kept)]_vars

\* A log that is longer than it need be gets shorter.
Droppable == mode = "up" /\ CanDrop
LogGetsShorter == Droppable ~> ~Droppable

\* What is applied comes into a snapshot.
Behind(i) == mode = "up" /\ applied >= i /\ Newest < i

RecoveryEnds ==
  <>[][mode' # "down" \/ mode = "down"]_vars => (mode = "down" ~> mode \in {"up", "refused"})

-----------------------------------------------------------------------------
(* The log is a SegmentedLog. Its opening has three steps, and so has a    *)
(* roll. The first two are seen here alone, by an auxiliary variable that  *)
(* changes nothing and adds steps.                                         *)

VARIABLES
  stage,     \* how many steps the log has taken of Open or Roll
  removed,   \* how many segments are gone
  flushes,   \* what was synced when each entry was appended
  made       \* the first file can no longer be lost

aux == <<stage, removed, flushes, made>>

Ahead ==
  /\ stage < 2 /\ (mode = "down" \/ ENABLED Roll)
  /\ stage' = stage + 1
  /\ UNCHANGED <<vars, removed, flushes, made>>

Whole ==
  /\ IF stage = 2 THEN Open \/ Roll ELSE stage = 0 /\ Next /\ ~Open /\ ~Roll
  /\ stage' = 0
  /\ removed' = IF First' = First THEN removed ELSE removed + 1
  /\ flushes' = IF Length' > Length THEN Append(flushes, synced) ELSE SubSeq(flushes, 1, Length')
  /\ made' = (made \/ mode = "down")

HistoryInit == Init /\ stage = 0 /\ removed = 0 /\ flushes = <<>> /\ made = FALSE
HistoryNext == Ahead \/ Whole
HistoryFairness ==
  /\ Fairness
  /\ WF_<<vars, aux>>(Ahead /\ (stage > 0 \/ mode = "down"))
  /\ WF_<<vars, aux>>(stage = 2 /\ Whole)

Opening   == mode = "down" /\ stage > 0
Record(i) == [value |-> Entry(i), flushed |-> flushes[i], whole |-> TRUE]
Bases     == IF mode # "down" /\ stage > 0 THEN Append(bases, Length + 1) ELSE bases
EndOf(k)  == IF k = Len(Bases) THEN Length ELSE Bases[k + 1] - 1
Safe      == IF mode = "down" /\ stage = 2 THEN Length ELSE durable

Log == INSTANCE SegmentedLog WITH
  NoValue <- "none",
  files   <- [k \in 1 .. Len(Bases) |->
    [number  |-> removed + k,
     base    |-> Bases[k],
     records |-> [j \in 1 .. EndOf(k) + 1 - Bases[k] |-> Record(Bases[k] + j - 1)],
     durable |-> Min({Max({0, Safe + 1 - Bases[k]}), EndOf(k) + 1 - Bases[k]}),
     made    |-> IF mode = "down" THEN made \/ stage > 0
                                  ELSE k < Len(Bases) \/ stage # 1,
     there   |-> TRUE]],
  mode    <- IF mode = "down" THEN IF Opening THEN "recovering" ELSE "down" ELSE "up",
  open    <- IF mode = "down" /\ ~Opening THEN 0 ELSE removed + Len(bases),
  length  <- IF mode = "down" /\ ~Opening THEN 0 ELSE Length,
  synced  <- IF mode = "down" /\ stage = 2 THEN Length ELSE synced,
  acked   <- CASE mode = "down" -> 0 [] mode = "up" -> applied [] OTHER -> Length,
  dropped <- [i \in 1 .. First - 1 |-> Record(i)]

\* Of its steps these are taken. The first two lines are for TLC: where all that the log is
\* made from is as it was, so is the log.
LogStep ==
  \/ UNCHANGED <<mode, history, bases, durable, synced, applied, promised, aux>>
  \/ UNCHANGED Log!vars
  \/ Log!Open \/ Log!Serve \/ Log!RollCreate \/ Log!RollSync \/ Log!RollSwitch \/ Log!DropOldest
  \/ \E v \in Value : Log!AppendEntry(v)
  \/ \E i \in 1 .. Length : Log!Sync(i) \/ Log!Acknowledge(i)
  \/ \E left \in 0 .. Length : Log!Crash(left, 0, removed + Len(bases))

RefinesSegmentedLog == Log!Init /\ [][LogStep]_(Log!vars)

THEOREM Spec => [](TypeOK /\ StateIsFold /\ SnapshotIsFold)
THEOREM Spec => [](EachCanBeRestored /\ EmptyCanBeRestored /\ NamedIsWhole /\ KeptIsWhole)
THEOREM Spec => [](PromisedIsKept /\ HeldIsThere /\ NeededStays /\ OnlyDamageIsRefused)
THEOREM Spec => []CalmOwesNothing
THEOREM Spec => PrefixGoes /\ SnapshotsGrow /\ LogGetsShorter /\ RecoveryEnds
THEOREM \A i \in Nat \ {0} : Spec => (Behind(i) ~> ~Behind(i))
\* With the auxiliary variables:
THEOREM HistoryInit /\ [][HistoryNext]_<<vars, aux>> => RefinesSegmentedLog
=============================================================================
