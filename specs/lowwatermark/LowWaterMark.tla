---------------------------- MODULE LowWaterMark ----------------------------
(***************************************************************************)
(* Low-Water Mark: a log gets shorter at its beginning. A snapshot of the  *)
(* state replaces the entries that led to it, and whole segments below the *)
(* mark are removed, beside normal work.                                   *)
(* After Joshi, Patterns of Distributed Systems, ch. 5.                    *)
(*                                                                         *)
(* The log is a SegmentedLog: WholeHistory says so. A segment is a range   *)
(* of indexes here.                                                        *)
(*                                                                         *)
(* Left out: the steps within the opening of the log and within a roll,    *)
(* torn records, missing segments, which are SegmentedLog's; when a        *)
(* snapshot is taken and how the age of an entry is measured, which is the *)
(* code's choice.                                                          *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS Value, Holder    \* a holder needs the log from an index on, as a reader does

VARIABLES
  mode,       \* "down", "recovering", "up" or "refused"
  history,    \* all entries, also those that were removed; a crash can take the last
  bases,      \* the index of the first entry of each segment that there is
  durable,    \* up to here a crash takes no entry
  synced,     \* up to here the process knows the entries to be durable
  applied,    \* the state has the entries up to here
  state,      \* what the application made of the entries: it lists them
  snapshots,  \* the files that a crash does not take: index, state, and whether it is whole
  taking,     \* the snapshot in flight; its index is 0 if there is none
  holders,    \* the first entry that each holder needs, or 0
  aged,       \* up to here entries are older than the retention time
  (* ghosts *)
  promised,   \* up to here a client may rely on the log
  rots        \* how many snapshots the disk has damaged

files  == <<history, bases, durable, snapshots>>
memory == <<synced, applied, state, taking, holders, aged>>
ghosts == <<promised, rots>>
vars   == <<mode, files, memory, ghosts>>

Min(S) == CHOOSE i \in S : \A j \in S : i <= j
Max(S) == CHOOSE i \in S : \A j \in S : j <= i

Length   == history.gone + Len(history.list)
Entry(i) == history.list[i - history.gone]
First    == bases[1]
OpenBase == bases[Len(bases)]
Kept     == {s.index : s \in snapshots}
Newest   == Max(Kept \cup {0})
Nothing  == [index |-> 0, state |-> <<>>, flushed |-> FALSE]
Holding  == {h \in Holder : holders[h] # 0}

Fold(s, value)    == Append(s, value)  \* what the application makes of an entry
Trimmed(h, first) == h  \* when the log begins with an entry, the history keeps those before

\* The next entry to apply; no removed entry can be.
Following == Max({applied + 1, First})
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)
\* Applied is what is durable. A snapshot must not be newer than its log.
MayApply(index) == index <= synced

\* A snapshot's index is that of the last entry in it, taken together with the state.
SnapshotIndex == applied

\* The file gets its name when all of it is durable.
MayName == taking.flushed

\* Two snapshots stay, so that one can be damaged.
MayRemove(index) == Cardinality({i \in Kept : i > index}) >= 2

\* The older of two durable snapshots is what the log must go on from.
SnapshotBound == Min(Kept)

\* The slowest holder needs this one and all behind it.
HolderBound == IF Holding = {} THEN Length ELSE Min({holders[h] : h \in Holding}) - 1

\* The mark: no entry up to here is needed. The retention time overrides holders,
\* which can begin anew with a snapshot, but never the snapshot.
Mark == Min({SnapshotBound, Max({aged, HolderBound})})

\* A segment goes as a whole, when its last entry is not above the mark.
MayDrop == Cardinality(Kept) >= 2 /\ bases[2] - 1 <= Mark

\* A holder can only hold what is there.
MayHold(index) == index >= First

\* A snapshot's checksum is that of its bytes.
IsValid(snapshot) == snapshot.ok

\* The log goes on where the snapshot ends, or before.
MayRestore(index) == index + 1 >= First

\* All entries behind the snapshot are applied before the first request.
MayServe == applied = Length
-----------------------------------------------------------------------------
(* Start and recovery.                                                     *)
Init ==
  /\ mode = "down" /\ history = [gone |-> 0, list |-> <<>>] /\ bases = <<1>> /\ durable = 0
  /\ snapshots = {} /\ synced = 0 /\ applied = 0 /\ state = <<>>
  /\ taking = Nothing /\ holders = [h \in Holder |-> 0] /\ aged = 0
  /\ promised = 0 /\ rots = 0

\* The newest snapshot that is whole, or the state from before the first entry.
Valid == {s \in snapshots : IsValid(s)}
Best  == IF Valid = {} THEN Nothing
                       ELSE CHOOSE s \in Valid : \A t \in Valid : t.index <= s.index

\* The log is opened, which makes durable what it has, and a snapshot restored. Those
\* that are damaged are removed.
Open ==
  /\ mode = "down"
  /\ synced' = Length /\ durable' = Length
  /\ promised' = Max({promised, Length})
  /\ IF MayRestore(Best.index)
     THEN /\ mode' = "recovering"
          /\ applied' = Best.index /\ state' = Best.state
          /\ snapshots' = Valid
     ELSE mode' = "refused" /\ UNCHANGED <<applied, state, snapshots>>
  /\ UNCHANGED <<history, bases, taking, holders, aged, rots>>

Serve ==
  /\ mode = "recovering" /\ MayServe /\ mode' = "up"
  /\ UNCHANGED <<files, memory, ghosts>>

(* Work.                                                                   *)
AppendEntry(value) ==
  /\ mode = "up"
  /\ history' = [history EXCEPT !.list = Append(@, value)]
  /\ UNCHANGED <<mode, bases, durable, snapshots, memory, ghosts>>

\* A flush of the log has returned.
Sync(upTo) ==
  /\ mode = "up" /\ upTo \in synced + 1 .. Length
  /\ synced' = upTo /\ durable' = Max({durable, upTo})
  /\ UNCHANGED <<mode, history, bases, snapshots, applied, state, taking, holders, aged, ghosts>>

\* An entry changes the state: during recovery, or at work, and then its client is told.
Apply(index) ==
  /\ mode \in {"recovering", "up"}
  /\ index = Following /\ index <= Length /\ MayApply(index)
  /\ applied' = index
  /\ state' = Fold(state, Entry(index))
  /\ promised' = IF mode = "up" THEN Max({promised, index}) ELSE promised
  /\ UNCHANGED <<mode, files, synced, taking, holders, aged, rots>>

\* The open segment is sealed, and the next one is made.
Roll ==
  /\ mode = "up" /\ synced = Length /\ OpenBase <= Length
  /\ bases' = Append(bases, Length + 1)
  /\ UNCHANGED <<mode, history, durable, snapshots, memory, ghosts>>

(* A snapshot.                                                             *)
TakeSnapshot ==
  /\ mode = "up" /\ taking = Nothing /\ SnapshotIndex > Newest
  /\ taking' = [index |-> SnapshotIndex, state |-> state, flushed |-> FALSE]
  /\ UNCHANGED <<mode, files, synced, applied, state, holders, aged, ghosts>>

\* All of it is written under another name, and a flush has returned.
FlushSnapshot ==
  /\ taking # Nothing /\ ~taking.flushed /\ taking' = [taking EXCEPT !.flushed = TRUE]
  /\ UNCHANGED <<mode, files, synced, applied, state, holders, aged, ghosts>>

Named == [index |-> taking.index, state |-> taking.state, ok |-> taking.flushed]
\* It is renamed, and a flush of the folder has returned.
KeepSnapshot ==
  /\ taking # Nothing /\ MayName
  /\ snapshots' = snapshots \cup {Named} /\ taking' = Nothing
  /\ UNCHANGED <<mode, history, bases, durable, synced, applied, state, holders, aged, ghosts>>

\* The disk was full, say.
DiscardSnapshot ==
  /\ taking # Nothing /\ taking' = Nothing
  /\ UNCHANGED <<mode, files, synced, applied, state, holders, aged, ghosts>>

RemoveSnapshot(index) ==
  /\ mode = "up" /\ index \in Kept /\ MayRemove(index)
  /\ snapshots' = {s \in snapshots : s.index # index}
  /\ UNCHANGED <<mode, history, bases, durable, memory, ghosts>>

(* The mark.                                                               *)
\* The open segment stays.
CanDrop == Len(bases) > 1 /\ MayDrop
DropOldest ==
  /\ mode = "up" /\ CanDrop
  /\ bases' = Tail(bases)
  /\ history' = Trimmed(history, bases[2])
  /\ UNCHANGED <<mode, durable, snapshots, memory, ghosts>>

\* It needs the entries from an index on, whatever it needed before.
Hold(holder, index) ==
  /\ mode = "up" /\ index <= Length + 1 /\ MayHold(index)
  /\ holders' = [holders EXCEPT ![holder] = index]
  /\ UNCHANGED <<mode, files, synced, applied, state, taking, aged, ghosts>>

Release(holder) ==
  /\ mode = "up" /\ holders[holder] # 0
  /\ holders' = [holders EXCEPT ![holder] = 0]
  /\ UNCHANGED <<mode, files, synced, applied, state, taking, aged, ghosts>>

\* Time has passed.
Age(upTo) ==
  /\ mode = "up" /\ upTo \in aged + 1 .. applied /\ aged' = upTo
  /\ UNCHANGED <<mode, files, synced, applied, state, taking, holders, ghosts>>

\* An observer says that nothing is owed: all entries are durable and in the state, no
\* snapshot is under way, and nothing is to be removed. A part of Steps, and not of Next.
End ==
  /\ mode = "up" /\ synced = Length /\ applied = Length /\ taking = Nothing
  /\ ~CanDrop /\ ~\E i \in Kept : MayRemove(i)
  /\ UNCHANGED vars

(* Faults.                                                                 *)
\* The process ends, alone or with its machine. The entries up to `left' remain. A
\* snapshot that was about to get its name has it or not.
Crash(left, named) ==
  /\ mode # "down" /\ left \in durable .. Length
  /\ named => taking # Nothing /\ MayName
  /\ mode' = "down"
  /\ history' = [history EXCEPT !.list = SubSeq(@, 1, left - history.gone)]
  /\ snapshots' = IF named THEN snapshots \cup {Named} ELSE snapshots
  /\ synced' = 0 /\ applied' = 0 /\ state' = <<>>
  /\ taking' = Nothing /\ holders' = [h \in Holder |-> 0] /\ aged' = 0
  /\ UNCHANGED <<bases, durable, ghosts>>

\* The disk damages a snapshot. The next start will find out.
Rot(index) ==
  /\ mode = "down"
  /\ \E s \in snapshots :
       /\ s.index = index /\ s.ok
       /\ snapshots' = (snapshots \ {s}) \cup {[index |-> index, state |-> <<>>, ok |-> FALSE]}
  /\ rots' = rots + 1
  /\ UNCHANGED <<mode, history, bases, durable, memory, promised>>

Next ==
  \/ Open \/ Serve \/ Roll \/ TakeSnapshot \/ FlushSnapshot \/ KeepSnapshot \/ DiscardSnapshot
  \/ DropOldest
  \/ \E v \in Value : AppendEntry(v)
  \/ \E i \in 1 .. Length : Sync(i) \/ Apply(i) \/ RemoveSnapshot(i) \/ Age(i) \/ Rot(i)
  \/ \E h \in Holder : Release(h) \/ \E i \in 1 .. Length + 1 : Hold(h, i)
  \/ \E left \in 0 .. Length, named \in BOOLEAN : Crash(left, named)

\* Clients and holders owe nothing. A snapshot may be discarded, but not each time.
Fairness ==
  /\ WF_vars(Open) /\ WF_vars(Serve) /\ WF_vars(Sync(Length)) /\ WF_vars(Apply(Following))
  /\ WF_vars(TakeSnapshot) /\ SF_vars(FlushSnapshot) /\ SF_vars(KeepSnapshot)
  /\ WF_vars(\E i \in Kept : RemoveSnapshot(i)) /\ WF_vars(DropOldest)

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
