----------------------------- MODULE Leadership -----------------------------
(***************************************************************************)
(* What must hold of GenerationClock.                                      *)
(***************************************************************************)
EXTENDS GenerationClock

Entry == [gen : Generation, from : Node, value : Value] \cup {NoEntry}
Named == {"ask", "grant", "beat", "order", "write", "done", "refused"}

TypeOK ==
  /\ gen \in [Holder -> Generation] /\ entry \in [Holder -> Entry]
  /\ disk \in [Holder -> [gen : Generation, entry : Entry]]
  /\ role \in [Node -> {"follower", "candidate", "leader"}]
  /\ voted \in [Node -> Node \cup {NoNode}] /\ votes \in [Node -> SUBSET Node]
  /\ \A m \in msgs :
       /\ m.type \in Named /\ m.gen \in Generation \ {0}
       /\ m.from \in IF m.type \in {"done", "refused"} THEN Holder ELSE Node
       /\ m.type \in {"grant", "done", "refused"} => m.to \in Node
  /\ led \subseteq [gen : Generation, node : Node]

\* A candidate and a leader vote for themselves, and a follower has no votes.
RoleFitsVotes ==
  \A n \in Node : IF role[n] = "follower" THEN votes[n] = {}
                  ELSE voted[n] = n /\ n \in votes[n] /\ gen[n] > 0

\* In each generation one node leads at most, and it was elected.
UniqueLeaderPerGeneration ==
  /\ \A a, b \in led : a.gen = b.gen => a = b
  /\ \A n \in Node : role[n] = "leader" => [gen |-> gen[n], node |-> n] \in led

Sent(type, from, number) ==
  {m \in msgs : m.type = type /\ m.from = from /\ m.gen = number}

\* A node votes once in each generation, for another node that has asked for it.
VotesOnce ==
  \A m \in msgs : m.type = "grant" =>
    /\ m.to # m.from /\ Sent("ask", m.to, m.gen) # {}
    /\ \A other \in Sent("grant", m.from, m.gen) : other.to = m.to

\* A leader had the votes of a majority, its own among them, which were all sent.
LeadersHadVotes ==
  \A a \in led :
    Cardinality({a.node} \cup {n \in Node : \E m \in Sent("grant", n, a.gen) : m.to = a.node})
      > Cardinality(Node) \div 2

\* Only elected leaders give orders, and only what they have sent is obeyed and
\* acknowledged.
OrdersComeFromLeaders ==
  \A m \in msgs : m.type \in {"beat", "order", "write"} =>
    [gen |-> m.gen, node |-> m.from] \in led
EntriesComeFromLeaders ==
  \A x \in Holder : entry[x] # NoEntry =>
    \E m \in Sent(IF x = Store THEN "write" ELSE "order", entry[x].from, entry[x].gen) :
      m.value = entry[x].value
AcknowledgedWasSent ==
  \A m \in msgs : m.type = "done" =>
    \E order \in Sent(IF m.from = Store THEN "write" ELSE "order", m.to, m.gen) :
      order.value = m.value

\* No crash takes back a number that was sent, nor an entry that was acknowledged.
AcknowledgedIsKept ==
  \A m \in msgs : m.type = "done" => m.gen <= disk[m.from].entry.gen
WordIsKept == AcknowledgedIsKept /\ \A m \in msgs : m.gen <= gen[m.from]

\* A refusal names a greater number than the one that it refuses, to the node that has
\* sent that.
RefusalsTeach ==
  \A m \in msgs : m.type = "refused" =>
    /\ m.gen > m.refused
    /\ \E stale \in msgs : stale.from = m.to /\ stale.gen = m.refused

\* A leader is refused only where a newer number is known.
PresentLeaderIsObeyed ==
  \A m \in msgs, n \in Node :
    m.type = "refused" /\ m.to = n /\ role[n] = "leader" /\ m.refused = gen[n] =>
      gen[m.from] > gen[n]

\* A node asks as long as it votes for itself.
AsksForItself == [][\A m \in msgs' \ msgs : m.type = "ask" => voted[m.from] = m.from]_vars

\* Durable numbers never fall. Once a number is durable, no order of an earlier
\* leader becomes so.
OldOrdersStop ==
  [][\A x \in Holder :
       /\ disk'[x].gen >= disk[x].gen
       /\ disk'[x].entry # disk[x].entry => disk'[x].entry.gen >= disk[x].gen]_vars

\* A leader that another node has left behind does not lead for ever.
Deposed(n) == role[n] = "leader" /\ \E x \in Node : disk[x].gen > gen[n]
DeposedFollows == \A n \in Node : Deposed(n) ~> role[n] # "leader"

\* A candidate asks, and leads when a majority has voted for it, unless it is a candidate
\* no longer. A number or entry in memory becomes durable.
Stands(n, number) == role[n] = "candidate" /\ gen[n] = number
CandidateAsks ==
  \A n \in Node, number \in Generation :
    Stands(n, number) ~> ~Stands(n, number) \/ Sent("ask", n, number) # {}
Elected(n, number) ==
  Stands(n, number) /\ \E voters \in SUBSET Node :
    /\ 2 * (Cardinality(voters) + 1) > Cardinality(Node)
    /\ \A v \in voters : v # n /\ \E m \in Sent("grant", v, number) : m.to = n
ElectedLeads ==
  \A n \in Node, number \in Generation : Elected(n, number) ~> ~Stands(n, number)
BecomesDurable == \A x \in Holder : []<>(disk[x] = Memory(x))

\* The store applies a write, unless it has come to know a newer leader's number.
Due(number) == gen[Store] <= number /\ \E m \in msgs : m.type = "write" /\ m.gen = number
WritesAreApplied ==
  \A number \in Generation : Due(number) ~> gen[Store] > number \/ entry[Store].gen = number

\* An observer says that nothing is left to do: what is kept is durable, no election is open,
\* no leader is left behind, and no write waits. It is a part of Steps, and not of Next.
End ==
  /\ \A x \in Holder : disk[x] = Memory(x)
  /\ \A n \in Node : role[n] # "candidate" /\ ~Deposed(n)
  /\ \A m \in msgs : m.type = "write" => gen[Store] > m.gen \/ entry[Store].gen = m.gen
  /\ UNCHANGED vars

\* To the store, all this is a register of the highest token.
Fence == INSTANCE FencingToken WITH
  Token <- Generation, token <- disk[Store].gen, last <- disk[Store].entry.gen
RefinesFencingToken == Fence!Spec

THEOREM Spec => [](TypeOK /\ RoleFitsVotes /\ UniqueLeaderPerGeneration /\ VotesOnce)
THEOREM Spec => [](LeadersHadVotes /\ OrdersComeFromLeaders /\ EntriesComeFromLeaders)
THEOREM Spec => [](AcknowledgedWasSent /\ WordIsKept /\ RefusalsTeach)
THEOREM Spec => []PresentLeaderIsObeyed
THEOREM Spec => AsksForItself /\ OldOrdersStop /\ RefinesFencingToken
\* GenerationClock.cfg checks these of n1 only, where n names a node: N1Follows.
THEOREM Spec => DeposedFollows /\ CandidateAsks /\ ElectedLeads
THEOREM Spec => BecomesDurable /\ WritesAreApplied
=============================================================================
