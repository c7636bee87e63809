------------------------- MODULE SegmentedLogSteps -------------------------
(***************************************************************************)
(* How the log in impl/segmentedlog speaks of its steps.                   *)
(***************************************************************************)
EXTENDS SegmentedLog, Steps

Here == "log"      \* there is one node

\* While the process is down this is what its files hold: a reader other than the
\* log's own looked at them. `torn' says that there is something behind the last entry.
View(node) ==
  LET found == Latest.base - 1 + Whole(Latest.records)
  IN  [mode   |-> mode,
       oldest |-> files[1].number,
       newest |-> Latest.number,
       base   |-> Latest.base,
       count  |-> Len(SelectSeq(files, LAMBDA f : f.there)),
       open   |-> open,
       length |-> IF mode = "down" THEN found ELSE length,
       torn   |-> IF mode = "down" THEN found < EndOf(Latest) ELSE MustCut,
       synced |-> synced,
       acked  |-> acked]

\* No step reads promised, which is what clients were told, nor dropped, nor what a
\* record says of flushes, which is for WriteAheadLog, nor one that is not whole.
StepsState ==
  <<[k \in Place |-> [files[k] EXCEPT !.records =
       [i \in DOMAIN files[k].records |->
          IF files[k].records[i].whole THEN files[k].records[i].value ELSE NoValue]]],
    mode, open, length, synced, acked>>

StepsNext ==
  \/ Step("Open", [node |-> Here], Open)
  \/ \E n \in Arg("number", {files[k].number : k \in Place}) :
       Step("Refuse", [node |-> Here, number |-> n], Refuse(n))
  \/ Step("Cut", [node |-> Here], Cut)
  \/ Step("Serve", [node |-> Here], Serve)
  \/ \E v \in Arg("value", Value) :
       Step("AppendEntry", [node |-> Here, value |-> v], AppendEntry(v))
  \/ \E i \in Arg("upTo", Index) : Step("Sync", [node |-> Here, upTo |-> i], Sync(i))
  \/ \E i \in Arg("index", Index) :
       Step("Acknowledge", [node |-> Here, index |-> i], Acknowledge(i))
  \/ \E i \in Arg("index", Index \cup {EndOf(Latest) + 1}), v \in Arg("value", Value \cup {NoValue}) :
       Step("Read", [node |-> Here, index |-> i, value |-> v], Read(i, v))
  \/ Step("RollCreate", [node |-> Here], RollCreate)
  \/ Step("RollSync", [node |-> Here], RollSync)
  \/ Step("RollSwitch", [node |-> Here], RollSwitch)
  \/ \E i \in Arg("index", Index) :
       Step("TruncateFrom", [node |-> Here, index |-> i], TruncateFrom(i))
  \/ Step("Unroll", [node |-> Here], Unroll)
  \/ Step("DropOldest", [node |-> Here], DropOldest)
  \/ Step("Close", [node |-> Here], Close)
  \/ Step("End", [node |-> Here], End)
  \/ \E left \in Arg("left", {0} \cup Index) : \E bad \in Arg("bad", {0} \cup Index) :
     \E n \in Arg("last", {files[k].number : k \in Place}) :
       Step("Crash", [node |-> Here, left |-> left, bad |-> bad, last |-> n],
            Crash(left, bad, n))
  \/ \E n \in Arg("number", {files[k].number : k \in Place}) :
       Step("Vanish", [node |-> Here, number |-> n], Vanish(n))

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* Invariants that are cheap enough for each step of a long trace.         *)

CountsInOrder ==
  /\ mode = "up" => promised <= acked /\ acked <= synced
  /\ synced <= length /\ length <= EndOf(Latest)
  /\ files[1].base = Len(dropped) + 1 /\ Len(dropped) <= promised

\* The model that is explored: three entries in three segments, whose values take turns.
Explored ==
  /\ EndOf(Latest) <= 3 /\ Len(files) <= 3
  /\ \A k \in Place : \A i \in DOMAIN files[k].records :
       files[k].records[i].value = IF (files[k].base + i) % 2 = 0 THEN "1" ELSE "2"
=============================================================================
