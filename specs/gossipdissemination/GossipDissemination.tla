------------------------ MODULE GossipDissemination ------------------------
(***************************************************************************)
(* Gossip Dissemination: each node tells what it knows to a few others,    *)
(* again and again, until all know it. After Joshi, Patterns of            *)
(* Distributed Systems, ch. 28.                                            *)
(*                                                                         *)
(* What a node knows of another one, the owner, is an entry: the owner's   *)
(* values, of which only the owner makes new versions, and whether it is   *)
(* alive, which others may doubt and the owner may refute. Messages are    *)
(* lost, repeated, late and out of order, they are too small for           *)
(* everything, and nodes crash, forget all but their generation, and come  *)
(* back. What is in a message is cut to size anywhere: how many bytes fit  *)
(* is left open. So is when and with whom a node gossips, and when it      *)
(* suspects another: a suspicion may always be wrong, so nothing here      *)
(* depends on how it was come by.                                          *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Node,    \* the names of the nodes
  Seed,    \* those whose addresses everybody has from the beginning
  Key,     \* what a node tells of itself: an address, a load
  Value    \* the values, with one that stands for "deleted"

ASSUME SeedsAreNodes == Seed \subseteq Node

VARIABLES
  generation,   \* the number of a node's last life; only this is durable
  known,        \* what each node knows of each owner
  msgs          \* all messages ever sent; one that is lost may stay unread

vars == <<generation, known, msgs>>

Nothing == [k \in {} |-> [val |-> "", ver |-> 0]]      \* no values

Unknown == [gen |-> 0, ver |-> 0, vals |-> Nothing, inc |-> 0, status |-> "alive"]

KnownTo(n) == {o \in Node : known[n][o].gen > 0}
IsUp(n)    == known[n][n].gen > 0
Up         == {n \in Node : IsUp(n)}

Rank == [alive |-> 0, suspect |-> 1, dead |-> 2]

Max(S) == CHOOSE v \in S : \A w \in S : w <= v

\* The length and breadth of an entry, without its values.
DigestOf(e) == [gen |-> e.gen, ver |-> e.ver, inc |-> e.inc, status |-> e.status]

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* A new life has a number that no life had before.
NextGeneration(n) == generation[n] + 1

\* Of two opinions on one life of an owner: the owner's own last word is the
\* incarnation; only within it is the worse opinion the newer.
Overrides(b, a) ==
  b.inc > a.inc \/ (b.inc = a.inc /\ Rank[b.status] > Rank[a.status])

\* Does whoever is at digest `a' lack something that `b' has? The generation
\* comes first: of an earlier life nothing counts any more.
IsBehind(a, b) ==
  \/ a.gen < b.gen
  \/ /\ a.gen = b.gen
     /\ a.status # "left"
     /\ b.status = "left" \/ a.ver < b.ver \/ Overrides(b, a)

\* Which values go into a delta: all that are newer than what the receiver
\* has, up to a version. So a small message takes the oldest ones.
InVersionOrder(vals, since, upTo) ==
  [k \in {j \in DOMAIN vals : vals[j].ver > since /\ vals[j].ver <= upTo} |->
     vals[k]]

\* A delta counts only if it begins where the receiver is, or before.
IsContiguous(e, d) == d.since <= (IF e.gen = d.gen THEN e.ver ELSE 0)

\* News are added to what is there.
MergeValues(old, new) ==
  [k \in DOMAIN old \cup DOMAIN new |->
     IF k \in DOMAIN new THEN new[k] ELSE old[k]]

\* Who passes on a version does not change it: only the owner makes new ones.
RelayUnchanged(d) == d

\* Of its own values nobody knows more than the owner, whatever others may
\* remember. From them it learns only that it is suspected.
MergeOwn(e, d) ==
  IF d.gen = e.gen /\ e.status # "left" /\ Overrides(d, e)
  THEN [e EXCEPT !.inc = d.inc, !.status = d.status] ELSE e

\* Of who has left a stone remains, so that old news do not revive it.
Tombstone(e) == [e EXCEPT !.vals = Nothing, !.status = "left"]

\* Who sends a digest gets what it lacks: what it has an older digest of, and,
\* if the digest had everything in it, what it has no digest of.
Offered(n, digests, whole) ==
  {o \in KnownTo(n) :
     IF o \in DOMAIN digests THEN IsBehind(digests[o], DigestOf(known[n][o])) ELSE whole}

\* And it is asked for what it has more of.
Wanted(n, digests) ==
  {o \in DOMAIN digests : o # n /\ IsBehind(DigestOf(known[n][o]), digests[o])}

\* What has been sent does not change when its sender does: a message is a
\* copy. Value k of n becomes `new'; these are the messages after that.
CopyValues(n, k, new) == msgs

-----------------------------------------------------------------------------
(* What nodes say and hear.                                                *)

Sent(m) == msgs \cup {m}

\* Where the news in an entry begin for somebody who is at this digest of it. He
\* may have later versions, and lack an opinion.
Since(e, digest) ==
  IF digest.gen # e.gen THEN 0 ELSE IF digest.ver < e.ver THEN digest.ver ELSE e.ver

\* What he is told: versions up to upTo.
Delta(e, digest, upTo) ==
  [gen |-> e.gen, since |-> Since(e, digest), ver |-> upTo,
   vals |-> InVersionOrder(e.vals, Since(e, digest), upTo),
   inc |-> e.inc, status |-> e.status]

DigestIn(digests, o) == IF o \in DOMAIN digests THEN digests[o] ELSE DigestOf(Unknown)

Highest(entries) == Max({0} \cup {entries[o].ver : o \in Node})

\* How a message may be cut to size: for each of the owners, up to which
\* version, or -1 if it has no place. But something must be told, and of
\* each owner something that is news.
Cuts(entries, digests, who) ==
  {cut \in [who -> -1 .. Highest(entries)] :
     /\ who # {} => \E o \in who : cut[o] >= 0
     /\ \A o \in who : cut[o] >= 0 =>
          LET e    == entries[o]
              digest == DigestIn(digests, o)
          IN  /\ cut[o] \in Since(e, digest) .. e.ver
              /\ e.status = "left" => cut[o] = e.ver
              /\ IsBehind(digest, [DigestOf(e) EXCEPT !.ver = cut[o]])}

Entries(entries, digests, cut) ==
  [o \in {p \in DOMAIN cut : cut[p] >= 0} |->
     Delta(entries[o], DigestIn(digests, o), cut[o])]

DigestsOf(n, who) == [o \in who |-> DigestOf(known[n][o])]

MayContact(n, to) == to # n /\ (to \in KnownTo(n) \/ to \in Seed)

\* What a digest may be about: anything that is known.
About(n) == [KnownTo(n) -> BOOLEAN]

Digest(n, to, about) ==
  /\ IsUp(n)
  /\ MayContact(n, to)
  /\ LET who == {o \in KnownTo(n) : about[o]}
     IN  /\ who # {}
         /\ msgs' = Sent([type |-> "Digest", from |-> n, to |-> to,
                          digests |-> DigestsOf(n, who), whole |-> who = KnownTo(n)])
  /\ UNCHANGED <<generation, known>>

\* A digest has come, and shows that one of the two lacks something.
Answer(m, cut) ==
  /\ m.type = "Digest"
  /\ IsUp(m.to)
  /\ LET n == m.to
         wants == Wanted(n, m.digests)
     IN  /\ DOMAIN cut # {} \/ wants # {}
         /\ msgs' = Sent([type |-> "Delta", from |-> n, to |-> m.from,
                          entries |-> Entries(known[n], m.digests, cut),
                          wants |-> DigestsOf(n, wants)])
  /\ UNCHANGED <<generation, known>>

AnswerCuts(m) ==
  IF m.type # "Digest" THEN {}
  ELSE Cuts(known[m.to], m.digests, Offered(m.to, m.digests, m.whole))

\* What n knows of o after a delta, when before it knew e.
Merged(n, o, e, d) ==
  IF o = n THEN MergeOwn(e, d)
  ELSE IF ~IsBehind(DigestOf(e), DigestOf(d)) THEN e
  ELSE IF d.status = "left" THEN
         Tombstone([gen |-> d.gen, ver |-> d.ver, vals |-> Nothing,
                  inc |-> d.inc, status |-> "left"])
  ELSE LET same    == e.gen = d.gen
           follows == IsContiguous(e, d)
           worse   == IF same /\ ~Overrides(d, e) THEN e ELSE d
           opinion == [e EXCEPT !.inc = worse.inc, !.status = worse.status]
       IN  IF ~follows THEN IF same THEN opinion ELSE e
           ELSE IF same /\ d.ver <= e.ver THEN opinion
           ELSE [opinion EXCEPT !.gen  = d.gen,
                                !.ver  = d.ver,
                                !.vals = MergeValues(IF same THEN @ ELSE Nothing,
                                                  d.vals)]

After(m) ==
  [o \in Node |-> IF o \in DOMAIN m.entries
                  THEN Merged(m.to, o, known[m.to][o], RelayUnchanged(m.entries[o]))
                  ELSE known[m.to][o]]

\* What was asked for, as far as there is something to tell.
Asked(m) ==
  {o \in DOMAIN m.wants : IsBehind(m.wants[o], DigestOf(After(m)[o]))}

MergeCuts(m) ==
  IF m.type # "Delta" THEN {} ELSE Cuts(After(m), m.wants, Asked(m))

\* A delta has come: what is news in it is added to what is known. If it was
\* asked for something, that is told.
Merge(m, cut) ==
  /\ m.type = "Delta"
  /\ IsUp(m.to)
  /\ known' = [known EXCEPT ![m.to] = After(m)]
  /\ msgs' = IF DOMAIN cut = {} THEN msgs
             ELSE Sent([type |-> "Delta", from |-> m.to, to |-> m.from,
                        entries |-> Entries(After(m), m.wants, cut),
                        wants |-> DigestsOf(m.to, {})])
  /\ UNCHANGED generation

-----------------------------------------------------------------------------
(* What an owner does.                                                     *)

\* A new life begins, and knows only itself.
Start(n) ==
  /\ ~IsUp(n)
  /\ generation' = [generation EXCEPT ![n] = NextGeneration(n)]
  /\ known' = [known EXCEPT ![n][n] = [Unknown EXCEPT !.gen = generation'[n]]]
  /\ UNCHANGED msgs

\* An owner may change what there is to know of it at any time. A model puts its
\* bound here, where TLC need not make a state to leave it out.
Changes(n) == TRUE

Update(n, k, v) ==
  /\ IsUp(n) /\ Changes(n)
  /\ known[n][n].status # "left"
  /\ LET e   == known[n][n]
         new == [val |-> v, ver |-> e.ver + 1]
     IN  /\ known' = [known EXCEPT
                        ![n][n].ver  = new.ver,
                        ![n][n].vals = [j \in DOMAIN e.vals \cup {k} |->
                                          IF j = k THEN new ELSE e.vals[j]]]
         /\ msgs' = CopyValues(n, k, new)
  /\ UNCHANGED generation

\* It has heard that it is not alive, and says that it is.
Refute(n) ==
  /\ IsUp(n)
  /\ known[n][n].status \in {"suspect", "dead"}
  /\ known' = [known EXCEPT ![n][n].status = "alive", ![n][n].inc = @ + 1]
  /\ UNCHANGED <<generation, msgs>>

\* It goes for good, as far as this life is concerned.
Leave(n) ==
  /\ IsUp(n) /\ Changes(n)
  /\ known[n][n].status # "left"
  /\ known' = [known EXCEPT ![n][n] = [@ EXCEPT !.ver = @ + 1, !.vals = Nothing,
                                                !.status = "left"]]
  /\ UNCHANGED <<generation, msgs>>

-----------------------------------------------------------------------------
(* What a node thinks of another.                                          *)

\* o has not answered n. It may be dead, slow, or cut off from n alone.
Suspect(n, o) ==
  /\ IsUp(n)
  /\ o \in KnownTo(n) \ {n}
  /\ known[n][o].status = "alive"
  /\ known' = [known EXCEPT ![n][o].status = "suspect"]
  /\ UNCHANGED <<generation, msgs>>

\* Nor has it said for long that it is alive.
DeclareDead(n, o) ==
  /\ IsUp(n)
  /\ o \in KnownTo(n) \ {n}
  /\ known[n][o].status = "suspect"
  /\ known' = [known EXCEPT ![n][o].status = "dead"]
  /\ UNCHANGED <<generation, msgs>>

-----------------------------------------------------------------------------
(* Faults, and somebody who sees everything.                               *)

Crash(n) ==
  /\ IsUp(n)
  /\ known' = [known EXCEPT ![n] = [o \in Node |-> Unknown]]
  /\ UNCHANGED <<generation, msgs>>

\* Nobody gets this message any more. Not that anybody notices.
Lose(m) ==
  /\ msgs' = msgs \ {m}
  /\ UNCHANGED <<generation, known>>

Agreement ==
  \A n \in Up : /\ \A m \in Up : known[m] = known[n]
                /\ known[n][n].status \in {"alive", "left"}

\* An observer finds that all who are up know the same, each other included.
Agree ==
  /\ Agreement
  /\ UNCHANGED vars

-----------------------------------------------------------------------------

Init ==
  /\ generation = [n \in Node |-> 0]
  /\ known = [n \in Node |-> [o \in Node |-> Unknown]]
  /\ msgs = {}

\* What happens to a cluster, and what it does about it.
Disturbance ==
  \E n \in Node :
    \/ Start(n) \/ Leave(n) \/ Crash(n)
    \/ \E k \in Key, v \in Value : Update(n, k, v)
    \/ \E o \in Node : Suspect(n, o) \/ DeclareDead(n, o)

Gossip ==
  \/ \E n, to \in Node : \E about \in About(n) : Digest(n, to, about)
  \/ \E m \in msgs : \E cut \in AnswerCuts(m) : Answer(m, cut)
  \/ \E m \in msgs : \E cut \in MergeCuts(m) : Merge(m, cut)
  \/ \E n \in Node : Refute(n)

Next == Disturbance \/ Gossip \/ Agree \/ \E m \in msgs : Lose(m)

\* Everybody goes on gossiping with the seeds, and of the messages between the
\* two not all are lost. That is enough; gossip among all only makes it faster.
Fairness ==
  /\ \A s \in Seed : \A n \in Node \ {s} :
       /\ WF_vars(Digest(n, s, [o \in KnownTo(n) |-> TRUE]))
       /\ SF_vars(\E m \in msgs : /\ m.from = n /\ m.to = s
                                  /\ \E cut \in AnswerCuts(m) : Answer(m, cut))
       /\ SF_vars(\E m \in msgs : /\ m.from = s /\ m.to = n
                                  /\ \E cut \in MergeCuts(m) : Merge(m, cut))
       /\ SF_vars(\E m \in msgs : /\ m.from = n /\ m.to = s
                                  /\ \E cut \in MergeCuts(m) : Merge(m, cut))
  /\ \A n \in Node : WF_vars(Refute(n))

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

Status == {"alive", "suspect", "dead", "left"}

TypeOK ==
  /\ \A n \in Node : generation[n] \in Nat
  /\ \A n, o \in Node :
       LET e == known[n][o]
       IN  /\ e.gen \in 0 .. generation[o] /\ e.ver \in Nat /\ e.inc \in Nat
           /\ e.status \in Status
           /\ DOMAIN e.vals \subseteq Key
           /\ \A k \in DOMAIN e.vals : /\ e.vals[k].val \in Value
                                       /\ e.vals[k].ver \in 1 .. e.ver
           /\ e.gen = 0 => e = Unknown
           /\ e.status = "left" => e.vals = Nothing
  /\ \A n \in Up : known[n][n].gen = generation[n]

\* The least digest that has both of these in it; it knows nothing of the rules.
Join(a, b) ==
  IF a = b THEN a
  ELSE IF a.gen # b.gen THEN IF a.gen > b.gen THEN a ELSE b
  ELSE IF "left" \in {a.status, b.status} THEN IF a.status = "left" THEN a ELSE b
  ELSE LET last == IF a.inc # b.inc THEN IF a.inc > b.inc THEN a ELSE b
                   ELSE IF Rank[a.status] > Rank[b.status] THEN a ELSE b
       IN  [last EXCEPT !.ver = IF a.ver > b.ver THEN a.ver ELSE b.ver]

\* The least digest that has all of these in it: the last opinion on the last
\* life, with the highest version of it.
JoinOf(S) ==
  CHOOSE j \in {[x EXCEPT !.ver = y.ver] : x, y \in S} :
    /\ \A z \in S : Join(z, j) = j
    /\ \E z \in S : z.gen = j.gen /\ z.ver = j.ver

\* Nobody knows more of an owner than the owner itself, but what others think.
OwnerKnowsBest ==
  \A n \in Node, o \in Up :
    LET e == known[n][o]
        own == known[o][o]
    IN  /\ e.gen <= own.gen
        /\ e.gen = own.gen => e.ver <= own.ver /\ e.inc <= own.inc

\* Who knows an owner up to a version knows everything that is still valid up
\* to that version.
NoHoles ==
  \A n \in Node, o \in Up :
    LET e == known[n][o]
        own == known[o][o]
    IN  e.gen = own.gen /\ e.status # "left" =>
          \A k \in DOMAIN own.vals :
            own.vals[k].ver <= e.ver =>
              k \in DOMAIN e.vals /\ e.vals[k] = own.vals[k]

\* As long as a node is up, its knowledge only grows.
Grows ==
  [][\A n \in Node : IsUp(n) /\ IsUp(n)' =>
       \A o \in Node : Join(DigestOf(known[n][o]), DigestOf(known'[n][o]))
                         = DigestOf(known'[n][o])]_vars

\* When nothing happens any more, all who are up agree sooner or later, if
\* those are up that everybody can find.
Convergence ==
  <>[][~Disturbance]_vars => <>[](Seed \subseteq Up => Agreement)

\* What anybody knows of an owner, or may still hear of it.
Said(o) ==
  {DigestOf(known[n][o]) : n \in Node}
    \cup {DigestOf(m.entries[o]) : m \in {d \in msgs : /\ d.type = "Delta"
                                                   /\ o \in DOMAIN d.entries}}



\* Seen from outside it is a join semilattice whose elements only grow.
Semilattice == INSTANCE JoinSemilattice WITH
  Part   <- Node,
  Join   <- Join,
  Judge  <- LAMBDA x, y : /\ x.gen > 0
                          /\ x.status # y.status /\ y.status \in {"suspect", "dead"}
                          /\ y = [x EXCEPT !.status = y.status],
  Bottom <- DigestOf(Unknown),
  value  <- [n \in Node |-> [o \in Node |-> DigestOf(known[n][o])]],
  made   <- [o \in Node |-> CHOOSE j \in {JoinOf(S) : S \in {Said(o)}} : TRUE]

RefinesJoinSemilattice == Semilattice!Spec
JoinIsJoin == Semilattice!IsJoin

-----------------------------------------------------------------------------
(* Bounds of the models.                                                   *)

\* For Sent: a new message shows that the one before is lost. Before that it
\* may have arrived, more than once too.
OneAtATime(m) == {m}

\* For Sent: the same, but that old news of others, from a life that is over or
\* from before a farewell, may still come late.
OldNewsToo(m) ==
  {m} \cup {x \in msgs :
             /\ x.type = "Delta"
             /\ \E o \in DOMAIN x.entries \ {x.to} :
                  LET old == x.entries[o]
                  IN  /\ old.vals # Nothing
                      /\ \/ old.gen < generation[o]
                         \/ old.gen = known[o][o].gen /\ known[o][o].status = "left"}

\* For About: a digest has everything in it.
Whole(n) == {[o \in KnownTo(n) |-> TRUE]}

\* For MayContact: everybody knows one who knows everybody.
SeedsOnly(n, to) == to # n /\ to \in Seed

\* For Changes: the seeds say nothing, and the others little in their second life.
Seldom(n) == n \notin Seed /\ known[n][n].ver < 3 - generation[n]

\* Which disturbances there are. What the cluster does about them follows.
Some ==
  /\ \A n \in Node :
       /\ known'[n][n].ver <= (IF n \in Seed THEN 0 ELSE 3 - generation'[n])
       /\ \A o \in Node : known'[n][o].status \in {"suspect", "dead"} =>
                            /\ known'[n][o].inc = 0 /\ known'[n][o].gen = 1
                            /\ o \notin Seed
  /\ \A n, o \in Node :
       generation'[n] + (IF n = o THEN 1 ELSE generation'[o]) <= 3

\* A node that says little is suspected.
Few ==
  /\ Some
  /\ \A n, o \in Node : known'[n][o].status \in {"suspect", "dead"} =>
                          /\ generation'[n] = 1 /\ generation'[o] = 1
                          /\ known'[o][o].ver <= 1
=============================================================================
