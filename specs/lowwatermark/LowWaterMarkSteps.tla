------------------------- MODULE LowWaterMarkSteps -------------------------
(***************************************************************************)
(* How the store in impl/lowwatermark speaks of its steps.                 *)
(***************************************************************************)
EXTENDS LowWaterMark, Steps

Here == "store"      \* there is one node

\* The kth of the numbers in a set.
Nth(S, k) == CHOOSE i \in S : Cardinality({j \in S : j < i}) = k - 1
InOrder(S) == [k \in 1 .. Cardinality(S) |-> Nth(S, k)]

SizeOf(s) == Len(s)

\* In a run of any length state and history stay short, and each verdict is the same: a view
\* shows the size of the state and its last entry, and no step reads an entry that is gone.
SizeAndLast(s, value) == <<(IF s = <<>> THEN 0 ELSE s[1]) + 1, value>>
SizeInFront(s) == IF s = <<>> THEN 0 ELSE s[1]
ThoseThere(h, first) ==
  [gone |-> first - 1, list |-> SubSeq(h.list, first - h.gone, Len(h.list))]

\* While the process is down this is what its files hold: another reader than the
\* store's own looked at them. Damaged snapshots are not listed.
View(node) ==
  [mode      |-> mode,
   first     |-> First,
   base      |-> OpenBase,
   segments  |-> Len(bases),
   length    |-> Length,
   synced    |-> synced,
   applied   |-> applied,
   size      |-> SizeOf(state),
   last      |-> IF state = <<>> THEN "none" ELSE state[Len(state)],
   snapshots |-> InOrder({s.index : s \in {t \in snapshots : t.ok}}),
   taking    |-> taking.index,
   flushed   |-> taking.flushed,
   holders   |-> [h \in Holding |-> holders[h]],
   aged      |-> aged]

\* No step reads an entry that is gone, nor what clients were promised, nor how often the
\* disk did damage.
StepsState ==
  <<mode, [i \in First .. Length |-> Entry(i)], bases, durable, synced, applied, state,
    snapshots, taking, holders, aged>>

StepsNext ==
  \/ Step("Open", [node |-> Here], Open)
  \/ Step("Serve", [node |-> Here], Serve)
  \/ \E v \in Arg("value", Value) :
       Step("AppendEntry", [node |-> Here, value |-> v], AppendEntry(v))
  \/ \E i \in Arg("upTo", 1 .. Length) : Step("Sync", [node |-> Here, upTo |-> i], Sync(i))
  \/ \E i \in Arg("index", 1 .. Length) : Step("Apply", [node |-> Here, index |-> i], Apply(i))
  \/ Step("Roll", [node |-> Here], Roll)
  \/ Step("TakeSnapshot", [node |-> Here], TakeSnapshot)
  \/ Step("FlushSnapshot", [node |-> Here], FlushSnapshot)
  \/ Step("KeepSnapshot", [node |-> Here], KeepSnapshot)
  \/ Step("DiscardSnapshot", [node |-> Here], DiscardSnapshot)
  \/ \E i \in Arg("index", 1 .. Length) :
       Step("RemoveSnapshot", [node |-> Here, index |-> i], RemoveSnapshot(i))
  \/ Step("DropOldest", [node |-> Here], DropOldest)
  \/ \E h \in Arg("holder", Holder) : \E i \in Arg("index", 1 .. Length + 1) :
       Step("Hold", [node |-> Here, holder |-> h, index |-> i], Hold(h, i))
  \/ \E h \in Arg("holder", Holder) :
       Step("Release", [node |-> Here, holder |-> h], Release(h))
  \/ \E i \in Arg("upTo", 1 .. Length) : Step("Age", [node |-> Here, upTo |-> i], Age(i))
  \/ \E left \in Arg("left", 0 .. Length) : \E named \in Arg("named", BOOLEAN) :
       Step("Crash", [node |-> Here, left |-> left, named |-> named], Crash(left, named))
  \/ \E i \in Arg("index", 1 .. Length) : Step("Rot", [node |-> Here, index |-> i], Rot(i))

  \/ Step("End", [node |-> Here], End)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after each step of a long trace.   *)

CountsInOrder ==
  /\ applied <= synced /\ synced <= Length /\ promised <= durable
  /\ mode \in {"recovering", "up"} => SizeOf(state) = applied
  /\ mode = "up" => promised <= applied
  /\ \A s \in snapshots : s.index <= durable /\ First <= s.index + 1
  /\ \A h \in Holding : First <= holders[h] \/ First <= aged + 1

\* The model that is explored: three entries whose values take turns, in three segments.
\* One thing at a time is under way, and no entry comes behind a damaged snapshot. A second
\* holder is slower than the first.
Explored ==
  /\ Length <= 3 /\ Len(bases) <= 3
  /\ \A i \in First .. Length : Entry(i) = IF i % 2 = 1 THEN "1" ELSE "2"
  /\ mode = "up" => Length <= applied + 1 \/ Kept = {}
  /\ rots <= 2 /\ (rots > 0 => Length = 3 /\ taking = Nothing)
  /\ Holding # {} \/ aged > 0 => Kept # {} /\ taking = Nothing /\ Length = applied /\ rots = 0
  /\ OpenBase > Length => taking = Nothing
  /\ aged > 0 => Holding # {}
  /\ holders["g"] > 0 => holders = [g |-> 1, h |-> 2]
=============================================================================
