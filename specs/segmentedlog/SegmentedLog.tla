---------------------------- MODULE SegmentedLog ----------------------------
(***************************************************************************)
(* Segmented Log: a write-ahead log in several files. When the open one is *)
(* full, it is sealed and a new one opened, so that old entries can be     *)
(* removed a file at a time, and a start reads one file and not all.       *)
(* After Joshi, Patterns of Distributed Systems, ch. 4.                    *)
(*                                                                         *)
(* A file's name has the segment's number and its base, the index of the   *)
(* first entry. Together the files are one log: OneLog says that this spec *)
(* implements WriteAheadLog.                                               *)
(*                                                                         *)
(* Left out: when a segment is full, which is the code's choice; what is   *)
(* within one file (bytes, a failed flush, rot), which is WriteAheadLog's. *)
(***************************************************************************)
EXTENDS Segments

CONSTANTS Value, NoValue    \* NoValue: what a reader gets where no entry is

ASSUME NoValue \notin Value

VARIABLES
  mode,      \* "down", "recovering", "up" or "refused"
  open,      \* the number of the segment to which it appends; 0 when it is down
  length,    \* the index of the last entry that it takes the log to have
  synced,    \* up to here it knows the entries to be durable
  acked,     \* up to here no client waits for an answer
  (* ghosts *)
  promised,  \* up to here a client or a reader may rely on the log
  dropped    \* the records of the segments that were removed, in order

process == <<mode, open, length, synced, acked>>
vars    == <<files, mode, open, length, synced, acked, promised, dropped>>

OpenFile == File(open)
Rolling  == mode = "up" /\ open # Latest.number
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* A new segment begins behind the last entry.
NextBase == length + 1

\* Numbers tell the order of segments, compared as numbers.
IsBefore(file, other) == file.number < other.number

\* Entries count from the base in the name, also where there are none: the newest
\* segment is empty if the process ends right after it has made it.
LastIndex(file) == file.base - 1 + Whole(file.records)

\* An empty segment is not full, however little it may hold: the next one would
\* get the same base.
MayRoll == OpenFile.records # <<>>

\* A segment is flushed before the next one is made: a flush of the new file does
\* not cover the old one, and only the newest segment may be torn.
MaySeal == synced = length

\* A new segment takes entries when a crash can no longer take the file.
MaySwitch == Latest.made

\* Numbers have no gaps. A missing segment is damage, and no end of the log.
MayServe(missing) == missing = {}

\* A segment holds the entries from its base on, up to the next segment's base. The
\* open one does so as well.
Holds(k, index) ==
  files[k].base <= index /\ (k = Len(files) \/ index < files[k + 1].base)

\* Only what was acknowledged can be removed from the log's beginning, and
MayDrop == files[2].base - 1 <= acked

\* only what was not can be removed from its end.
MayTruncate(index) == index > acked

\* One segment at a time is truncated, the newest first: what stands behind the
\* cut must be gone before.
IsInOpen(index) == index >= OpenFile.base
-----------------------------------------------------------------------------
(* Start and recovery.                                                     *)
Init ==
  /\ files = <<Segment(1, 1)>>
  /\ mode = "down" /\ open = 0 /\ length = 0 /\ synced = 0 /\ acked = 0
  /\ promised = 0 /\ dropped = <<>>

\* The process starts and reads the newest segment only. If a crash has left it
\* half made, it is made now.
Newest ==
  CHOOSE k \in Place : files[k].there /\
    \A j \in Place \ {k} : files[j].there => IsBefore(files[j], files[k])

Open ==
  /\ mode = "down"
  /\ mode' = "recovering"
  /\ open' = files[Newest].number
  /\ length' = LastIndex(files[Newest])
  /\ files' = [files EXCEPT ![Newest].made = TRUE]
  /\ UNCHANGED <<synced, acked, promised, dropped>>

Refuse(number) ==
  /\ mode = "recovering" /\ ~MayServe(Missing)
  /\ number \in Missing /\ \A n \in Missing : number <= n
  /\ mode' = "refused"
  /\ UNCHANGED <<files, open, length, synced, acked, promised, dropped>>

IsUp    == mode = "up" /\ ~Rolling
MustCut == OpenFile.records # <<>> /\ length < EndOf(OpenFile)
IsReady == (mode = "recovering" /\ MayServe(Missing)) \/ IsUp

\* A crash's remains, or what was truncated, are gone from the file for good.
Cut ==
  /\ IsReady /\ MustCut
  /\ CutFile(OpenFile, length + 1 - OpenFile.base)
  /\ UNCHANGED <<process, promised, dropped>>

Serve ==
  /\ mode = "recovering" /\ MayServe(Missing) /\ ~MustCut
  /\ synced = length
  /\ mode' = "up"
  /\ acked' = length
  /\ promised' = Max(promised, length)
  /\ UNCHANGED <<files, open, length, synced, dropped>>

(* Work.                                                                   *)
AppendEntry(value) ==
  /\ IsUp /\ ~MustCut
  /\ Write([value |-> value, flushed |-> synced, whole |-> TRUE])
  /\ length' = length + 1
  /\ UNCHANGED <<mode, open, synced, acked, promised, dropped>>

\* A write and a flush of the open segment have returned. The sealed ones were
\* flushed before.
Sync(upTo) ==
  /\ IsReady /\ ~MustCut
  /\ upTo \in synced + 1 .. length
  /\ synced' = upTo
  /\ Flush(OpenFile, upTo)
  /\ UNCHANGED <<mode, open, length, acked, promised, dropped>>

Acknowledge(index) ==
  /\ mode = "up"
  /\ index = acked + 1 /\ index <= synced
  /\ acked' = index
  /\ promised' = Max(promised, index)
  /\ UNCHANGED <<files, mode, open, length, synced, dropped>>

\* The value that a reader finds, if there is such an entry.
Found(index) ==
  {files[k].records[index + 1 - files[k].base].value :
     k \in {n \in Place : Holds(n, index) /\ index <= EndOf(files[n])}}

\* It reads while segments are made, truncated and removed: an entry, or none yet.
Read(index, value) ==
  /\ mode = "up"
  /\ index \in files[1].base .. acked + 1
  /\ value \in IF index <= acked THEN Found(index) ELSE {NoValue}
  /\ UNCHANGED vars

(* A roll is a flush (Sync), a new file, its flush and that of the directory. *)
RollCreate ==
  /\ IsUp /\ ~MustCut /\ MayRoll /\ MaySeal
  /\ files' = Append(files, Segment(open + 1, NextBase))
  /\ UNCHANGED <<process, promised, dropped>>

RollSync ==
  /\ Rolling /\ ~Latest.made
  /\ files' = [files EXCEPT ![Len(files)].made = TRUE]
  /\ UNCHANGED <<process, promised, dropped>>

RollSwitch ==
  /\ Rolling /\ MaySwitch
  /\ open' = Latest.number
  /\ UNCHANGED <<files, mode, length, synced, acked, promised, dropped>>

(* The log becomes shorter, at either end.                                 *)
\* The entries that stay were flushed before. The rest is in the file until Cut.
TruncateFrom(index) ==
  /\ IsUp /\ ~MustCut
  /\ index \in 1 .. length /\ index - 1 <= synced
  /\ MayTruncate(index) /\ IsInOpen(index)
  /\ length' = index - 1
  /\ synced' = index - 1
  /\ UNCHANGED <<files, mode, open, acked, promised, dropped>>

\* The open segment is empty: it is removed, and the one before it opened again.
Unroll ==
  /\ IsUp /\ OpenFile.records = <<>> /\ Len(files) > 1
  /\ files' = SubSeq(files, 1, Len(files) - 1)
  /\ open' = open - 1
  /\ UNCHANGED <<mode, length, synced, acked, promised, dropped>>

DropOldest ==
  /\ mode = "up" /\ files[1].number < open /\ MayDrop
  /\ dropped' = dropped \o files[1].records
  /\ files' = Tail(files)
  /\ UNCHANGED <<process, promised>>

Forget == mode' = "down" /\ open' = 0 /\ length' = 0 /\ synced' = 0 /\ acked' = 0

Close ==
  /\ IsUp /\ ~MustCut /\ synced = length
  /\ Forget
  /\ UNCHANGED <<files, promised, dropped>>

\* An observer says that nothing is owed: what was appended is durable and
\* acknowledged, and no roll is under way. It is a part of Steps, and not of Next.
End ==
  /\ IsUp /\ ~MustCut
  /\ synced = length /\ acked = length
  /\ UNCHANGED vars

(* Faults.                                                                 *)
\* The process dies, alone or with its machine. The entries up to `left' remain, one
\* of which may not be whole (0: all are), in the segments up to number `last'. Where
\* a file was to be cut, it may have been.
Crash(left, bad, last) ==
  /\ mode # "down"
  /\ last = Latest.number \/ (last = Latest.number - 1 /\ ~Latest.made /\ Len(files) > 1)
  /\ \/ left \in Min(DurableEnd, EndOf(File(last))) .. EndOf(File(last))
     \/ left = length /\ IsUp /\ MustCut
  /\ bad \in {0} \cup DurableEnd + 1 .. left
  /\ FilesCrash(left, bad, last)
  /\ Forget
  /\ UNCHANGED <<promised, dropped>>

\* The disk loses a sealed segment between others. A log cannot notice that the
\* first or the last is missing: it might never have been, or no longer be, there.
Vanish(number) ==
  /\ mode = "down" /\ number \in files[1].number + 1 .. Latest.number - 1
  /\ File(number).there /\ Whole(Latest.records) > 0 /\ Latest.durable > 0
  /\ Lose(number)
  /\ UNCHANGED <<process, promised, dropped>>

Next ==
  \/ Open \/ Cut \/ Serve \/ RollCreate \/ RollSync \/ RollSwitch \/ Unroll \/ DropOldest \/ Close
  \/ \E v \in Value : AppendEntry(v)
  \/ \E i \in Index \cup {EndOf(Latest) + 1}, v \in Value \cup {NoValue} : Read(i, v)
  \/ \E i \in Index : Sync(i) \/ Acknowledge(i) \/ TruncateFrom(i)
  \/ \E k \in Place : Refuse(files[k].number) \/ Vanish(files[k].number)
  \/ \E left, bad \in {0} \cup Index, k \in Place : Crash(left, bad, files[k].number)

\* Clients owe nothing. A flush waits while the file is cut, and gets its turn.
Fairness ==
  /\ WF_vars(Open) /\ WF_vars(Cut) /\ WF_vars(Serve)
  /\ WF_vars(\E k \in Place : Refuse(files[k].number))
  /\ SF_vars(Sync(length)) /\ WF_vars(\E i \in Index : Acknowledge(i))
  /\ WF_vars(RollSync) /\ WF_vars(RollSwitch)

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
