---------------------------- MODULE Convergence ----------------------------
(***************************************************************************)
(* What must hold of GossipDissemination. What each of its steps must do   *)
(* is in StepProperties.                                                   *)
(***************************************************************************)
EXTENDS StepProperties

Status == {"alive", "suspect", "dead", "left"}

\* The digest of what a node knows of o, if anything.
IsDigest(d, o) ==
  d \in [gen : 0 .. generation[o], ver : Nat, inc : Nat, status : Status]

TypeOK ==
  /\ generation \in [Node -> Nat]
  /\ \A n, o \in Node :
       LET e == known[n][o]
       IN  /\ DOMAIN e = DOMAIN Unknown
           /\ e.gen \in 0 .. generation[o] /\ e.ver \in Nat /\ e.inc \in Nat
           /\ e.status \in Status
           /\ DOMAIN e.vals \subseteq Key
           /\ \A k \in DOMAIN e.vals : /\ e.vals[k].val \in Value
                                       /\ e.vals[k].ver \in 1 .. e.ver
           /\ e.gen = 0 => e = Unknown
           /\ e.status = "left" => e.vals = NoValues
  /\ \A n \in Up : known[n][n].gen = generation[n]
  /\ \A m \in msgs :
       /\ m.from \in Node /\ m.to \in Node \ {m.from}
       /\ \/ m.type = "Digest" /\ DOMAIN m.digests \in SUBSET Node \ {{}}
          \/ m.type = "Delta" /\ DOMAIN m.entries \cup DOMAIN m.wants \in SUBSET Node \ {{}}
       /\ m.type = "Digest" => /\ m.whole \in BOOLEAN
                               /\ \A o \in DOMAIN m.digests : m.digests[o].gen > 0
       /\ m.type = "Delta" =>
            /\ \A o \in DOMAIN m.wants : IsDigest(m.wants[o], o)
            /\ \A o \in DOMAIN m.entries :
                 LET d == m.entries[o]
                 IN  /\ d.gen \in 1 .. generation[o] /\ d.since \in 0 .. d.ver
                     /\ d.inc \in Nat /\ d.status \in Status
                     /\ \A k \in DOMAIN d.vals : d.vals[k].ver \in d.since + 1 .. d.ver

\* The least digest that has all of these in it: the last status in the last
\* generation, with the highest version of that.
JoinOf(S) ==
  CHOOSE j \in {[x EXCEPT !.ver = y.ver] : x, y \in S} :
    /\ \A z \in S : Join(z, j) = j
    /\ \E z \in S : z.gen = j.gen /\ z.ver = j.ver

\* No node knows more of an owner than the owner, except the others' opinions.
OwnerKnowsBest ==
  \A n \in Node, o \in Up :
    LET e == known[n][o]
        own == known[o][o]
    IN  /\ e.gen <= own.gen
        /\ e.gen = own.gen => e.ver <= own.ver /\ e.inc <= own.inc

\* A node that is down knows nothing, and the number of its next generation is new.
DownKnowsNothing ==
  \A n \in Node : /\ known[n][n].gen = 0 => \A o \in Node : known[n][o] = Unknown
                  /\ NextGeneration(n) > generation[n]

\* A node lacks something of another one exactly if to join the two gives more than it
\* has.
BehindIsLess ==
  \A n, m, o \in Node :
    LET a == DigestOf(known[n][o])
        b == DigestOf(known[m][o])
    IN  IsBehind(a, b) <=> Join(a, b) # a

\* Those that agree have the same digests of each other, and doubt none.
AgreementIsWhole ==
  Agreement => \A n, m, o \in Up : /\ Join(DigestOf(known[n][o]), DigestOf(known[m][o]))
                                       = DigestOf(known[n][o])
                                  /\ known[n][o].status \notin {"suspect", "dead"}

\* A node that knows an owner up to a version knows all of its values that are
\* still valid up to that version.
NoHoles ==
  \A n \in Node, o \in Up :
    LET e == known[n][o]
        own == known[o][o]
    IN  e.gen = own.gen /\ e.status # "left" =>
          \A k \in DOMAIN own.vals :
            own.vals[k].ver <= e.ver =>
              k \in DOMAIN e.vals /\ e.vals[k] = own.vals[k]

\* A node whose digest of an owner is the owner's own holds the owner's values. Otherwise
\* they differ for ever, because neither asks the other one for anything. Two others with
\* equal digests may hold different values: see MCGossipDissemination, OthersDiffer.
EqualDigestsEqualValues ==
  \A n, o \in Node :
    DigestOf(known[n][o]) = DigestOf(known[o][o]) => known[n][o].vals = known[o][o].vals

\* A reader finds no value whose version the node has not heard of.
NoValueIsAhead ==
  \A n, o \in Node : \A k \in DOMAIN known[n][o].vals :
    known[n][o].vals[k].ver <= known[n][o].ver

\* A node that is up, and has not left, is not taken for one that has.
OnlyLeaversHaveLeft ==
  \A n, o \in Up : known[n][o].status = "left" /\ known[n][o].gen = known[o][o].gen
                    => known[o][o].status = "left"

\* Once the disturbances end, and if the seeds are up, all nodes that are up have equal
\* digests of all owners and equal values of those that are up, and none is suspected.
AgreementOnTheLive ==
  \A n \in Up :
    /\ \A m \in Up, o \in Node : /\ DigestOf(known[m][o]) = DigestOf(known[n][o])
                                 /\ o \in Up => known[m][o] = known[n][o]
    /\ known[n][n].status \in {"alive", "left"}

Convergence ==
  <>[][~Disturbance]_vars => <>[](Seed \subseteq Up => AgreementOnTheLive)

-----------------------------------------------------------------------------
(* The ladder. Without values, opinions and tombstones it is AntiEntropy:  *)
(* of an entry only the version is left, and a goodbye is one more.        *)

VersionsOf(f) == [o \in DOMAIN f |-> [gen |-> f[o].gen, ver |-> f[o].ver]]

Core == INSTANCE AntiEntropy WITH
  known <- [n \in Node |-> VersionsOf(known[n])],
  msgs  <- {[from |-> m.from, to |-> m.to,
             digest |-> VersionsOf(IF m.type = "Digest" THEN m.digests ELSE m.wants),
             delta  |-> IF m.type = "Digest" THEN NoValues ELSE VersionsOf(m.entries)] :
              m \in msgs}

\* This is Core!Spec. TLC looks first whether any version has changed.
RefinesAntiEntropy == Core!Init /\ [][UNCHANGED Core!vars \/ Core!Next]_vars

(* With opinions it is a join semilattice too, whose elements only grow.   *)

\* What any node knows of an owner, or may still receive.
Existing(o) ==
  {DigestOf(known[n][o]) : n \in Node}
    \cup {DigestOf(m.entries[o]) : m \in {d \in msgs : /\ d.type = "Delta"
                                                       /\ o \in DOMAIN d.entries}}

Semilattice == INSTANCE JoinSemilattice WITH
  Part   <- Node,
  Join   <- Join,
  MayJudge <- LAMBDA x, y : /\ x.gen > 0
                            /\ x.status # y.status /\ y.status \in {"suspect", "dead"}
                            /\ y = [x EXCEPT !.status = y.status],
  Bottom <- DigestOf(Unknown),
  value  <- [n \in Node |-> [o \in Node |-> DigestOf(known[n][o])]],
  made   <- [o \in Node |-> CHOOSE j \in {JoinOf(S) : S \in {Existing(o)}} : TRUE]

RefinesJoinSemilattice == Semilattice!Spec
JoinIsJoin == Semilattice!IsJoin

THEOREM Spec => []TypeOK
THEOREM Spec => []OwnerKnowsBest
THEOREM Spec => [](NoHoles /\ NoValueIsAhead /\ EqualDigestsEqualValues /\ OnlyLeaversHaveLeft)
THEOREM Spec => [](DownKnowsNothing /\ BehindIsLess /\ AgreementIsWhole)
THEOREM Spec => []JoinIsJoin
THEOREM Spec => Grows /\ StartsAfresh /\ OwnValuesStand
THEOREM Spec => RefutesSuspicions /\ LearnsWholeDeltas /\ MessagesAreTrue
THEOREM Spec => []NothingIsForbidden
THEOREM Spec => Convergence
THEOREM Spec => RefinesAntiEntropy /\ RefinesJoinSemilattice
=============================================================================
