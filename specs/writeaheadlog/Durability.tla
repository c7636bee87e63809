----------------------------- MODULE Durability -----------------------------
(***************************************************************************)
(* What must hold of WriteAheadLog.                                        *)
(***************************************************************************)
EXTENDS WriteAheadLog

TypeOK ==
  /\ \A i \in Index :
       /\ DOMAIN file[i] = {"index", "batch", "flushed", "whole"}
       /\ DOMAIN file[i].batch \in SomeKeys
       /\ file[i].batch \in Batch(DOMAIN file[i].batch)
       /\ file[i].flushed \in 0 .. i - 1
       /\ file[i].whole \in BOOLEAN
  /\ durable \in 0 .. Len(file)
  /\ lost \in BOOLEAN
  /\ lost => durable < Len(file)
  /\ mode \in {"down", "recovering", "up", "poisoned", "refused"}
  /\ policy \in Policy \cup {"none"}
  /\ policy = "none" <=> mode = "down"
  /\ length \in 0 .. Len(file)
  /\ synced \in 0 .. length
  /\ applied \in 0 .. length
  /\ DOMAIN store \subseteq Key
  /\ \A key \in DOMAIN store : store[key] \in Value
  /\ acked \in 0 .. length
  /\ promised \in 0 .. Len(file)

\* How many records a recovery finds in the file, or refuses to go without.
Surviving == Before({i \in Index : ~file[i].whole /\ ~WasFlushed(i)})

AckedIsDurable == promised <= durable /\ promised <= Surviving

\* A client that was told finds its change when the log is up again.
AckedCanBeRead == mode = "up" => promised <= applied
AckedIsKept == mode = "up" => promised <= length

\* A reader sees what no crash can take, unless "async" was chosen.
AppliedIsDurable == mode = "up" /\ policy # "async" => applied <= durable

\* So when the log stops, what was read is still in the file.
ReadIsKept ==
  [][mode = "up" /\ mode' = "down" /\ policy # "async" => applied <= Surviving']_vars

SyncedIsDurable == synced <= durable

\* An entry's index is its place in the file: there are no gaps.
IndexIsPlace == \A i \in Index : file[i].index = i

NothingInvented == \A i \in 1 .. applied : file[i].whole

\* The store has for each key what the last applied batch with this key says.
StoreIsReplay ==
  \A key \in Key :
    LET with == {i \in 1 .. applied : key \in DOMAIN file[i].batch}
        last == CHOOSE i \in with : \A j \in with : j <= i
    IN  IF with = {} \/ file[last].batch[key] = Deleted
          THEN key \notin DOMAIN store
          ELSE key \in DOMAIN store /\ store[key] = file[last].batch[key]

\* A crash alone does not make the log refuse: a record is damaged that no
\* crash could take.
OnlyDamageIsRefused ==
  mode = "refused" => \E i \in 1 .. durable : ~file[i].whole

\* What is durable does not change. An entry that is known to be durable is
\* withdrawn only as the end of the log, and only if it was not applied.
DurableStays ==
  [][\A i \in 1 .. Min(durable, durable') : file'[i].batch = file[i].batch]_vars
SyncedGrows ==
  [][mode = "up" /\ mode' = "up" /\ synced' < synced =>
       applied <= synced' /\ length' = synced']_vars

(* Each step in its place.                                                 *)

\* No client is told of anything before the log is up; then of one after the
\* other. A client can rely on each answer, except with "async".
OneAfterTheOther ==
  /\ mode = "recovering" => acked = 0
  /\ mode = "up" /\ policy # "async" => acked <= promised
InTurn ==
  [][/\ mode = "up" /\ mode' = "up" => acked' - acked \in {0, 1}
     /\ mode' \in {mode} \ {"down"} => applied' - applied \in {0, 1}
     /\ mode = "recovering" /\ mode' = "up" =>
          acked' = length' /\ promised' >= length']_vars

\* With "each" no entry is taken before the last one is flushed.
EachIsFlushed == mode = "up" /\ policy = "each" => length <= synced + 1

\* An entry is appended to the log and to the file.
AppendedIsLast ==
  [][Len(file') > Len(file) => length' = Len(file') /\ length' = length + 1]_vars

\* A log that is shorter than its file does nothing to it but cut it.
NothingBeforeCut ==
  [][mode # "down" /\ mode' # "down" /\ length < Len(file) =>
       /\ length' = length /\ synced' = synced
       /\ mode = "recovering" => mode' # "up" /\ applied' = applied]_vars

\* A log that has failed does nothing more. It fails when there was something
\* to write, or to cut off, and then the disk has lost what was not durable.
FailureIsTheEnd ==
  [][/\ mode \in {"poisoned", "refused"} => mode' = "down"
     /\ mode # "poisoned" /\ mode' = "poisoned" =>
          /\ synced < length \/ length < Len(file)
          /\ lost' = (durable < Len(file))
     /\ ~lost /\ lost' => mode' = "poisoned"]_vars

\* Recovery has written again all that was lost.
NothingLostWhenUp == mode = "up" => ~lost

\* Of a log that owes nothing no crash takes anything, and clients rely on all of it.
CalmIsDurable ==
  ENABLED End =>
    durable = Len(file) /\ (policy # "async" => promised = Len(file))

\* A log that was closed lost nothing.
CloseIsClean == [][Close => mode = "up" /\ durable = Len(file)]_vars

(* The model is as hostile, and as obliging, as the page says.             *)

\* A process may start under each policy, and a client may write.
MayWork ==
  /\ mode = "down" =>
       \A p \in {"each", "group", "async"} : ENABLED (Next /\ policy' = p)
  /\ mode = "up" /\ length = Len(file) /\ (policy = "each" => synced = length) =>
       ENABLED (Next /\ length' = length + 1)

\* A log that works may flush as much as it likes, give up what was not applied, be
\* closed, and answer as soon as its policy allows.
MayChoose ==
  mode = "up" /\ length = Len(file) =>
    /\ \A upTo \in synced + 1 .. length : ENABLED (Next /\ mode' = "up" /\ synced' = upTo)
    /\ \A left \in applied .. length - 1 : ENABLED (Next /\ mode' = "up" /\ length' = left)
    /\ synced = length => ENABLED Close
    /\ applied < length /\ (policy = "async" \/ applied < synced) =>
         ENABLED (Next /\ applied' = applied + 1)
    /\ acked < applied /\ (policy = "async" \/ acked < synced) =>
         ENABLED (Next /\ acked' = acked + 1)

\* A crash may leave all that is not durable, or nothing of it, or tear it.
MayCrash ==
  mode # "down" =>
    /\ \A left \in durable .. Len(file) :
         ENABLED (Next /\ mode' = "down" /\ Len(file') = left)
    /\ \A bad \in durable + 1 .. Len(file) :
         ENABLED (Next /\ mode' = "down" /\ Len(file') >= bad /\ ~file'[bad].whole)
    /\ mode \in {"up", "poisoned"} =>
         ENABLED (Next /\ mode' = "down" /\ Len(file') = length)

\* So may each write, flush and cut fail.
MayFail ==
  /\ mode = "up" /\ (synced < length \/ length < Len(file)) =>
       ENABLED (Next /\ mode' = "poisoned")
  /\ mode = "recovering" /\ synced < length /\ length = Len(file) =>
       ENABLED (Next /\ mode' = "poisoned")

\* Any record may rot that a later one, also durable, knows to be flushed.
MayRot ==
  mode = "down" =>
    \A i, j \in 1 .. durable :
      i < j /\ file[i].whole /\ file[j].whole /\ file[j].flushed >= i =>
        ENABLED (Next /\ mode' = "down" /\ ~file'[i].whole)

\* An entry is acknowledged, unless something happens to the log first.
Waits(i) == mode = "up" /\ length >= i /\ acked < i

\* Every start comes to an end, if there is an end of crashes.
RecoveryEnds ==
  <>[][mode' # "down" \/ mode = "down"]_vars
    => (mode = "down" ~> mode \in {"up", "refused", "poisoned"})

\* Seen from outside it is a map in which batches appear whole and in order,
\* and from which a crash takes only what was promised to no client.
Map == INSTANCE DurableMap WITH
  batches <- [i \in 1 .. Surviving |-> file[i].batch],
  serving <- mode = "up",
  taken   <- IF mode = "up" THEN applied ELSE 0,
  map     <- IF mode = "up" THEN store ELSE Nothing

RefinesDurableMap == Map!Spec

THEOREM Spec => [](TypeOK /\ IndexIsPlace)
THEOREM Spec => [](AckedIsDurable /\ AckedCanBeRead /\ AckedIsKept)
THEOREM Spec => [](SyncedIsDurable /\ AppliedIsDurable)
THEOREM Spec => [](NothingInvented /\ StoreIsReplay)
THEOREM Spec => []OnlyDamageIsRefused
THEOREM Spec => DurableStays /\ SyncedGrows /\ ReadIsKept
THEOREM Spec => [](OneAfterTheOther /\ EachIsFlushed /\ NothingLostWhenUp)
THEOREM Spec => InTurn /\ AppendedIsLast /\ NothingBeforeCut
THEOREM Spec => []CalmIsDurable /\ FailureIsTheEnd /\ CloseIsClean
THEOREM Spec => [](MayWork /\ MayChoose /\ MayCrash /\ MayFail /\ MayRot)
THEOREM Spec => RefinesDurableMap
THEOREM \A i \in Nat \ {0} : Spec => (Waits(i) ~> ~Waits(i))
THEOREM Spec => RecoveryEnds
=============================================================================
