-------------------------- MODULE MCWriteAheadLog --------------------------
(***************************************************************************)
(* What the models of WriteAheadLog need beside it.                        *)
(***************************************************************************)
EXTENDS Durability

\* For Batch: one has all keys, one leaves a key alone and overwrites the other
\* by another value, and one overwrites the first by nothing.
OneBatch(keys) ==
  {[key \in keys |-> IF keys = Key THEN "1" ELSE IF key = "a" THEN "2" ELSE Deleted]}

EntryIsAcknowledged == \A i \in 1 .. 3 : Waits(i) ~> ~Waits(i)

UpToTwo   == Len(file) <= 2
UpToThree == Len(file) <= 3

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

CrashTearsARecord  == \E i \in Index : i > durable /\ ~file[i].whole
CrashTakesARecord  == mode' = "down" /\ Len(file') < Len(file) /\ length = Len(file)
FailedFlushLoses   == lost /\ mode = "poisoned"
SecondFlushIsVain  == lost /\ mode = "recovering" /\ synced' > synced
DamageIsRefused    == mode = "refused"
FlushedIsTruncated == mode' = "up" /\ synced' < synced
AckedIsNotFlushed  == policy = "async" /\ acked > synced
KeyIsDeleted       == applied' > applied /\ ~(DOMAIN store \subseteq DOMAIN store')
=============================================================================
