-------------------------------- MODULE Disk --------------------------------
(***************************************************************************)
(* A file of records on a disk. A write is durable only when a flush that  *)
(* covers it has returned; until then a crash keeps any part of it. A      *)
(* flush may fail. As on Linux, the pages that it should have written then *)
(* count as clean: reading finds them, a second flush returns without an   *)
(* error and does not write them. See Rebello et al., Can Applications     *)
(* Recover from fsync Failures?, USENIX ATC 2020. What is durable may rot. *)
(*                                                                         *)
(* A file becomes shorter as a whole or not at all, and does not become    *)
(* longer again: that is the journal's work in a filesystem that has one.  *)
(***************************************************************************)
EXTENDS Naturals, Sequences

VARIABLES
  file,      \* the records that a reader finds
  durable,   \* how many of them no crash can take; the process cannot know it
  lost       \* do any of the others count as clean?

disk  == <<file, durable, lost>>
Index == 1 .. Len(file)

Min(a, b) == IF a < b THEN a ELSE b
Max(a, b) == IF a > b THEN a ELSE b

\* How many records there are before the first of the bad ones.
Before(bad) ==
  IF bad = {} THEN Len(file)
              ELSE (CHOOSE i \in bad : \A j \in bad : i <= j) - 1

DiskInit == file = <<>> /\ durable = 0 /\ lost = FALSE

WriteRecords(records) ==
  /\ file' = file \o records
  /\ UNCHANGED <<durable, lost>>

\* A flush returns, before which the process has written again the records in
\* the set: do any still count as clean? A flush that fails loses them all.
LostAfter(written, returned) ==
  (lost \/ ~returned) /\ ~(durable + 1 .. Len(file) \subseteq written)

\* So far it makes the first upTo records durable: to the first that is lost.
DurableAfter(upTo, written) ==
  LET clean == {i \in Index : i > durable /\ LostAfter(written, TRUE)}
  IN  Max(durable, Min(upTo, Before(clean)))

\* There are `left' records from now on.
Keep(left) ==
  /\ durable' = Min(durable, left)
  /\ lost' = (lost /\ durable < left)

CutFile(left) == file' = SubSeq(file, 1, left) /\ Keep(left)

\* A crash leaves `left' records, and `bad' among them is not whole (0: all
\* are). What was not flushed reaches the disk in any order, so there may be
\* whole records behind it.
DiskCrash(left, bad) ==
  /\ bad \in {0} \cup durable + 1 .. left
  /\ file' = [i \in 1 .. left |->
                IF i = bad THEN [file[i] EXCEPT !.whole = FALSE] ELSE file[i]]
  /\ Keep(left)

Rot(index) ==
  /\ file[index].whole
  /\ file' = [file EXCEPT ![index].whole = FALSE]
  /\ UNCHANGED <<durable, lost>>
=============================================================================
