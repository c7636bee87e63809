-------------------------- MODULE GenerationClock --------------------------
(***************************************************************************)
(* Generation Clock: each leadership has a number that is greater than all *)
(* before it, and whatever keeps such a number refuses orders that carry a *)
(* smaller one. After Joshi, Patterns of Distributed Systems, ch. 9.       *)
(*                                                                         *)
(* Nodes elect a leader. The leader gives orders to the nodes and writes   *)
(* to an outside resource, the store. Messages are lost, delayed for any   *)
(* time, repeated and reordered: the network keeps all that was ever sent. *)
(* A node may stand still for any time. Nodes and store crash, and find on *)
(* their disk what was durable, or what they were just writing.            *)
(*                                                                         *)
(* To adopt a number is to vote for the candidate that asks with it. A     *)
(* node adopts greater numbers only, so it votes once in each generation   *)
(* and needs no other record of its vote.                                  *)
(*                                                                         *)
(* Left out: when a node stands (HeartBeat), what a leader must know       *)
(* (Leader and Followers), when an order is committed (High-Water Mark),   *)
(* and the sequence of one leader's messages (Single-Socket Channel).      *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets
CONSTANTS
  Node, Store,    \* the store is the outside resource
  Value,
  NoNode, NoValue

ASSUME Store \notin Node /\ NoNode \notin Node /\ NoValue \notin Value
Generation == Nat              \* finite in a model
Holder == Node \cup {Store}    \* whatever keeps a number

VARIABLES
  (* nodes and store *)
  gen,     \* the greatest number that it has adopted
  entry,   \* the last order that it has accepted, or write that it has applied
  disk,    \* what is durable of these two
  (* nodes only; lost in a crash *)
  role,
  voted,   \* the candidate for which it votes in this generation
  votes,   \* the voters of a candidate
  (* the network, which may deliver again what it has delivered before *)
  msgs,
  (* a ghost: the leaderships that there were *)
  led

held == <<gen, entry, disk>>
self == <<role, voted, votes>>
vars == <<gen, entry, disk, role, voted, votes, msgs, led>>

IsMajority(some, members) == 2 * Cardinality(some) > Cardinality(members)
ASSUME MajoritiesMeet ==
  \A members \in SUBSET Node : \A a, b \in SUBSET members :
    IsMajority(a, members) /\ IsMajority(b, members) => a \cap b # {}

NoEntry   == [gen |-> 0, from |-> NoNode, value |-> NoValue]
Memory(x) == [gen |-> gen[x], entry |-> entry[x]]
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* A number is newer if it is greater. An equal one belongs to an election in
\* which the node has voted already, perhaps for another candidate.
IsNewer(own, number) == number > own
\* A number is stale if it is smaller. An equal one is the present leader's.
IsStale(own, number) == number < own
\* A candidate takes a number with which it has never voted.
Raised(own) == own + 1
\* A message mentions what is durable only: a crash must not take it back.
IsPersisted(x) == disk[x] = Memory(x)
\* A vote counts in the election for which it was given, and in no later one.
IsVoteFor(n, m) == m.gen = gen[n]
\* Any two majorities have a node in common, and it votes once.
HasQuorum(voters) == IsMajority(voters, Node)
\* A leader that learns of a newer generation leads no more.
RoleAfterAdopting(n) == "follower"
\* A node accepts orders of its own generation only, however it learned of it.
MayAccept(n, m) == m.gen = gen[n]
\* So does the store with writes: the leader cannot check in its place, because
\* it may be deposed while the write is under way.
MayApply(m) == m.gen = gen[Store]
\* The sender of a stale message learns the number that has replaced its own.
RefusalNumber(x, m) == gen[x]
\* A node begins again with its durable number. Its last entry may have a
\* smaller one, since a vote writes no entry.
StartsAt(kept) == kept.gen
\* The store does the same: the fence outlives the process.
FenceStartsAt(kept) == kept.gen
-----------------------------------------------------------------------------
Init ==
  /\ gen = [x \in Holder |-> 0] /\ entry = [x \in Holder |-> NoEntry]
  /\ disk = [x \in Holder |-> [gen |-> 0, entry |-> NoEntry]]
  /\ role = [n \in Node |-> "follower"]
  /\ voted = [n \in Node |-> NoNode] /\ votes = [n \in Node |-> {}]
  /\ msgs = {} /\ led = {}

IsFor(x, m) ==
  CASE m.type \in {"ask", "beat"} -> x \in Node \ {m.from}
    [] m.type = "order"           -> x \in Node    \* the leader accepts it as well
    [] OTHER                      -> x = m.to

\* A holder that sends changes nothing, and what it says is durable.
Send(x, m) ==
  /\ IsPersisted(x)
  /\ msgs' = msgs \cup {m} /\ UNCHANGED <<held, self, led>>

\* A node has a role, and the store has none.
Becomes(x, newRole, newVoted, newVotes) ==
  IF x = Store THEN UNCHANGED self
  ELSE /\ role' = [role EXCEPT ![x] = newRole]
       /\ voted' = [voted EXCEPT ![x] = newVoted]
       /\ votes' = [votes EXCEPT ![x] = newVotes]

AskOf(n)      == [type |-> "ask", from |-> n, gen |-> gen[n]]
GrantOf(n)    == [type |-> "grant", from |-> n, to |-> voted[n], gen |-> gen[n]]
BeatOf(n)     == [type |-> "beat", from |-> n, gen |-> gen[n]]
OrderOf(n, v) == [type |-> "order", from |-> n, gen |-> gen[n], value |-> v]
WriteOf(n, v) == [type |-> "write", from |-> n, to |-> Store, gen |-> gen[n], value |-> v]
DoneOf(x)     == [type |-> "done", from |-> x, to |-> entry[x].from, gen |-> entry[x].gen,
                  value |-> entry[x].value]
RefusalOf(x, m) == [type |-> "refused", from |-> x, to |-> m.from,
                    gen |-> RefusalNumber(x, m), refused |-> m.gen]

(* An election. *)

Stand(n) ==
  /\ role[n] # "leader"
  /\ Raised(gen[n]) \in Generation
  /\ gen' = [gen EXCEPT ![n] = Raised(@)]
  /\ Becomes(n, "candidate", n, {n})
  /\ UNCHANGED <<entry, disk, msgs, led>>

Ask(n)   == role[n] = "candidate" /\ Send(n, AskOf(n))
Grant(n) == voted[n] \in Node \ {n} /\ Send(n, GrantOf(n))

Count(n, m) ==
  /\ m.type = "grant" /\ m.to = n /\ role[n] = "candidate" /\ IsVoteFor(n, m)
  /\ votes' = [votes EXCEPT ![n] = @ \cup {m.from}]
  /\ UNCHANGED <<held, role, voted, msgs, led>>

Lead(n) ==
  /\ role[n] = "candidate" /\ HasQuorum(votes[n])
  /\ role' = [role EXCEPT ![n] = "leader"]
  /\ led' = led \cup {[gen |-> gen[n], node |-> n]}
  /\ UNCHANGED <<held, voted, votes, msgs>>

(* What a leader sends: heartbeats, orders to the nodes, writes to the store. *)
Beat(n)     == role[n] = "leader" /\ Send(n, BeatOf(n))
Order(n, v) == role[n] = "leader" /\ Send(n, OrderOf(n, v))
Write(n, v) == role[n] = "leader" /\ Send(n, WriteOf(n, v))

(* Any message may bring a newer number. What else it says is looked at afterwards. *)
Adopt(x, m) ==
  /\ IsFor(x, m) /\ IsNewer(gen[x], m.gen)
  /\ gen' = [gen EXCEPT ![x] = m.gen]
  /\ Becomes(x, RoleAfterAdopting(x), IF m.type = "ask" THEN m.from ELSE NoNode, {})
  /\ UNCHANGED <<entry, disk, msgs, led>>

Take(x, m) ==
  /\ entry' = [entry EXCEPT ![x] = [gen |-> m.gen, from |-> m.from, value |-> m.value]]
  /\ UNCHANGED <<gen, disk, self, msgs, led>>

Accept(n, m) == m.type = "order" /\ MayAccept(n, m) /\ Take(n, m)
Apply(m)     == m.type = "write" /\ MayApply(m) /\ Take(Store, m)

Acknowledge(x) == entry[x] # NoEntry /\ Send(x, DoneOf(x))

Refuse(x, m) ==
  /\ m.type \in {"ask", "beat", "order", "write"}
  /\ IsFor(x, m) /\ IsStale(gen[x], m.gen)
  /\ Send(x, RefusalOf(x, m))

\* A flush has returned.
Persist(x) ==
  /\ disk[x] # Memory(x)
  /\ disk' = [disk EXCEPT ![x] = Memory(x)]
  /\ UNCHANGED <<gen, entry, self, msgs, led>>

\* The process ends, and the next one begins. If a flush was under way, it may
\* have come to the disk or not.
Kept(x) == {disk[x], Memory(x)}
Restart(x, kept) ==
  /\ disk' = [disk EXCEPT ![x] = kept] /\ entry' = [entry EXCEPT ![x] = kept.entry]
  /\ gen' = [gen EXCEPT ![x] = IF x = Store THEN FenceStartsAt(kept) ELSE StartsAt(kept)]
  /\ Becomes(x, "follower", NoNode, {})
  /\ UNCHANGED <<msgs, led>>

Next ==
  \/ \E n \in Node :
       \/ Stand(n) \/ Ask(n) \/ Grant(n) \/ Lead(n) \/ Beat(n)
       \/ \E v \in Value : Order(n, v) \/ Write(n, v)
       \/ \E m \in msgs : Count(n, m) \/ Accept(n, m)
  \/ \E m \in msgs : Apply(m)
  \/ \E x \in Holder :
       \/ \E m \in msgs : Adopt(x, m) \/ Refuse(x, m)
       \/ Acknowledge(x) \/ Persist(x)
       \/ \E kept \in Kept(x) : Restart(x, kept)

\* A candidate asks, and leads when it has the votes. A leader sends heartbeats. What
\* arrives is answered in the end, also by a node that crashes again and again, and
\* what is answered arrives.
FairTo(n) ==
  /\ WF_vars(Ask(n)) /\ WF_vars(\E m \in msgs : Count(n, m)) /\ WF_vars(Lead(n))
  /\ WF_vars(Beat(n)) /\ WF_vars(\E m \in msgs : Adopt(n, m))
  /\ SF_vars(\E x \in Node, m \in msgs : m.type = "beat" /\ m.from = n /\ Refuse(x, m))
\* So does the store apply what a leader writes.
FairToStore == WF_vars(\E m \in msgs : Adopt(Store, m)) /\ SF_vars(\E m \in msgs : Apply(m))
Fairness == /\ (\A x \in Holder : WF_vars(Persist(x))) /\ FairToStore
            /\ \A n \in Node : FairTo(n)

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
