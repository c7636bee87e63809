------------------------------ MODULE Segments ------------------------------
(***************************************************************************)
(* Files on a disk, each with a number, a base (the index of its first     *)
(* record) and some records. A record is durable when a flush that covers  *)
(* it has returned, and the file itself when its directory was flushed,    *)
(* too. What is within one file is said in more detail by Disk, of         *)
(* WriteAheadLog. A file that was removed does not come back: the process  *)
(* flushes the directory before it goes on.                                *)
(***************************************************************************)
EXTENDS Naturals, Sequences

VARIABLE files    \* in the order in which they were made

Min(a, b) == IF a < b THEN a ELSE b
Max(a, b) == IF a > b THEN a ELSE b

\* A new file: `durable' of its records are so; `made' says that no crash takes the
\* file itself; `there' is FALSE once the disk has lost it all the same.
Segment(number, base) ==
  [number |-> number, base |-> base, records |-> <<>>, durable |-> 0,
   made |-> FALSE, there |-> TRUE]

Place       == DOMAIN files
File(n)     == files[CHOOSE k \in Place : files[k].number = n]
Latest      == files[Len(files)]
EndOf(file) == file.base + Len(file.records) - 1
Index       == 1 .. EndOf(Latest)
Missing     == {n \in files[1].number .. Latest.number : ~File(n).there}

\* How many of the records there are before the first that is not whole.
Whole(records) ==
  LET bad == {i \in DOMAIN records : ~records[i].whole}
  IN  IF bad = {} THEN Len(records)
                  ELSE (CHOOSE i \in bad : \A j \in bad : i <= j) - 1

\* Up to here no crash can take anything.
DurableEnd ==
  LET safe == {i \in Index : \E k \in Place :
                 /\ files[k].made
                 /\ i \in files[k].base .. files[k].base + files[k].durable - 1}
      ends == {i \in {files[1].base - 1} \cup safe : files[1].base .. i \subseteq safe}
  IN  CHOOSE i \in ends : \A j \in ends : j <= i

\* One file becomes another.
Change(number, file) ==
  files' = [k \in Place |-> IF files[k].number = number THEN file ELSE files[k]]

\* A write to the latest file.
Write(record) == files' = [files EXCEPT ![Len(files)].records = Append(@, record)]

\* A flush of a file that covers the records up to an index has returned.
Flush(file, upTo) ==
  Change(file.number, [file EXCEPT !.durable = Max(@, upTo + 1 - Min(upTo + 1, file.base))])

CutFile(file, left) ==
  Change(file.number, [file EXCEPT !.records = SubSeq(@, 1, left), !.durable = Min(@, left)])

\* A crash leaves the records up to an index, in the files up to a number, and `bad'
\* among the records is not whole (0: all are).
FilesCrash(left, bad, last) ==
  files' = [k \in {n \in Place : files[n].number <= last} |->
    LET f == files[k]
        n == Max(f.base, Min(EndOf(f), left) + 1) - f.base
    IN  [f EXCEPT !.durable = Min(f.durable, n),
                  !.records = [i \in 1 .. n |->
                     IF bad = f.base + i - 1 THEN [f.records[i] EXCEPT !.whole = FALSE]
                                             ELSE f.records[i]]]]

\* The disk loses a file.
Lose(number) == Change(number, [File(number) EXCEPT !.there = FALSE])
=============================================================================
