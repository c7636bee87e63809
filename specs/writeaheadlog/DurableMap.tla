----------------------------- MODULE DurableMap -----------------------------
(***************************************************************************)
(* The purpose of a write-ahead log, said without a log: a map that takes  *)
(* batches of changes, one after the other, each as a whole, and from      *)
(* which a crash takes only batches that were promised to no client.       *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS Key, Value, Deleted

VARIABLES
  batches,    \* the batches submitted and not lost, in order
  promised,   \* how many of them will never be lost
  serving,    \* can the map be read?
  taken,      \* how many of the batches are in the map
  map         \* what a reader sees

vars == <<batches, promised, serving, taken, map>>

Batch(keys) == [keys -> Value \cup {Deleted}]

Empty == [key \in {} |-> Deleted]

Changed(m, batch) ==
  [key \in {k \in DOMAIN m \cup DOMAIN batch :
              k \in DOMAIN batch => batch[k] # Deleted} |->
     IF key \in DOMAIN batch THEN batch[key] ELSE m[key]]

RECURSIVE Made(_)
Made(n) == IF n = 0 THEN Empty ELSE Changed(Made(n - 1), batches[n])

Init ==
  /\ batches = <<>> /\ promised = 0
  /\ serving = FALSE /\ taken = 0 /\ map = Empty

\* The map can be read, with all that there is in it.
Start ==
  /\ ~serving
  /\ serving' = TRUE
  /\ taken' = Len(batches)
  /\ map' = Made(Len(batches))
  /\ promised' = Len(batches)
  /\ UNCHANGED batches

Submit(batch) ==
  /\ serving
  /\ batches' = Append(batches, batch)
  /\ UNCHANGED <<promised, serving, taken, map>>

Take ==
  /\ serving
  /\ taken < Len(batches)
  /\ taken' = taken + 1
  /\ map' = Changed(map, batches[taken + 1])
  /\ UNCHANGED <<batches, promised, serving>>

Promise(n) ==
  /\ n \in promised + 1 .. taken
  /\ promised' = n
  /\ UNCHANGED <<batches, serving, taken, map>>

\* A batch that is neither promised nor in the map can be taken back.
Withdraw(n) ==
  /\ n \in promised .. Len(batches)
  /\ n >= taken
  /\ batches' = SubSeq(batches, 1, n)
  /\ UNCHANGED <<promised, serving, taken, map>>

\* Everything stops, and batches that were not promised may be gone.
Lose(n) ==
  /\ n \in promised .. Len(batches)
  /\ batches' = SubSeq(batches, 1, n)
  /\ serving' = FALSE
  /\ taken' = 0
  /\ map' = Empty
  /\ UNCHANGED promised

Next ==
  \/ Start
  \/ \E keys \in SUBSET Key \ {{}} : \E batch \in Batch(keys) : Submit(batch)
  \/ Take
  \/ \E n \in 0 .. Len(batches) : Promise(n) \/ Withdraw(n) \/ Lose(n)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ \A i \in 1 .. Len(batches) : /\ DOMAIN batches[i] \subseteq Key
                                  /\ DOMAIN batches[i] # {}
                                  /\ batches[i] \in Batch(DOMAIN batches[i])
  /\ promised \in 0 .. Len(batches)
  /\ serving \in BOOLEAN
  /\ taken \in 0 .. Len(batches)
  /\ DOMAIN map \subseteq Key
  /\ map \in [DOMAIN map -> Value]

\* Where the map cannot be read nothing is submitted, taken or promised. It is read again with all
\* that there is, and otherwise takes one batch after the other.
WorksWhileServing ==
  [][IF ~serving THEN serving' \/ (Len(batches') <= Len(batches) /\ taken' = taken /\ promised' = promised)
     ELSE serving' => taken' <= taken + 1 /\ promised' <= taken]_vars

\* A promised batch stays, and stays where it is.
PromiseIsKept ==
  [][/\ promised' >= promised
     /\ SubSeq(batches', 1, promised) = SubSeq(batches, 1, promised)]_vars

\* A reader sees for each key what the last batch taken with this key says.
MapIsTaken ==
  \A key \in Key :
    LET with == {i \in 1 .. taken : key \in DOMAIN batches[i]}
        last == CHOOSE i \in with : \A j \in with : j <= i
    IN  IF with = {} \/ batches[last][key] = Deleted
          THEN key \notin DOMAIN map
          ELSE key \in DOMAIN map /\ map[key] = batches[last][key]

THEOREM Spec => [](TypeOK /\ MapIsTaken)
THEOREM Spec => WorksWhileServing /\ PromiseIsKept
=============================================================================
