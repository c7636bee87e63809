------------------------- MODULE WriteAheadLogSteps -------------------------
(***************************************************************************)
(* How the log in impl/writeaheadlog speaks of its steps.                  *)
(***************************************************************************)
EXTENDS WriteAheadLog, Steps

Here == "log"      \* there is one node

NoRecord == [index |-> 0, flushed |-> 0, batch |-> Nothing]

Last(n) == IF n = 0 THEN NoRecord
           ELSE [index   |-> file[n].index,
                 flushed |-> file[n].flushed,
                 batch   |-> file[n].batch]

\* How many records there are in a file of which only the first n are as they
\* must be. Those at the end that are not whole cannot be counted: there is
\* something, that is all.
Slots(n) ==
  IF n = Len(file) THEN n
  ELSE LET behind == {i \in n + 2 .. Len(file) : file[i].whole}
       IN  IF behind = {} THEN n + 1
           ELSE CHOOSE i \in behind : \A j \in behind : j <= i

\* While the process is down this is what its file holds: a reader other than
\* the log's own looked at it.
View(node) ==
  LET whole == IF mode = "down" THEN Before({i \in Index : ~file[i].whole})
                                ELSE length
  IN  [mode    |-> mode,
       policy  |-> policy,
       slots   |-> Slots(whole),
       length  |-> whole,
       last    |-> Last(whole),
       synced  |-> synced,
       applied |-> applied,
       store   |-> store,
       acked   |-> acked]

\* No step reads promised, which is what clients were told.
StepsState == <<disk, mode, policy, length, synced, applied, store, acked>>

StepsNext ==
  \/ \E p \in Arg("policy", Policy) :
       Step("Open", [node |-> Here, policy |-> p], Open(p))
  \/ Step("Cut", [node |-> Here], Cut)
  \/ \E i \in Arg("index", Index) :
       Step("Refuse", [node |-> Here, index |-> i], Refuse(i))
  \/ \E i \in Arg("index", Index) :
       Step("Replay", [node |-> Here, index |-> i], Replay(i))
  \/ Step("Serve", [node |-> Here], Serve)
  \/ \E keys \in SomeKeys : \E b \in Arg("batch", Batch(keys)) :
       Step("AppendEntry", [node |-> Here, batch |-> b], AppendEntry(b))
  \/ \E i \in Arg("upTo", Index) :
       Step("Sync", [node |-> Here, upTo |-> i], Sync(i))
  \/ Step("SyncFails", [node |-> Here], SyncFails)
  \/ \E i \in Arg("index", Index) :
       Step("Apply", [node |-> Here, index |-> i], Apply(i))
  \/ \E i \in Arg("index", Index) :
       Step("Acknowledge", [node |-> Here, index |-> i], Acknowledge(i))
  \/ \E i \in Arg("index", Index) :
       Step("TruncateFrom", [node |-> Here, index |-> i], TruncateFrom(i))
  \/ Step("Close", [node |-> Here], Close)
  \/ Step("End", [node |-> Here], End)
  \/ \E left \in Arg("left", {0} \cup Index) :
     \E bad \in Arg("bad", {0} \cup Index) :
       Step("Crash", [node |-> Here, left |-> left, bad |-> bad],
            Crash(left, bad))
  \/ \E i \in Arg("index", Index) :
       Step("Corrupt", [node |-> Here, index |-> i], Corrupt(i))

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after each of 100,000 steps.       *)

CountsInOrder ==
  /\ durable <= Len(file)
  /\ promised <= durable
  /\ mode = "up" => promised <= applied
  /\ length <= Len(file)
  /\ synced <= durable /\ synced <= length
  /\ applied <= length
  /\ acked <= length
  /\ mode = "up" /\ policy # "async" => applied <= synced
  /\ length > 0 => file[length].index = length

\* The model that is explored: two records, of two kinds. One leaves a key
\* alone and deletes the other.
Explored ==
  /\ Len(file) <= 2
  /\ \A i \in Index :
       file[i].batch \in {[key \in Key |-> "1"], [key \in {"a"} |-> Deleted]}
=============================================================================
