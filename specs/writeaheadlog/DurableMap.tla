----------------------------- MODULE DurableMap -----------------------------
(***************************************************************************)
(* What a write-ahead log is for, said without a log: a map that takes     *)
(* batches of changes, one after the other, each as a whole, and from      *)
(* which a crash takes only what was promised to nobody.                   *)
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

Init == batches = <<>> /\ promised = 0 /\ ~serving /\ taken = 0 /\ map = Empty

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

\* What nobody has seen yet can be taken back.
Withdraw(n) ==
  /\ n \in taken .. Len(batches)
  /\ batches' = SubSeq(batches, 1, n)
  /\ UNCHANGED <<promised, serving, taken, map>>

\* Everything stops, and what was not promised may be gone.
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
=============================================================================
