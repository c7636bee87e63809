-------------------------- MODULE MCWriteAheadLog --------------------------
(***************************************************************************)
(* What the models of WriteAheadLog need beside it.                        *)
(***************************************************************************)
EXTENDS Durability

\* For Batches: one of all keys, one that leaves a key alone and overwrites
\* the other by another value, and one that overwrites it by nothing.
ThreeBatches == {[key \in Key |-> "1"],
                 [key \in {"a"} |-> "2"],
                 [key \in {"b"} |-> Deleted]}

EntryIsAcknowledged == \A i \in 1 .. 3 : IsAcknowledged(i)

UpToTwo   == Len(file) <= 2
UpToThree == Len(file) <= 3
=============================================================================
