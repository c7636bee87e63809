---------------------- MODULE GossipDisseminationBroken ----------------------
(***************************************************************************)
(* Each rule of GossipDissemination left out, for broken/RULE.cfg to       *)
(* choose one.                                                             *)
(***************************************************************************)
EXTENDS MCGossipDissemination

\* NextGeneration: a node counts its generations in memory only.
FirstGeneration(n) == 1

\* Overrides: the worse status always wins.
WorseWins(b, a) == Rank[b.status] > Rank[a.status]

\* IsBehind: versions are compared, generations are not.
AnyGeneration(a, b) ==
  \/ a.gen = 0 /\ b.gen > 0
  \/ /\ a.gen > 0 /\ b.gen > 0
     /\ a.status # "left"
     /\ b.status = "left" \/ a.ver < b.ver \/ Overrides(b, a)

\* InVersionOrder: a truncated message has the newest values.
NewestFirst(vals, since, upTo) ==
  LET newer == {k \in DOMAIN vals : vals[k].ver > since}
      fit   == Cardinality({k \in newer : vals[k].ver <= upTo})
  IN  [k \in {j \in newer :
                Cardinality({i \in newer : vals[i].ver > vals[j].ver}) < fit} |->
         [vals[k] EXCEPT !.ver = IF @ > upTo THEN upTo ELSE @]]

\* IsContiguous: a delta is merged wherever it begins.
AnyStart(e, d) == TRUE

\* MergeValues: the values of a delta replace all that were there.
NewAlone(old, new) == new

\* RelayUnchanged: a node that relays a delta counts that as a version.
Recounted(e, d) == [e EXCEPT !.ver = d.ver + 1, !.vals = MergeValues(@, d.vals)]

\* MergeOwn: a restarted node takes its old values back from nodes that remember
\* more versions than it has.
FromOthers(e, d) == IF d.ver > e.ver THEN [gen |-> d.gen, ver |-> d.ver, vals |-> d.vals,
                                           inc |-> d.inc, status |-> d.status] ELSE e

\* Tombstone: a node that has left is forgotten.
NoTombstone(e) == Unknown

\* Offered: the sender of a digest does not get what it lacks.
NothingOffered(n, digests, whole) == {}

\* Wanted: a node requests nothing.
NothingWanted(n, digests) == {}

\* CopyValues, in the place of Update: a message shares its sender's values, and
\* changes with them.
UpdateShared(n, k, v) ==
  /\ IsUp(n)
  /\ known[n][n].status # "left"
  /\ LET e   == known[n][n]
         new == [val |-> v, ver |-> e.ver + 1]
     IN  /\ known' = [known EXCEPT ![n][n].ver = new.ver,
                                   ![n][n].vals = [j \in DOMAIN e.vals \cup {k} |->
                                                     IF j = k THEN new ELSE e.vals[j]]]
         /\ msgs' = {IF /\ m.type = "Delta" /\ m.from = n /\ n \in DOMAIN m.entries
                        /\ m.entries[n].gen = e.gen /\ k \in DOMAIN m.entries[n].vals
                     THEN [m EXCEPT !.entries[n].vals[k] = new] ELSE m : m \in msgs}
  /\ UNCHANGED generation
=============================================================================
