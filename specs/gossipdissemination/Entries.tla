------------------------------ MODULE Entries ------------------------------
(***************************************************************************)
(* What a node knows of another one, the owner, is an entry: the owner's   *)
(* generation, of which there is a new one at each restart; its values,    *)
(* each with the version that it came with; and whether it is alive, which *)
(* others may doubt and the owner may refute by a higher incarnation. A    *)
(* digest is an entry without values, a delta a part of an entry. This     *)
(* module compares, truncates and merges them. It has no variables.        *)
(***************************************************************************)
EXTENDS Integers

NoValues == [k \in {} |-> [val |-> "", ver |-> 0]]

Unknown == [gen |-> 0, ver |-> 0, vals |-> NoValues, inc |-> 0, status |-> "alive"]

DigestOf(e) == [gen |-> e.gen, ver |-> e.ver, inc |-> e.inc, status |-> e.status]

Rank == [alive |-> 0, suspect |-> 1, dead |-> 2]

\* Of two opinions on one generation of an owner, b is the later one. Only the
\* owner raises the incarnation; within one incarnation the worse status wins.
Overrides(b, a) ==
  b.inc > a.inc \/ (b.inc = a.inc /\ Rank[b.status] > Rank[a.status])

\* A node with digest a lacks something that a node with digest b has. A later
\* generation replaces all that is known of an earlier one.
IsBehind(a, b) ==
  \/ a.gen < b.gen
  \/ /\ a.gen = b.gen
     /\ a.status # "left"
     /\ b.status = "left" \/ a.ver < b.ver \/ Overrides(b, a)

-----------------------------------------------------------------------------
(* Deltas.                                                                 *)

\* The values of a delta are those that are newer than what the receiver has,
\* up to a version: a truncated message has the oldest ones.
InVersionOrder(vals, since, upTo) ==
  [k \in {j \in DOMAIN vals : vals[j].ver > since /\ vals[j].ver <= upTo} |->
     vals[k]]

\* Where a delta of an entry begins for a receiver with that digest, which may
\* have later versions and lack an opinion.
Since(e, digest) ==
  IF digest.gen # e.gen THEN 0
  ELSE IF digest.ver < e.ver THEN digest.ver ELSE e.ver

\* A delta is a copy: it does not change when its sender's entry does.
CopyValues(e, digest, upTo) ==
  [gen |-> e.gen, since |-> Since(e, digest), ver |-> upTo,
   vals |-> InVersionOrder(e.vals, Since(e, digest), upTo),
   inc |-> e.inc, status |-> e.status]

DigestIn(digests, o) ==
  IF o \in DOMAIN digests THEN digests[o] ELSE DigestOf(Unknown)

\* A delta may end with a version if it still brings something. A goodbye is
\* never truncated.
MayCutAt(e, digest, upTo) ==
  /\ upTo \in Since(e, digest) .. e.ver
  /\ e.status = "left" => upTo = e.ver
  /\ IsBehind(digest, [DigestOf(e) EXCEPT !.ver = upTo])

\* How a message about these owners may be truncated: for each of them the last
\* version, or -1 if it has no place. At least one has.
Truncations(entries, digests, owners) ==
  LET most == CHOOSE v \in {0} \cup {entries[o].ver : o \in owners} :
                \A o \in owners : entries[o].ver <= v
  IN  {cut \in [owners -> -1 .. most] :
         /\ owners # {} => \E o \in owners : cut[o] >= 0
         /\ \A o \in owners :
              cut[o] >= 0 => MayCutAt(entries[o], DigestIn(digests, o), cut[o])}

Deltas(entries, digests, cut) ==
  [o \in {p \in DOMAIN cut : cut[p] >= 0} |->
     CopyValues(entries[o], DigestIn(digests, o), cut[o])]

-----------------------------------------------------------------------------
(* Merging.                                                                *)

\* A delta begins where the receiver's entry ends, or before. Otherwise it would
\* leave a hole that no later delta fills.
IsContiguous(e, d) == d.since <= (IF e.gen = d.gen THEN e.ver ELSE 0)

\* Newer values are added to those that are there.
MergeValues(old, new) ==
  [k \in DOMAIN old \cup DOMAIN new |->
     IF k \in DOMAIN new THEN new[k] ELSE old[k]]

\* A tombstone stays for a node that has left, so that stale gossip cannot
\* revive it.
Tombstone(d) ==
  [gen |-> d.gen, ver |-> d.ver, vals |-> NoValues, inc |-> d.inc, status |-> "left"]

\* A node's own values are authoritative; it ignores older copies that others
\* send back. From them it learns only that it is suspected.
MergeOwn(e, d) ==
  IF d.gen = e.gen /\ e.status # "left" /\ Overrides(d, e)
  THEN [e EXCEPT !.inc = d.inc, !.status = d.status] ELSE e

\* An entry with the values of a delta, and with the version at which the delta ends.
\* The receiver keeps these versions as they are, and so passes them on: only the
\* owner makes new ones.
RelayUnchanged(e, d) == [e EXCEPT !.ver = d.ver, !.vals = MergeValues(@, d.vals)]

MergeSameGeneration(e, d) ==
  LET later == IF Overrides(d, e) THEN d ELSE e
      known == [e EXCEPT !.inc = later.inc, !.status = later.status]
  IN  IF IsContiguous(e, d) /\ d.ver > e.ver THEN RelayUnchanged(known, d) ELSE known

\* A node that knows e of another one receives d.
MergeOther(e, d) ==
  IF ~IsBehind(DigestOf(e), DigestOf(d)) THEN e
  ELSE IF d.status = "left" THEN Tombstone(d)
  ELSE IF e.gen = d.gen THEN MergeSameGeneration(e, d)
  ELSE IF IsContiguous(e, d)
       THEN RelayUnchanged([gen |-> d.gen, ver |-> 0, vals |-> NoValues,
                            inc |-> d.inc, status |-> d.status], d)
       ELSE e
=============================================================================
