--------------------------- MODULE WriteAheadLog ---------------------------
(***************************************************************************)
(* Write-Ahead Log: a map in memory that survives a crash, because every   *)
(* change is durable in a log before it is made, and made before a client  *)
(* is told. After Joshi, Patterns of Distributed Systems, ch. 3.           *)
(*                                                                         *)
(* The hard part is the disk, see Disk. Left out: the bytes of a record,   *)
(* the clock, the entry's type, and segments (Segmented Log).              *)
(***************************************************************************)
EXTENDS Disk

CONSTANTS Key, Value, Deleted     \* Deleted: the value of a key without one

ASSUME DeletedIsNoValue == Deleted \notin Value

\* When an entry is flushed: each before the next one is taken, several at
\* a time, or some time after the client has got its answer.
Policy == {"each", "group", "async"}

\* A client asks for some keys, each with its new value. All or none.
Batch(keys) == [keys -> Value \cup {Deleted}]
SomeKeys    == SUBSET Key \ {{}}
VARIABLES
  mode,      \* "down", "recovering", "up", "poisoned" or "refused"
  policy,    \* the flush policy that the process was opened with
  length,    \* how many records the process takes the log to have
  synced,    \* how many of them it knows to be durable
  applied,   \* how many of them are in the store
  store,     \* the map from which reads are served
  acked,     \* up to here no client waits for an answer
  promised   \* up to here a client or a reader may rely on the log

process == <<mode, policy, length, synced, applied, store, acked>>
vars    == <<file, durable, lost, mode, policy, length, synced, applied, store,
             acked, promised>>

Nothing == [key \in {} |-> Deleted]      \* the empty map

Put(map, batch) ==
  LET gone == {key \in DOMAIN batch : batch[key] = Deleted}
  IN  [key \in (DOMAIN map \cup DOMAIN batch) \ gone |->
         IF key \in DOMAIN batch THEN batch[key] ELSE map[key]]

(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* Recovery takes a record only if all of it is there and its checksum fits.
IsWhole(record) == record.whole

\* A record that cannot be read may be cut off only if no record behind it
\* says that it had been flushed: no crash takes one that had been.
WasFlushed(bad) ==
  \E i \in bad + 1 .. Len(file) : file[i].whole /\ file[i].flushed >= bad
MayCut(bad) == ~WasFlushed(bad)

\* The file must end where the log does before anything is appended: else the
\* new record is out of reach for the next recovery.
MustCut == length < Len(file)

\* Recovery may have read from a cache: it flushes before it serves.
MayServe == synced = length

\* A flush of an earlier process may have failed. Recovery writes again what no
\* record says was flushed, or its own flush does nothing.
MustRewrite(index) == \A i \in 1 .. length : file[i].flushed < index

\* A batch is one record, so that it is there as a whole or not at all. The
\* record says how much was flushed before it, for MayCut and MustRewrite.
Records(batch) == <<
  [index |-> length + 1, batch |-> batch, flushed |-> synced, whole |-> TRUE]>>

\* Only a flush that returned without an error has flushed anything.
MayAdvance(returned) == returned

\* After a failed flush the process stops. Another one would return without
\* having written what the first one has lost.
MayContinue(returned) == MayAdvance(returned)

\* Log first, then apply.
MayApply(index) ==
  IF policy = "async" THEN index <= length ELSE index <= synced

\* Flush first, then acknowledge; but "async" promises no durability.
MayAcknowledge(index) ==
  index <= applied /\ (policy = "async" \/ index <= synced)

\* An applied entry stays.
MayTruncate(index) == index > applied

(* Start and recovery.                                                     *)

Init ==
  /\ DiskInit
  /\ mode = "down" /\ policy = "none" /\ length = 0 /\ synced = 0
  /\ applied = 0 /\ store = Nothing /\ acked = 0 /\ promised = 0

\* The process starts and reads the file.
Open(p) ==
  /\ mode = "down"
  /\ mode' = "recovering"
  /\ policy' = p
  /\ length' = Before({i \in Index : ~IsWhole(file[i])})
  /\ UNCHANGED <<disk, synced, applied, store, acked, promised>>

\* A crash's remains, or what was truncated, are gone from the file for good.
CanCut ==
  /\ mode \in {"recovering", "up"} /\ MustCut
  /\ mode = "recovering" => MayCut(length + 1)

Cut == CanCut /\ CutFile(length) /\ UNCHANGED <<process, promised>>

\* A flushed record is damaged: the process stops and says which.
Refuse(index) ==
  /\ mode = "recovering" /\ MustCut
  /\ index = length + 1 /\ ~MayCut(index)
  /\ mode' = "refused"
  /\ UNCHANGED <<disk, policy, length, synced, applied, store, acked, promised>>

TakeIntoStore(index) ==
  /\ index = applied + 1 /\ index <= length
  /\ store' = Put(store, file[index].batch)
  /\ applied' = index

Replay(index) ==
  /\ mode = "recovering" /\ ~MustCut
  /\ TakeIntoStore(index)
  /\ UNCHANGED <<disk, mode, policy, length, synced, acked, promised>>

\* Recovery is done. From now on readers see, and rely on, what was found.
Serve ==
  /\ mode = "recovering" /\ ~MustCut
  /\ applied = length /\ MayServe
  /\ mode' = "up"
  /\ acked' = length
  /\ promised' = Max(promised, length)
  /\ UNCHANGED <<disk, policy, length, synced, applied, store>>

(* Work.                                                                   *)

\* A client's batch goes to the end of the log.
AppendEntry(batch) ==
  /\ mode = "up" /\ ~MustCut
  /\ policy = "each" => synced = length
  /\ WriteRecords(Records(batch))
  /\ length' = length + Len(Records(batch))
  /\ UNCHANGED <<mode, policy, synced, applied, store, acked, promised>>

\* A flush has returned or failed. Recovery has written again what it must.
Again(returned) ==
  {i \in Index : returned /\ mode = "recovering" /\ MustRewrite(i)}

Flushed(upTo, returned) ==
  /\ lost' = LostAfter(Again(returned), returned)
  /\ durable' = IF returned THEN DurableAfter(upTo, Again(returned)) ELSE durable
  /\ synced' = IF MayAdvance(returned) THEN upTo ELSE synced
  /\ mode' = IF MayContinue(returned) THEN mode ELSE "poisoned"
  /\ UNCHANGED <<file, policy, length, applied, store, acked, promised>>

\* A write and a flush that cover the first upTo records have returned.
CanSync(upTo) ==
  /\ mode \in {"recovering", "up"} /\ ~MustCut
  /\ upTo \in synced + 1 .. length

Sync(upTo) == CanSync(upTo) /\ Flushed(upTo, TRUE)

\* Writing or flushing has failed. The process cannot know what is on the disk.
SyncFails == (CanCut \/ CanSync(length)) /\ Flushed(length, FALSE)

Apply(index) ==
  /\ mode = "up"
  /\ MayApply(index)
  /\ TakeIntoStore(index)
  /\ UNCHANGED <<disk, mode, policy, length, synced, acked, promised>>

\* The client hears that it is done.
Acknowledge(index) ==
  /\ mode = "up"
  /\ index = acked + 1 /\ index <= length
  /\ MayAcknowledge(index)
  /\ acked' = index
  /\ promised' = IF policy = "async" THEN promised ELSE Max(promised, index)
  /\ UNCHANGED <<disk, mode, policy, length, synced, applied, store>>

\* The end of the log is given up, flushed or not. It is in the file until Cut.
TruncateFrom(index) ==
  /\ mode = "up" /\ ~MustCut
  /\ index \in 1 .. length
  /\ MayTruncate(index)
  /\ length' = index - 1
  /\ synced' = Min(synced, index - 1)
  /\ UNCHANGED <<disk, mode, policy, applied, store, acked, promised>>

Forget ==
  /\ mode' = "down" /\ policy' = "none" /\ length' = 0 /\ synced' = 0
  /\ applied' = 0 /\ store' = Nothing /\ acked' = 0

Close ==
  /\ mode = "up" /\ ~MustCut
  /\ synced = length
  /\ Forget
  /\ UNCHANGED <<disk, promised>>

\* An observer says that nothing is owed: what was appended is durable, made, and
\* acknowledged. It is a part of Steps, and not of Next.
End ==
  /\ mode = "up" /\ ~MustCut
  /\ synced = length /\ applied = length /\ acked = length
  /\ UNCHANGED vars

(* Faults.                                                                 *)

\* The process dies, alone or with its machine. Where the file was to be cut,
\* it may have been.
Crash(left, bad) ==
  /\ mode # "down"
  /\ \/ left \in durable .. Len(file)
     \/ left = length /\ MustCut /\ mode \in {"up", "poisoned"}
  /\ DiskCrash(left, bad)
  /\ Forget
  /\ UNCHANGED promised

\* A flushed record rots. The very last flush has no witness: damage there
\* looks like a crash in the middle of it, to this and to any other log.
Corrupt(index) ==
  /\ mode = "down"
  /\ \E i \in index + 1 .. durable : file[i].whole /\ file[i].flushed >= index
  /\ Rot(index)
  /\ UNCHANGED <<process, promised>>

Next ==
  \/ \E p \in Policy : Open(p)
  \/ Cut \/ Serve \/ SyncFails \/ Close
  \/ \E i \in Index : Refuse(i) \/ Replay(i) \/ TruncateFrom(i) \/ Corrupt(i)
  \/ \E i \in Index : Sync(i) \/ Apply(i) \/ Acknowledge(i)
  \/ \E keys \in SomeKeys : \E b \in Batch(keys) : AppendEntry(b)
  \/ \E left, bad \in {0} \cup Index : Crash(left, bad)

\* Clients owe nothing. A flush waits while the file is cut, and gets its turn.
Fairness ==
  /\ WF_vars(\E p \in Policy : Open(p))
  /\ WF_vars(Cut) /\ WF_vars(Serve)
  /\ WF_vars(\E i \in Index : Refuse(i))
  /\ WF_vars(\E i \in Index : Replay(i))
  /\ SF_vars(Sync(length))
  /\ WF_vars(\E i \in Index : Apply(i))
  /\ WF_vars(\E i \in Index : Acknowledge(i))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
