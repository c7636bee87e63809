------------------------ MODULE GossipDissemination ------------------------
(***************************************************************************)
(* Gossip Dissemination: each node sends what it knows to a few others,    *)
(* again and again, until all know it. After Joshi, Patterns of            *)
(* Distributed Systems, ch. 28.                                            *)
(*                                                                         *)
(* Messages are lost, repeated, late and out of order, they cannot hold    *)
(* everything, and nodes crash, forget all but their generation, and       *)
(* restart. A message may be truncated anywhere: its size in bytes is left *)
(* out. So is the choice when and with which peer a node gossips, and when *)
(* it suspects another one: a suspicion may always be wrong, so nothing    *)
(* here depends on its reason.                                             *)
(***************************************************************************)
EXTENDS Entries, FiniteSets

CONSTANTS
  Node,    \* the names of the nodes
  Seed,    \* the nodes whose addresses are known to all from the beginning
  Key,     \* the names of a node's values: an address, a load
  Value    \* the values, with one that stands for "deleted"

ASSUME SeedsAreNodes == Seed \subseteq Node

VARIABLES
  generation,   \* the number of a node's last generation; only this is durable
  known,        \* what each node knows of each owner: an entry
  msgs          \* the messages that may still arrive, any number of times

vars == <<generation, known, msgs>>

KnownTo(n) == {o \in Node : known[n][o].gen > 0}
IsUp(n)    == known[n][n].gen > 0
Up         == {n \in Node : IsUp(n)}

Init ==
  /\ generation = [n \in Node |-> 0]
  /\ known = [n \in Node |-> [o \in Node |-> Unknown]]
  /\ msgs = {}

-----------------------------------------------------------------------------
(* An owner.                                                               *)

\* The number of the next generation, which none had before.
NextGeneration(n) == generation[n] + 1

\* A node starts, and knows only itself.
Start(n) ==
  /\ ~IsUp(n)
  /\ generation' = [generation EXCEPT ![n] = NextGeneration(n)]
  /\ known' = [known EXCEPT ![n][n] = [Unknown EXCEPT !.gen = generation'[n]]]
  /\ UNCHANGED msgs

\* It gives one of its values a new version.
Update(n, k, v) ==
  /\ IsUp(n)
  /\ known[n][n].status # "left"
  /\ LET e   == known[n][n]
         new == [val |-> v, ver |-> e.ver + 1]
     IN  known' = [known EXCEPT
                     ![n][n].ver  = new.ver,
                     ![n][n].vals = [j \in DOMAIN e.vals \cup {k} |->
                                       IF j = k THEN new ELSE e.vals[j]]]
  /\ UNCHANGED <<generation, msgs>>

\* It knows that it is suspected, and raises its incarnation.
Refute(n) ==
  /\ IsUp(n)
  /\ known[n][n].status \in {"suspect", "dead"}
  /\ known' = [known EXCEPT ![n][n].status = "alive", ![n][n].inc = @ + 1]
  /\ UNCHANGED <<generation, msgs>>

\* It leaves for good, as far as this generation is concerned.
Leave(n) ==
  /\ IsUp(n)
  /\ known[n][n].status # "left"
  /\ known' = [known EXCEPT ![n][n].ver = @ + 1, ![n][n].vals = NoValues,
                            ![n][n].status = "left"]
  /\ UNCHANGED <<generation, msgs>>

Crash(n) ==
  /\ IsUp(n)
  /\ known' = [known EXCEPT ![n] = [o \in Node |-> Unknown]]
  /\ UNCHANGED <<generation, msgs>>

-----------------------------------------------------------------------------
(* Gossip.                                                                 *)

Sent(m) == msgs \cup {m}

DigestsOf(n, owners) == [o \in owners |-> DigestOf(known[n][o])]

MayContact(n, to) == to # n /\ (to \in KnownTo(n) \/ to \in Seed)

\* Which of the owners that n knows a digest may be about.
About(n) == [KnownTo(n) -> BOOLEAN]

\* A node sends a peer the digests of some owners.
Digest(n, to, about) ==
  /\ IsUp(n)
  /\ MayContact(n, to)
  /\ LET owners == {o \in KnownTo(n) : about[o]}
     IN  /\ owners # {}
         /\ msgs' = Sent([type |-> "Digest", from |-> n, to |-> to,
                          digests |-> DigestsOf(n, owners),
                          whole |-> owners = KnownTo(n)])
  /\ UNCHANGED <<generation, known>>

\* The sender of a digest gets what it lacks: of the owners in the digest and,
\* if that is about all that the sender knows, of all others.
Offered(n, digests, whole) ==
  {o \in KnownTo(n) :
     IF o \in DOMAIN digests THEN IsBehind(digests[o], DigestOf(known[n][o]))
                             ELSE whole}

\* And it is asked for what it has more of.
Wanted(n, digests) ==
  {o \in DOMAIN digests : o # n /\ IsBehind(DigestOf(known[n][o]), digests[o])}

AnswerCuts(m) ==
  IF m.type # "Digest" THEN {}
  ELSE Truncations(known[m.to], m.digests, Offered(m.to, m.digests, m.whole))

\* A digest has come, and one of the two nodes lacks something.
Answer(m, cut) ==
  /\ m.type = "Digest"
  /\ IsUp(m.to)
  /\ LET wanted == Wanted(m.to, m.digests)
     IN  /\ DOMAIN cut # {} \/ wanted # {}
         /\ msgs' = Sent([type |-> "Delta", from |-> m.to, to |-> m.from,
                          entries |-> Deltas(known[m.to], m.digests, cut),
                          wants |-> DigestsOf(m.to, wanted)])
  /\ UNCHANGED <<generation, known>>

\* What the receiver of a delta knows then.
Merged(m) ==
  [o \in Node |->
     IF o \notin DOMAIN m.entries THEN known[m.to][o]
     ELSE IF o = m.to THEN MergeOwn(known[m.to][o], m.entries[o])
     ELSE MergeOther(known[m.to][o], m.entries[o])]

\* The owners that it was asked for, and of which it has more.
Requested(m) == {o \in DOMAIN m.wants : IsBehind(m.wants[o], DigestOf(Merged(m)[o]))}

MergeCuts(m) ==
  IF m.type # "Delta" THEN {} ELSE Truncations(Merged(m), m.wants, Requested(m))

\* A delta has come. Its receiver merges it, and sends what it was asked for.
Merge(m, cut) ==
  /\ m.type = "Delta"
  /\ IsUp(m.to)
  /\ known' = [known EXCEPT ![m.to] = Merged(m)]
  /\ msgs' = IF DOMAIN cut = {} THEN msgs
             ELSE Sent([type |-> "Delta", from |-> m.to, to |-> m.from,
                        entries |-> Deltas(Merged(m), m.wants, cut),
                        wants |-> DigestsOf(m.to, {})])
  /\ UNCHANGED generation

\* No copy of a message arrives any more. The nodes cannot see that.
Lose(m) ==
  /\ msgs' = msgs \ {m}
  /\ UNCHANGED <<generation, known>>

-----------------------------------------------------------------------------
(* A node's opinion on another one.                                        *)

\* o has not answered n. It may be dead, slow, or cut off from n alone.
Suspect(n, o) ==
  /\ IsUp(n)
  /\ o \in KnownTo(n) \ {n}
  /\ known[n][o].status = "alive"
  /\ known' = [known EXCEPT ![n][o].status = "suspect"]
  /\ UNCHANGED <<generation, msgs>>

\* It has not refuted the suspicion for long.
DeclareDead(n, o) ==
  /\ IsUp(n)
  /\ o \in KnownTo(n) \ {n}
  /\ known[n][o].status = "suspect"
  /\ known' = [known EXCEPT ![n][o].status = "dead"]
  /\ UNCHANGED <<generation, msgs>>

-----------------------------------------------------------------------------

Agreement ==
  \A n \in Up : /\ \A m \in Up : known[m] = known[n]
                /\ known[n][n].status \in {"alive", "left"}

\* An observer finds that all nodes that are up know the same.
Agree ==
  /\ Agreement
  /\ UNCHANGED vars

Disturbance ==
  \E n \in Node :
    \/ Start(n) \/ Leave(n) \/ Crash(n)
    \/ \E k \in Key, v \in Value : Update(n, k, v)
    \/ \E o \in Node : Suspect(n, o) \/ DeclareDead(n, o)

Next ==
  \/ Disturbance
  \/ \E n, to \in Node : \E about \in About(n) : Digest(n, to, about)
  \/ \E m \in msgs : \/ \E cut \in AnswerCuts(m) : Answer(m, cut)
                     \/ \E cut \in MergeCuts(m) : Merge(m, cut)
                     \/ Lose(m)
  \/ \E n \in Node : Refute(n)
  \/ Agree

\* All nodes go on gossiping with the seeds, and of the messages between the two
\* not all are lost. That is enough; gossip with others only makes it faster.
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
=============================================================================
