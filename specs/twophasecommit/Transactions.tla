---------------------------- MODULE Transactions ----------------------------
(***************************************************************************)
(* The state of two-phase commit: what each node knows and has in its log, *)
(* the messages, and the rules. Clients, Coordination and Participation    *)
(* take the steps.                                                         *)
(***************************************************************************)
EXTENDS Locking

CONSTANTS
  Age,           \* what a clock may say when a transaction begins
  Key, Value,    \* what a client may touch and write
  Placement,     \* by key: the participant that holds it
  Absent         \* the value of a key that was never written

Coordinator == "tc"
Node        == Participant \cup {Coordinator}

VARIABLES      \* besides those of Locking
  up,          \* the nodes that are running
  incarnation, \* by node: how often it was started; in its log
  (* the coordinator; its log has all of these, except driven *)
  stage,       \* by transaction: how far it is
  age,         \* by transaction: its age; less is older
  keys,        \* by transaction: what it has touched
  complete,    \* the transactions whose decision is forgotten
  driven,      \* the transactions that it has asked the votes for, in this incarnation
  (* the participants; their logs have the store and closed, and of what is
     neither "active" nor "refused" also at, pending and locks *)
  store,       \* by key: its committed value
  closed,      \* by participant: the number up to which it has forgotten all
  done,        \* by participant and transaction: its last operation done
  (* the clients *)
  client,      \* by transaction: what its client knows of it
  ops,         \* by transaction: how many operations were asked for
  heard,       \* by transaction: how many of them were answered
  seen,        \* by transaction: the incarnation of each participant that it has met
  reads,       \* by transaction: the values it was told, except its own
  writes       \* by transaction: the values it has asked to be written

operator    == <<policy>>
logged      == <<stage, age, keys, complete>>
coordinator == <<logged, driven>>
held        == <<locks, done, waiting>>
participant == <<at, pending, store, closed, held>>
clients     == <<client, ops, heard, seen, reads, writes>>
vars == <<operator, msgs, up, incarnation, coordinator, participant, clients>>

\* All except msgs and their own.
besideCoordinator == <<operator, up, incarnation, participant, clients>>
besideParticipant == <<operator, up, incarnation, coordinator, clients>>

Send(m)     == msgs' = msgs \cup {m}
SendAll(ms) == msgs' = msgs \cup ms

Nothing      == [key \in {} |-> Absent]
With(f, k, v) == [x \in DOMAIN f \cup {k} |-> IF x = k THEN v ELSE f[x]]

Voted(p, t, vote) ==
  \E m \in msgs : m.type = "Vote" /\ m.t = t /\ m.p = p /\ m.vote = vote
Acked(p, t) == \E m \in msgs : m.type = "Ack" /\ m.t = t /\ m.p = p
Asked(p, t) == \E m \in msgs : m.type = "Inquiry" /\ m.t = t /\ m.p = p
Begun(t) == {m \in msgs : m.type = "Begun" /\ m.t = t}

\* The decision that all were told; and one that only a participant in doubt was told,
\* because it is presumed.
Told(t, outcome) ==
  \E m \in msgs : /\ m.type = "Decision" /\ m.t = t /\ m.p = "all"
                  /\ m.outcome = outcome
ToldTo(p, t, outcome) ==
  \E m \in msgs : /\ m.type = "Decision" /\ m.t = t /\ m.p \in {"all", p}
                  /\ m.outcome = outcome

Undecided(t) == stage[t] \in {"begun", "preparing"}
Decided(t)   == stage[t] \in {"committed", "aborted"}
Parts(t)   == {Placement[k] : k \in DOMAIN keys[t]}

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* Voters are counted, not votes: all participants must have voted yes.
MayCommit(t) == \A p \in Parts(t) : Voted(p, t, "yes")

\* A decision is made once: a time-out looks at the state first.
MayAbort(t) == Undecided(t)

\* The decision is in the log before it is sent.
MayTell(t) == Decided(t)

\* A coordinator aborts what it finds undecided in its log: no other node can end it,
\* and the votes are lost.
MustAbort(t) == Undecided(t)

\* A decision may be forgotten when no participant will inquire about it. A coordinator
\* presumes that a transaction that it has forgotten was aborted.
MayForget(t) == stage[t] = "aborted" \/ \A p \in Parts(t) : Acked(p, t)

\* Participants may forget what is closed. So the coordinator must be done with it.
MayClose(n) == \A t \in Transaction : Number[t] <= n => t \in complete

\* A participant knows up to which number it has forgotten all, so that no late message
\* is taken for the beginning of a new transaction.
IsOpen(p, t) == Number[t] > closed[p]

\* A vote is a promise: it is given when all keys are locked and the log has it.
MayVote(p, t) == at[p][t] = "prepared"

\* A participant promises only what it has had in one incarnation. A crash takes the
\* writes and the locks of a transaction that was not promised.
IsWhole(p, m) == m.incarnation = incarnation[p]

\* After a start, a participant has the locks of all prepared transactions.
Restored(p, t) == IF at[p][t] = "prepared" THEN locks[p][t] ELSE {}

\* An operation that comes again, or late, is not done again.
IsNew(p, t, n) == n > done[p][t]

\* A promised transaction is not given up, however long it takes.
MayGiveUp(p, t) == at[p][t] = "active"

\* A client that has asked to commit cannot roll back, whether it gets an answer or
\* not.
MayRollBack(t) == client[t] = "open"

-----------------------------------------------------------------------------
\* The locks that a transaction needs to prepare, or to read.
ToPrepare(p, t) == [read |-> {}, write |-> DOMAIN pending[p][t]]
ToRead(key)     == [read |-> {key}, write |-> {}]

Message(type, t, n) == {m \in msgs : m.type = type /\ m.t = t /\ m.n = n}
AskedToPrepare(p, t) ==
  {m \in msgs : m.type = "Prepare" /\ m.t = t /\ m.p = p}

\* The locks that transaction t now wants at participant p.
Wants(p, t) ==
  IF at[p][t] = "active" /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m)
  THEN {ToPrepare(p, t)}
  ELSE {ToRead(m.key) : m \in
         {m \in msgs : /\ m.type = "Get" /\ m.t = t /\ m.p = p
                       /\ at[p][t] \in {"none", "active"}
                       /\ IsOpen(p, t) /\ IsNew(p, t, m.n)}}

-----------------------------------------------------------------------------
\* There was no transaction yet.
NothingBegun ==
  /\ msgs = {}
  /\ stage = [t \in Transaction |-> "none"]
  /\ age = [t \in Transaction |-> 0]
  /\ keys = [t \in Transaction |-> Nothing]
  /\ complete = {} /\ driven = {}
  /\ at = [p \in Participant |-> [t \in Transaction |-> "none"]]
  /\ pending = [p \in Participant |-> [t \in Transaction |-> Nothing]]
  /\ store = [k \in Key |-> Absent]
  /\ closed = [p \in Participant |-> 0]
  /\ locks = [p \in Participant |-> [t \in Transaction |-> {}]]
  /\ done = [p \in Participant |-> [t \in Transaction |-> 0]]
  /\ waiting = [p \in Participant |-> [t \in Transaction |-> NoLocks]]
  /\ client = [t \in Transaction |-> "open"]
  /\ ops = [t \in Transaction |-> 0] /\ heard = ops
  /\ seen = [t \in Transaction |-> Nothing]
  /\ reads = seen /\ writes = seen

Init ==
  /\ policy = "none" /\ up = {} /\ incarnation = [n \in Node |-> 0]
  /\ NothingBegun

IsMap(f, keyset, S) == DOMAIN f \subseteq keyset /\ \A k \in DOMAIN f : f[k] \in S

\* Each message about a transaction names it as t, and its participant as p.
IsMessage(m) ==
  CASE m.type = "Begun" -> m.t \in Transaction /\ m.age \in Age
    [] m.type \in {"Get", "Put"} ->
         /\ m.t \in Transaction /\ m.age \in Age /\ m.n \in Nat
         /\ m.key \in Key /\ m.p = Placement[m.key]
         /\ m.value \in Value \cup {Absent} /\ (m.value = Absent <=> m.type = "Get")
    [] m.type = "Done" -> /\ m.t \in Transaction /\ m.n \in Nat /\ m.p \in Participant
                          /\ m.incarnation \in Nat /\ m.key \in Key
                          /\ m.value \in Value \cup {Absent}
    [] m.type = "AskCommit" -> m.t \in Transaction /\ IsMap(m.keys, Key, Nat)
    [] m.type = "Prepare" -> /\ m.t \in Transaction /\ m.age \in Age
                             /\ m.p \in Participant /\ m.incarnation \in Nat
    [] m.type = "Vote" -> /\ m.t \in Transaction /\ m.p \in Participant
                          /\ m.vote \in {"yes", "no"}
    [] m.type = "Decision" -> /\ m.t \in Transaction
                              /\ m.p \in Participant \cup {"all"}
                              /\ m.outcome \in {"committed", "aborted"}
    [] m.type = "Closed" -> m.n \in Nat
    [] m.type \in {"Ack", "Inquiry"} -> m.t \in Transaction /\ m.p \in Participant

TypeOK ==
  /\ policy \in Policy \cup {"none"} /\ up \subseteq Node
  /\ incarnation \in [Node -> Nat]
  /\ \A m \in msgs : IsMessage(m)
  /\ stage \in [Transaction ->
                  {"none", "begun", "preparing", "committed", "aborted"}]
  /\ age \in [Transaction -> Age \cup {0}]
  /\ complete \subseteq {t \in Transaction : Decided(t)}
  /\ driven \subseteq Transaction
  /\ at \in [Participant -> [Transaction ->
               {"none", "active", "refused", "prepared", "committed", "aborted"}]]
  /\ locks \in [Participant -> [Transaction -> SUBSET Key]]
  /\ done \in [Participant -> [Transaction -> Nat]]
  /\ closed \in [Participant -> Nat]
  /\ store \in [Key -> Value \cup {Absent}]
  /\ client \in [Transaction -> {"open", "asked", "committed", "aborted"}]
  /\ ops \in [Transaction -> Nat] /\ heard \in [Transaction -> Nat]
  /\ \A t \in Transaction :
       /\ IsMap(keys[t], Key, Nat) /\ IsMap(seen[t], Participant, Nat)
       /\ IsMap(reads[t], Key, Value \cup {Absent}) /\ IsMap(writes[t], Key, Value)
       /\ heard[t] <= ops[t]
       /\ \A p \in Participant :
            /\ IsMap(pending[p][t], Key, Value)
            /\ \A k \in DOMAIN pending[p][t] \cup locks[p][t] : Placement[k] = p
            /\ waiting[p][t].read \subseteq Key /\ waiting[p][t].write \subseteq Key
            /\ at[p][t] = "none" => done[p][t] = 0
=============================================================================
