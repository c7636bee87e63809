---------------------- MODULE GossipDisseminationBroken ----------------------
(***************************************************************************)
(* Each rule of GossipDissemination left out, for broken/RULE.cfg to       *)
(* choose one.                                                             *)
(***************************************************************************)
EXTENDS GossipDissemination

\* NextGeneration: a node counts its lives in memory only.
FirstGeneration(n) == 1

\* Overrides: bad news always win.
WorseWins(b, a) == Rank[b.status] > Rank[a.status]

\* IsBehind: versions are compared, generations are not.
AnyGeneration(a, b) ==
  \/ a.gen = 0 /\ b.gen > 0
  \/ /\ a.gen > 0 /\ b.gen > 0
     /\ a.status # "left"
     /\ b.status = "left" \/ a.ver < b.ver \/ Overrides(b, a)

\* InVersionOrder: of what does not all fit the newest is sent.
NewestFirst(vals, since, upTo) ==
  LET news == {k \in DOMAIN vals : vals[k].ver > since}
      fit  == Cardinality({k \in news : vals[k].ver <= upTo})
  IN  [k \in {j \in news :
                Cardinality({i \in news : vals[i].ver > vals[j].ver}) < fit} |->
         [vals[k] EXCEPT !.ver = IF @ > upTo THEN upTo ELSE @]]

\* IsContiguous: a delta is taken wherever it begins.
AnyStart(e, d) == TRUE

\* MergeValues: what comes replaces what is there.
NewAlone(old, new) == new

\* RelayUnchanged: each node that passes a value on counts that as a version.
Recounted(d) == IF d.status = "left" THEN d ELSE [d EXCEPT !.ver = @ + 1]

\* MergeOwn: after a restart a node takes its old values back from those who
\* remember more versions than it has.
FromOthers(e, d) == IF d.ver > e.ver THEN [gen |-> d.gen, ver |-> d.ver, vals |-> d.vals,
                                           inc |-> d.inc, status |-> d.status] ELSE e

\* Tombstone: who has left is removed.
NothingRemains(e) == Unknown

\* Offered: who sends a digest is not answered with what it lacks.
NothingOffered(n, digests, whole) == {}

\* Wanted: nobody is asked for what he has more of.
NothingWanted(n, digests) == {}

\* CopyValues: a message refers to its sender's values, and changes with them.
Shared(n, k, new) ==
  {IF m.type = "Delta" /\ m.from = n /\ n \in DOMAIN m.entries
      /\ m.entries[n].gen = known[n][n].gen /\ k \in DOMAIN m.entries[n].vals
   THEN [m EXCEPT !.entries[n].vals[k] = new] ELSE m : m \in msgs}
=============================================================================
