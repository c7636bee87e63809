--------------------------- MODULE WriteAheadLog ---------------------------
(***************************************************************************)
(* Write-Ahead Log: a map in memory that survives a crash, because every   *)
(* change is made durable in a log before it is made at all, and before    *)
(* anybody is told. After Joshi, Patterns of Distributed Systems, ch. 3.   *)
(*                                                                         *)
(* What is hard about it is the disk: a write is durable only when a flush *)
(* that covers it has returned, a crash keeps any part of what was written *)
(* since, a flush can fail, and a flushed record can rot. All four are     *)
(* here. Left out: the bytes of a record (a record is whole or it is not), *)
(* the clock and the entry's type, and segments of the log, which are a    *)
(* pattern of their own.                                                   *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  Key,       \* the keys of the map
  Value,     \* the values
  Deleted    \* what a batch holds for a key that it deletes

ASSUME DeletedIsNoValue == Deleted \notin Value

\* When is an entry flushed: each before the next one is taken, several at
\* a time, or some time after the client has got its answer.
Policy == {"each", "group", "async"}

\* What a client asks for: some keys, each with its new value. All or none.
Batch(keys) == [keys -> Value \cup {Deleted}]
SomeKeys    == SUBSET Key \ {{}}

VARIABLES
  (* the disk *)
  file,      \* the records that were appended and that no crash has taken
  durable,   \* how many of them no crash can take; nobody knows this one
  (* the process, which forgets all of this in a crash *)
  mode,      \* "down", "recovering", "up", "poisoned" or "refused"
  policy,    \* the flush policy that it was opened with
  length,    \* how many records it takes the log to have
  synced,    \* how many of them it knows to be durable
  applied,   \* how many of them are in the store
  store,     \* the map from which reads are served
  acked,     \* up to here nobody waits for an answer
  (* the outside world *)
  promised   \* up to here somebody may rely on it

disk    == <<file, durable>>
process == <<mode, policy, length, synced, applied, store, acked>>
vars    == <<file, durable, mode, policy, length, synced, applied, store,
             acked, promised>>

Min(a, b) == IF a < b THEN a ELSE b
Max(a, b) == IF a > b THEN a ELSE b

Nothing == [key \in {} |-> Deleted]      \* the empty map

Put(map, batch) ==
  [key \in (DOMAIN map \cup DOMAIN batch)
             \ {k \in DOMAIN batch : batch[k] = Deleted} |->
     IF key \in DOMAIN batch THEN batch[key] ELSE map[key]]

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* Recovery takes a record only if all of it is there and its checksum fits.
IsWhole(record) == record.whole

\* What cannot be read may be cut off only if no record behind it says that
\* it had been flushed. If one does, then a promise is damaged: no crash
\* does that, and no program may repair it by forgetting.
WasFlushed(bad) ==
  \E i \in bad + 1 .. Len(file) : file[i].whole /\ file[i].flushed >= bad
MayCut(bad) == ~WasFlushed(bad)

\* What lies behind the log's end in the file must be gone before anything is
\* appended: else the new record is out of reach for the next recovery.
MustCut == length < Len(file)

\* What was found may still be in a cache: flush it before serving it.
MayServe == synced = length

\* A batch is one record, so that it is there as a whole or not at all. The
\* record says how much was flushed before it, for MayCut.
Records(batch) == <<
  [index |-> length + 1, batch |-> batch, flushed |-> synced, whole |-> TRUE]>>

\* Only a flush that returned without an error has flushed anything.
MayAdvance(returned) == returned

\* Log first, then apply.
MayApply(index) ==
  IF policy = "async" THEN index <= length ELSE index <= synced

\* Flush first, then acknowledge; but "async" promises no durability.
MayAcknowledge(index) ==
  index <= applied /\ (policy = "async" \/ index <= synced)

\* What has been applied stays.
MayTruncate(index) == index > applied

-----------------------------------------------------------------------------
(* Start and recovery.                                                     *)

Init ==
  /\ file = <<>> /\ durable = 0
  /\ mode = "down" /\ policy = "none"
  /\ length = 0 /\ synced = 0 /\ applied = 0 /\ store = Nothing /\ acked = 0
  /\ promised = 0

Index == 1 .. Len(file)

\* How many records there are before the first of the bad ones.
Before(bad) ==
  IF bad = {} THEN Len(file)
              ELSE (CHOOSE i \in bad : \A j \in bad : i <= j) - 1

\* The process starts and reads the file.
Open(p) ==
  /\ mode = "down"
  /\ mode' = "recovering"
  /\ policy' = p
  /\ length' = Before({i \in Index : ~IsWhole(file[i])})
  /\ UNCHANGED <<disk, synced, applied, store, acked, promised>>

\* What a crash left unfinished, or what was truncated, is removed from the
\* file, and that has been flushed.
CanCut ==
  /\ mode \in {"recovering", "up"}
  /\ MustCut
  /\ mode = "recovering" => MayCut(length + 1)

Cut ==
  /\ CanCut
  /\ file' = SubSeq(file, 1, length)
  /\ UNCHANGED <<durable, process, promised>>

\* A flushed record is damaged: the process stops and says which.
Refuse(index) ==
  /\ mode = "recovering"
  /\ MustCut
  /\ index = length + 1
  /\ ~MayCut(index)
  /\ mode' = "refused"
  /\ UNCHANGED <<disk, policy, length, synced, applied, store, acked, promised>>

TakeIntoStore(index) ==
  /\ index = applied + 1
  /\ index <= length
  /\ store' = Put(store, file[index].batch)
  /\ applied' = index

Replay(index) ==
  /\ mode = "recovering"
  /\ ~MustCut
  /\ TakeIntoStore(index)
  /\ UNCHANGED <<disk, mode, policy, length, synced, acked, promised>>

\* Recovery is done. From now on readers see, and rely on, what was found.
Serve ==
  /\ mode = "recovering"
  /\ ~MustCut
  /\ applied = length
  /\ MayServe
  /\ mode' = "up"
  /\ acked' = length
  /\ promised' = length
  /\ UNCHANGED <<disk, policy, length, synced, applied, store>>

-----------------------------------------------------------------------------
(* Work.                                                                   *)

\* A client's batch goes to the end of the log.
AppendEntry(batch) ==
  /\ mode = "up"
  /\ ~MustCut
  /\ policy = "each" => synced = length
  /\ file' = file \o Records(batch)
  /\ length' = length + Len(Records(batch))
  /\ UNCHANGED <<durable, mode, policy, synced, applied, store, acked,
                 promised>>

Flushed(upTo, returned) ==
  /\ durable' = IF returned THEN Max(durable, upTo) ELSE durable
  /\ IF MayAdvance(returned)
       THEN synced' = upTo /\ UNCHANGED mode
       ELSE mode' = "poisoned" /\ UNCHANGED synced
  /\ UNCHANGED <<file, policy, length, applied, store, acked, promised>>

\* A write and a flush that cover the first upTo records have returned.
CanSync(upTo) ==
  /\ mode \in {"recovering", "up"}
  /\ ~MustCut
  /\ upTo \in synced + 1 .. length

Sync(upTo) ==
  /\ CanSync(upTo)
  /\ Flushed(upTo, TRUE)

\* Writing or flushing has failed. What is on the disk now nobody knows, and
\* a second try would not tell: it is over until the next recovery.
SyncFails ==
  /\ CanCut \/ CanSync(length)
  /\ Flushed(length, FALSE)

Apply(index) ==
  /\ mode = "up"
  /\ MayApply(index)
  /\ TakeIntoStore(index)
  /\ UNCHANGED <<disk, mode, policy, length, synced, acked, promised>>

\* The client hears that it is done.
Acknowledge(index) ==
  /\ mode = "up"
  /\ index = acked + 1
  /\ index <= length
  /\ MayAcknowledge(index)
  /\ acked' = index
  /\ promised' = IF policy = "async" THEN promised ELSE Max(promised, index)
  /\ UNCHANGED <<disk, mode, policy, length, synced, applied, store>>

\* The end of the log is given up, flushed or not. It may or may not be there
\* after a crash, until the file has been cut.
TruncateFrom(index) ==
  /\ mode = "up"
  /\ ~MustCut
  /\ index \in 1 .. length
  /\ MayTruncate(index)
  /\ length' = index - 1
  /\ synced' = Min(synced, index - 1)
  /\ durable' = Min(durable, index - 1)
  /\ UNCHANGED <<file, mode, policy, applied, store, acked, promised>>

Forget ==
  /\ mode' = "down" /\ policy' = "none"
  /\ length' = 0 /\ synced' = 0 /\ applied' = 0 /\ store' = Nothing
  /\ acked' = 0

Close ==
  /\ mode = "up"
  /\ ~MustCut
  /\ synced = length
  /\ Forget
  /\ UNCHANGED <<disk, promised>>

-----------------------------------------------------------------------------
(* Faults.                                                                 *)

\* The process dies, alone or with its machine. There are `left' records
\* then, and `bad' among them is not whole (0: all are). What was not flushed
\* reaches the disk in any order, so there may be whole ones behind it.
Crash(left, bad) ==
  /\ mode # "down"
  /\ left \in durable .. Len(file)
  /\ bad \in {0} \cup durable + 1 .. left
  /\ file' = [i \in 1 .. left |->
                IF i = bad THEN [file[i] EXCEPT !.whole = FALSE] ELSE file[i]]
  /\ Forget
  /\ UNCHANGED <<durable, promised>>

\* A flushed record rots. The very last flush has no witness: damage there
\* looks like a crash in the middle of it, to this and to any other log.
Corrupt(index) ==
  /\ mode = "down"
  /\ \E i \in index + 1 .. durable : file[i].whole /\ file[i].flushed >= index
  /\ file[index].whole
  /\ file' = [file EXCEPT ![index].whole = FALSE]
  /\ UNCHANGED <<durable, process, promised>>

-----------------------------------------------------------------------------

Next ==
  \/ \E p \in Policy : Open(p)
  \/ Cut
  \/ \E i \in Index : Refuse(i)
  \/ \E i \in Index : Replay(i)
  \/ Serve
  \/ \E keys \in SomeKeys : \E b \in Batch(keys) : AppendEntry(b)
  \/ \E i \in Index : Sync(i)
  \/ SyncFails
  \/ \E i \in Index : Apply(i)
  \/ \E i \in Index : Acknowledge(i)
  \/ \E i \in Index : TruncateFrom(i)
  \/ Close
  \/ \E left, bad \in {0} \cup Index : Crash(left, bad)
  \/ \E i \in Index : Corrupt(i)

\* The log does what it has begun. Clients owe nothing, and faults even less.
\* A flush waits while the file is being cut; its turn comes all the same.
Fairness ==
  /\ WF_vars(\E p \in Policy : Open(p))
  /\ WF_vars(Cut)
  /\ WF_vars(\E i \in Index : Refuse(i))
  /\ WF_vars(\E i \in Index : Replay(i))
  /\ WF_vars(Serve)
  /\ SF_vars(Sync(length))
  /\ WF_vars(\E i \in Index : Apply(i))
  /\ WF_vars(\E i \in Index : Acknowledge(i))

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ \A i \in Index :
       /\ file[i].batch \in Batch(DOMAIN file[i].batch)
       /\ DOMAIN file[i].batch \in SomeKeys
       /\ file[i].flushed \in 0 .. i - 1
       /\ file[i].whole \in BOOLEAN
  /\ durable \in 0 .. Len(file)
  /\ mode \in {"down", "recovering", "up", "poisoned", "refused"}
  /\ policy \in Policy \cup {"none"}
  /\ policy = "none" <=> mode = "down"
  /\ length \in 0 .. Len(file)
  /\ synced \in 0 .. length
  /\ applied \in 0 .. length
  /\ acked \in 0 .. length
  /\ promised \in Nat

\* What a recovery would find in the file, or refuse to go without.
Surviving == Before({i \in Index : ~file[i].whole /\ ~WasFlushed(i)})

AckedIsDurable == promised <= durable /\ promised <= Surviving

\* What readers see will be there tomorrow, unless "async" was chosen.
AppliedIsDurable == mode = "up" /\ policy # "async" => applied <= durable

SyncedIsDurable == synced <= durable

\* An entry's index is its place in the file: there are no gaps.
IndexIsPlace == \A i \in Index : file[i].index = i

NothingInvented == \A i \in 1 .. applied : file[i].whole

RECURSIVE Replayed(_)
Replayed(n) == IF n = 0 THEN Nothing ELSE Put(Replayed(n - 1), file[n].batch)

StoreIsReplay == store = Replayed(applied)

\* What is durable does not change, and only what was not applied is ever
\* withdrawn.
DurableStays ==
  [][\A i \in 1 .. Min(durable, durable') : file'[i].batch = file[i].batch]_vars
SyncedGrows ==
  [][mode = "up" /\ mode' = "up" /\ synced' < synced => applied <= synced']_vars

\* Every entry is acknowledged, unless something happens to the log first.
EntryIsAcknowledged ==
  \A i \in 1 .. 3 :
    mode = "up" /\ length >= i ~> mode # "up" \/ length < i \/ acked >= i

\* Every start comes to an end, if there is an end of crashes.
RecoveryEnds ==
  <>[][mode' # "down" \/ mode = "down"]_vars
    => (mode = "down" ~> mode \in {"up", "refused", "poisoned"})

\* Seen from outside it is a map in which batches appear whole and in order,
\* and from which a crash takes only what nobody had been promised.
Map == INSTANCE DurableMap WITH
  batches <- [i \in 1 .. Surviving |-> file[i].batch],
  serving <- mode = "up",
  taken   <- IF mode = "up" THEN applied ELSE 0,
  map     <- IF mode = "up" THEN store ELSE Nothing

RefinesDurableMap == Map!Spec

-----------------------------------------------------------------------------
(* Bounds of the models.                                                   *)

Wide == {Key}     \* for SomeKeys: every batch has every key

UpToTwo   == Len(file) <= 2
UpToThree == Len(file) <= 3
=============================================================================
