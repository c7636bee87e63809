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

\* What is durable does not change, and only what was not applied is ever
\* withdrawn.
DurableStays ==
  [][\A i \in 1 .. Min(durable, durable') : file'[i].batch = file[i].batch]_vars
SyncedGrows ==
  [][mode = "up" /\ mode' = "up" /\ synced' < synced => applied <= synced']_vars

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
THEOREM Spec => [](AckedIsDurable /\ AckedCanBeRead)
THEOREM Spec => [](SyncedIsDurable /\ AppliedIsDurable)
THEOREM Spec => [](NothingInvented /\ StoreIsReplay)
THEOREM Spec => []OnlyDamageIsRefused
THEOREM Spec => DurableStays /\ SyncedGrows
THEOREM Spec => RefinesDurableMap
THEOREM \A i \in Nat \ {0} : Spec => (Waits(i) ~> ~Waits(i))
THEOREM Spec => RecoveryEnds
=============================================================================
