------------------------ MODULE VersionedValueSteps ------------------------
(***************************************************************************)
(* How the store in impl/versionedvalue speaks of its steps. There is one. *)
(***************************************************************************)
EXTENDS VersionProperties, Steps

Here == "store"

ByVersion(S) == [i \in 1 .. Cardinality(S) |->
                  CHOOSE e \in S : Cardinality({d \in S : d.ver < e.ver}) = i - 1]
Snapshots == ByVersion({[ver |-> v, count |-> open[v]] : v \in DOMAIN open})

View(node) ==
  [data      |-> [k \in {k \in Key : data[k] # <<>>} |-> data[k]],
   compacted |-> compacted,
   last      |-> last,
   visible   |-> visible,
   writes    |-> ByVersion(writes),
   open      |-> Snapshots]

\* The ghosts are there for the properties.
StepsState == <<data, compacted, last, visible, writes, open>>

Write(v) == CHOOSE w \in writes : w.ver = v
Bound == Key \cup {NoKey}

\* An observer says that no writer waits, no snapshot is open, and there is no garbage.
Quiet ==
  /\ writes = {} /\ open = <<>>
  /\ \A e \in Entries : ~IsGarbage(e)
  /\ UNCHANGED vars

StepsNext ==
  \/ \E k \in Arg("key", Key), val \in Arg("value", Value \cup {Tombstone}),
        expect \in Arg("expect", Any .. Most), v \in Arg("version", Version) :
       Step("Take", [node |-> Here, key |-> k, value |-> val, expect |-> expect, version |-> v],
            Take(k, val, expect, v))
  \/ \E v \in Arg("version", Versions(writes)) :
       \/ Step("Install", [node |-> Here, version |-> v], Install(Write(v)))
       \/ Step("Acknowledge", [node |-> Here, version |-> v], Acknowledge(Write(v)))
       \/ Step("Abandon", [node |-> Here, version |-> v], Abandon(Write(v)))
  \/ \E v \in Arg("version", Version) :
       \/ Step("Open", [node |-> Here, version |-> v], Open(v))
       \/ Step("Close", [node |-> Here, version |-> v], Close(v))
       \/ Step("Mark", [node |-> Here, version |-> v], Mark(v))
  \/ \E v \in Arg("version", DOMAIN open), k \in Arg("key", Key) :
     \E a \in Arg("answer", {Answer(v, k)}) :
       Step("Read", [node |-> Here, version |-> v, key |-> k, answer |-> a], Read(v, k))
  \/ \E v \in Arg("version", DOMAIN open), from \in Arg("from", Bound), to \in Arg("to", Bound),
        n \in Arg("limit", Limit) :
     \E a \in Arg("answer", {Found(v, from, to, n)}) :
       Step("Range", [node |-> Here, version |-> v, from |-> from, to |-> to, limit |-> n,
                      answer |-> a], Range(v, from, to))
  \/ \E k \in Arg("key", Key), after \in Arg("after", Version), upTo \in Arg("upTo", Version) :
     \E a \in Arg("answer", {ChangesOf(k, after, upTo)}) :
       Step("Changes", [node |-> Here, key |-> k, after |-> after, upTo |-> upTo, answer |-> a],
            Changes(k, after, upTo))
  \/ \E k \in Arg("key", Key), v \in Arg("version", Version) :
       Step("Remove", [node |-> Here, key |-> k, version |-> v],
            \E e \in EntriesOf(k) : e.ver = v /\ Remove(e))
  \/ Step("Restart", [node |-> Here], Restart)
  \/ Step("Quiet", [node |-> Here], Quiet)

StepsSpec == Init /\ [][StepsNext]_vars

\* The model that is explored: the first key is written at 1 and either at 2.
Explored ==
  /\ Cardinality(writes) <= 2
  /\ \A w \in writes : w.ver = 1 => w.key = "a" /\ w.val # Tombstone /\ w.expect = Any
  /\ \A v \in DOMAIN open : open[v] <= IF writes = {} /\ DOMAIN open = {v} THEN 2 ELSE 1

\* Cheap, however long a trace is.
ReadersAreKept == \A v \in DOMAIN open : compacted <= v /\ v <= last
=============================================================================
