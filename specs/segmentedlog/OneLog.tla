------------------------------- MODULE OneLog -------------------------------
(***************************************************************************)
(* What must hold of SegmentedLog: its files are one write-ahead log.      *)
(***************************************************************************)
EXTENDS SegmentedLog

\* Opening a segmented log reads one segment; what the entries say is for the
\* application, which reads them when it wants to. WriteAheadLog includes the
\* application: it applies one entry after the other before it serves, and before it
\* acknowledges. So the application's place in the log stands beside the spec, as an
\* auxiliary variable: it changes nothing and comes in time.
VARIABLE applied

InTime ==
  \/ mode = "recovering" /\ ~MustCut /\ MayServe(Missing) /\ applied < length
  \/ mode = "up" /\ applied = acked /\ applied < synced

ApplyNext == InTime /\ applied' = applied + 1 /\ UNCHANGED vars

OneLogNext ==
  \/ ApplyNext
  \/ /\ Next
     /\ mode' = "up" /\ mode # "up" => applied = length
     /\ acked' = acked + 1 /\ mode = "up" => applied = acked'
     /\ applied' = IF mode' = "down" THEN 0 ELSE applied
     /\ mode' = "up" /\ applied > acked => length' >= applied

\* All entries that ever were and were not truncated, in the order of the files.
RECURSIVE Joined(_)
Joined(k) == IF k = 0 THEN dropped ELSE Joined(k - 1) \o files[k].records
Entries == Joined(Len(files))

TypeOK ==
  /\ \A k \in Place :
       /\ DOMAIN files[k] = {"number", "base", "records", "durable", "made", "there"}
       /\ files[k].number \in Nat \ {0} /\ files[k].base \in Nat \ {0}
       /\ files[k].durable \in 0 .. Len(files[k].records)
       /\ files[k].made \in BOOLEAN /\ files[k].there \in BOOLEAN
  /\ \A i \in 1 .. Len(Entries) :
       /\ Entries[i].value \in Value /\ Entries[i].whole \in BOOLEAN
       /\ Entries[i].flushed \in 0 .. i - 1
  /\ mode \in {"down", "recovering", "up", "refused"}
  /\ open = 0 <=> mode = "down"
  /\ open # 0 => \E n \in Place : files[n].number = open
  /\ length \in 0 .. Len(Entries) /\ synced \in 0 .. length /\ acked \in 0 .. length
  /\ promised \in 0 .. Len(Entries)
  /\ applied \in 0 .. length

\* A base counts the entries before it. There is a file for each number.
Contiguous ==
  \A k \in Place : /\ files[k].base = Len(Joined(k - 1)) + 1
                   /\ files[k].number = files[1].number + k - 1

\* Only the newest segment may be empty, have something that is not durable, or be
\* taken by a crash.
SealedIsWhole ==
  \A k \in Place \ {Len(files)} :
    /\ files[k].records # <<>> /\ files[k].made
    /\ files[k].durable = Len(files[k].records)
    /\ \A i \in DOMAIN files[k].records : files[k].records[i].whole

AckedIsDurable == promised <= DurableEnd

\* A client or reader finds each entry that it relies on when the log is up again.
AckedCanBeRead ==
  mode = "up" =>
    /\ promised <= acked /\ promised <= Len(Entries)
    /\ \A i \in Len(dropped) + 1 .. promised : Found(i) = {Entries[i].value}

DroppedWasAcked == Len(dropped) <= promised

\* Of a log that owes nothing no crash takes anything, and clients rely on all of it.
CalmIsDurable ==
  ENABLED End => DurableEnd = Len(Entries) /\ promised = Len(Entries) /\ Latest.made

OnlyDamageIsRefused == mode = "refused" => \E k \in Place : ~files[k].there
DamageIsRefused     == mode = "up" => \A k \in Place : files[k].there

\* The content of a sealed segment does not change: it is there as a whole, or removed.
SealedStays ==
  [][\A k \in Place \ {Len(files)} : \A j \in DOMAIN files' :
       files'[j].number = files[k].number /\ j < Len(files')
         => files'[j].records = files[k].records]_vars

Waits(i) == mode = "up" /\ length >= i /\ acked < i

RollEnds == Rolling ~> ~Rolling

\* Every start comes to an end, if there is an end of crashes.
RecoveryEnds ==
  <>[][mode' # "down" \/ mode = "down"]_vars => (mode = "down" ~> mode \in {"up", "refused"})

\* The write-ahead log that the files are together. Each entry is a batch that sets one
\* key. Of a missing segment the first record is lost.
Key       == "k"
BatchOf(entry) == [key \in {Key} |-> entry.value]
IsLost(i) == \E k \in Place : ~files[k].there /\ files[k].base = i
Lost      == {i \in 1 .. Len(Entries) : IsLost(i)}

Log == INSTANCE WriteAheadLog WITH
  Key      <- {Key},
  Deleted  <- "deleted",
  file     <- [i \in 1 .. Len(Entries) |->
                 [index |-> i, batch |-> BatchOf(Entries[i]), flushed |-> Entries[i].flushed,
                  whole |-> Entries[i].whole /\ ~IsLost(i)]],
  durable  <- DurableEnd,
  lost     <- FALSE,
  policy   <- IF mode = "down" THEN "none" ELSE "group",
  length   <- IF mode \in {"recovering", "refused"} /\ Lost # {}
                THEN (CHOOSE i \in Lost : \A j \in Lost : i <= j) - 1 ELSE length,
  store    <- [key \in IF applied = 0 THEN {} ELSE {Key} |-> Entries[applied].value]

RefinesWriteAheadLog == Log!Init /\ [][Log!Next]_(Log!vars)

THEOREM Spec => [](TypeOK /\ Contiguous /\ SealedIsWhole)
THEOREM Spec => [](AckedIsDurable /\ AckedCanBeRead /\ DroppedWasAcked)
THEOREM Spec => [](CalmIsDurable /\ OnlyDamageIsRefused /\ DamageIsRefused)
THEOREM Spec => SealedStays /\ RollEnds /\ RecoveryEnds
THEOREM \A i \in Nat \ {0} : Spec => (Waits(i) ~> ~Waits(i))
\* With the auxiliary variable:
THEOREM Init /\ applied = 0 /\ [][OneLogNext]_<<vars, applied>> => RefinesWriteAheadLog
=============================================================================
