-------------------------- MODULE MCVersionedValue --------------------------
(***************************************************************************)
(* The bounds of VersionedValue's models.                                  *)
(***************************************************************************)
EXTENDS VersionProperties

\* The first key is written at 1. Either is written at 2, and the first one deleted, too.
\* It is written at 3 if it is as it was, or deleted.
Story(k, val, expect, v) ==
  CASE v = 1 -> k = "a" /\ val # Tombstone /\ expect = Any
    [] v = 2 -> expect = Any /\ (val = Tombstone => k = "a")
    [] v = 3 -> k = "a" /\ (val = Tombstone <=> expect = Any)

\* Two writes and one snapshot are open at a time.
BoundedTake(k, val, expect, v) ==
  Cardinality(writes) < 2 /\ Story(k, val, expect, v) /\ Take(k, val, expect, v)
BoundedOpen(v) == open = <<>> /\ Open(v)

MCNext ==
  \/ \E k \in Key, val \in Value \cup {Tombstone}, expect \in Any .. Most, v \in Version \ {0} :
       BoundedTake(k, val, expect, v)
  \/ \E w \in writes : Install(w) \/ Acknowledge(w) \/ Abandon(w)
  \/ \E v \in Version : BoundedOpen(v) \/ Close(v) \/ Mark(v)
  \/ \E e \in Entries : Remove(e)
  \/ Restart

MCSpec == Init /\ [][MCNext]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

InstalledBackwards  == \E w, v \in writes : w.ver < v.ver /\ v.installed /\ ~w.installed
WriteIsAbandoned    == \E w \in writes : w \notin writes' /\ ~w.installed /\ UNCHANGED last
OldIsRead           == \E v \in DOMAIN open : v < visible
ReaderHoldsBack     == \E v \in DOMAIN open : v = compacted /\ compacted < visible /\ compacted > 0
CoveredIsRemoved    == \E e \in Entries : e.val # Tombstone /\ e \notin Entries'
TombstoneIsRemoved  == \E e \in Entries : e.val = Tombstone /\ e \notin Entries'
StartsAboveEntries  == compacted > 0 /\ Entries = {} /\ last = compacted
WriterIsTold        == acked = 2
TakenIsForgotten    == last' < last
=============================================================================
