----------------------------- MODULE AntiEntropy -----------------------------
(***************************************************************************)
(* The core of gossip: versions and digests. Each node numbers its own     *)
(* updates. What another node knows of it is a version, which stands for   *)
(* all updates up to that one. A digest has the versions that a node       *)
(* knows. Its receiver answers with a delta, which is what that node       *)
(* lacks, and with a digest of what it lacks itself. A node that crashes   *)
(* forgets all, and begins a new generation, which replaces the old one.   *)
(*                                                                         *)
(* It refines JoinSemilattice, and GossipDissemination refines it. Any     *)
(* true message may be sent, and a delta may be ignored: that is safe.     *)
(* Convergence needs the whole answer.                                     *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS Node, Seed   \* the seeds are nodes that all others know from the beginning

VARIABLES
  generation,  \* by node: how often it was started; only this is durable
  known,       \* by node and owner: the version that the node knows
  msgs         \* the messages that may still arrive, any number of times

vars == <<generation, known, msgs>>

Nothing == [gen |-> 0, ver |-> 0]
NoDelta == [o \in {} |-> Nothing]
IsUp(n) == known[n][n].gen > 0

\* Generations are compared first.
IsBehind(a, b) == a.gen < b.gen \/ (a.gen = b.gen /\ a.ver < b.ver)
Join(a, b)     == IF IsBehind(a, b) THEN b ELSE a

Init ==
  /\ generation = [n \in Node |-> 0]
  /\ known = [n \in Node |-> [o \in Node |-> Nothing]]
  /\ msgs = {}
-----------------------------------------------------------------------------
Start(n) ==
  /\ ~IsUp(n)
  /\ generation' = [generation EXCEPT ![n] = @ + 1]
  /\ known' = [known EXCEPT ![n][n].gen = generation'[n]]

Update(n) ==
  /\ IsUp(n)
  /\ known' = [known EXCEPT ![n][n].ver = @ + 1]
  /\ UNCHANGED generation

Crash(n) ==
  /\ IsUp(n)
  /\ known' = [known EXCEPT ![n] = [o \in Node |-> Nothing]]
  /\ UNCHANGED generation
-----------------------------------------------------------------------------
\* Other messages may be lost meanwhile.
Send(m) == msgs' \in {kept \cup {m} : kept \in SUBSET msgs}

Digest(n, to, owners) ==
  /\ to # n /\ IsUp(n)
  /\ Send([from |-> n, to |-> to, delta |-> NoDelta,
           digest |-> [o \in owners |-> known[n][o]]])
  /\ UNCHANGED <<generation, known>>

\* What the receiver of m knows, if it merges the delta of these owners.
Learned(m, owners) ==
  [o \in Node |-> IF o \in owners THEN Join(known[m.to][o], m.delta[o])
                                 ELSE known[m.to][o]]

Receive(m, owners) ==
  /\ IsUp(m.to)
  /\ known' = [known EXCEPT ![m.to] = Learned(m, owners)]
  /\ UNCHANGED generation

\* A node that has these versions may send r: there is room for some of them.
IsTrue(r, has) ==
  /\ \A o \in DOMAIN r.digest : r.digest[o] = has[o]
  /\ \A o \in DOMAIN r.delta : r.delta[o].gen = has[o].gen /\ r.delta[o].ver <= has[o].ver

\* The receiver of m answers r.
Answer(m, owners, r) ==
  /\ r.from = m.to /\ r.to = m.from
  /\ Receive(m, owners) /\ IsTrue(r, Learned(m, owners)) /\ Send(r)

\* The answer that leaves nothing out: push, and pull.
Whole(m) ==
  LET has  == Learned(m, DOMAIN m.delta)
      push == {o \in DOMAIN m.digest : IsBehind(m.digest[o], has[o])}
      pull == {o \in DOMAIN m.digest : IsBehind(has[o], m.digest[o])}
  IN  [from |-> m.to, to |-> m.from,
       delta |-> [o \in push |-> has[o]], digest |-> [o \in pull |-> has[o]]]

Disturbance == UNCHANGED msgs /\ \E n \in Node : Start(n) \/ Update(n) \/ Crash(n)

Next ==
  \/ Disturbance
  \/ /\ UNCHANGED <<generation, known>>
     /\ \/ msgs' \in SUBSET msgs
        \/ \E n, to \in Node, owners \in SUBSET Node : Digest(n, to, owners)
  \/ /\ UNCHANGED generation
     /\ \E m \in msgs : \E owners \in SUBSET DOMAIN m.delta :
          \/ Receive(m, owners) /\ UNCHANGED msgs
          \/ \E r \in msgs' : Answer(m, owners, r)

Spec == Init /\ [][Next]_vars

\* It is up to date, and the answer is not empty. It has what the receiver lacks.
IsUseful(m) == /\ \A o \in DOMAIN m.digest : m.digest[o] = known[m.from][o]
               /\ Whole(m).delta # NoDelta \/ Whole(m).digest # NoDelta
IsNew(m)    == Learned(m, DOMAIN m.delta) # known[m.to]

\* All nodes go on sending digests to the seeds, and between the two neither all useful
\* digests nor all new deltas are lost.
Fairness ==
  \A s \in Seed : \A n \in Node \ {s} :
    /\ WF_vars(Digest(n, s, Node))
    /\ \A to \in {n, s} :
         LET Arrives(m) == /\ m.to = to /\ m.from \in {n, s}
                           /\ Answer(m, DOMAIN m.delta, Whole(m))
         IN  /\ SF_vars(\E m \in msgs : IsUseful(m) /\ Arrives(m))
             /\ SF_vars(\E m \in msgs : IsNew(m) /\ Arrives(m))
-----------------------------------------------------------------------------
IsVersion(v, o) == v.gen \in 0 .. generation[o] /\ v.ver \in Nat
TypeOK ==
  /\ generation \in [Node -> Nat]
  /\ \A n, o \in Node : IsVersion(known[n][o], o)
  /\ \A m \in msgs : /\ m.from \in Node /\ m.to \in Node \ {m.from}
                     /\ \A o \in DOMAIN m.digest : IsVersion(m.digest[o], o)
                     /\ \A o \in DOMAIN m.delta : IsVersion(m.delta[o], o)

DownKnowsNothing == \A n, o \in Node : ~IsUp(n) => known[n][o] = Nothing

\* No node knows more of an owner than the owner.
OwnerKnowsBest == \A n, o \in Node : IsUp(o) => ~IsBehind(known[o][o], known[n][o])
Grows == [][\A n, o \in Node : IsUp(n) /\ IsUp(n)' =>
              ~IsBehind(known'[n][o], known[n][o])]_vars

Agreement == \A n, m \in Node : IsUp(n) /\ IsUp(m) => known[n] = known[m]
Converges == <>[][~Disturbance]_vars => <>[]((\A s \in Seed : IsUp(s)) => Agreement)

\* What any node knows of an owner, or may still receive.
Existing(o) == {known[n][o] : n \in Node}
                 \cup {m.delta[o] : m \in {m \in msgs : o \in DOMAIN m.delta}}
Semilattice == INSTANCE JoinSemilattice WITH
  Part <- Node, MayJudge <- LAMBDA x, y : FALSE, Bottom <- Nothing,
  value <- known,
  made  <- [o \in Node |-> CHOOSE v \in Existing(o) : \A w \in Existing(o) : ~IsBehind(v, w)]
RefinesJoinSemilattice == Semilattice!Spec

THEOREM Spec => [](TypeOK /\ DownKnowsNothing /\ OwnerKnowsBest)
THEOREM Spec => Grows /\ RefinesJoinSemilattice
THEOREM Spec /\ Fairness => Converges
=============================================================================
