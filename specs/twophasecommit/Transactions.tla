---------------------------- MODULE Transactions ----------------------------
(***************************************************************************)
(* What there is in two-phase commit: what each node knows and has in its  *)
(* log, the messages, and the rules. TwoPhaseCommit takes the steps.       *)
(***************************************************************************)
EXTENDS Locking

CONSTANTS
  Age,           \* what a clock may say when a transaction begins
  Key, Value,    \* what a client may touch and write
  Placement,          \* by key: the participant that holds it
  Absent         \* the value of a key that was never written

Coordinator == "tc"
Node        == Participant \cup {Coordinator}

VARIABLES    \* besides those of Locking
  msgs,      \* all messages that were ever sent
  up,        \* the nodes that are running
  incarnation,      \* by node: how often it was started; in its log
  (* the coordinator; its log has these, but for the last, and age *)
  stage,     \* by transaction: how far it is
  keys,      \* by transaction: what it has touched
  complete,  \* the transactions that all know the end of
  driven,    \* the transactions that it has asked the votes for, in this incarnation
  (* the participants; their logs have the store and closed, and of what is
     neither "active" nor "refused" also at, pending and locks *)
  store,     \* by key: the value that everybody sees
  closed,    \* by participant: the number up to which it has forgotten all
  done,      \* by participant and transaction: its last operation done
  (* the clients *)
  client,    \* by transaction: what its client knows of it
  ops,       \* by transaction: how many operations were asked for
  heard,     \* by transaction: how many of them were answered
  seen,      \* by transaction: the incarnation of each participant that it has met
  reads,     \* by transaction: the values it was told, but for its own
  writes     \* by transaction: the values it has asked to be written

operator    == <<policy>>
logged      == <<stage, age, keys, complete>>
coordinator == <<logged, driven>>
held        == <<locks, done, waiting>>
participant == <<at, pending, store, closed, held>>
clients     == <<client, ops, heard, seen, reads, writes>>
vars == <<operator, msgs, up, incarnation, coordinator, participant, clients>>

\* What is not theirs, and not on the network either.
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
Begun(t) == \E m \in msgs : m.type = "Begun" /\ m.t = t

\* What all were told by the coordinator. What a participant in doubt is told is
\* for that one only, because it holds only for who is in doubt.
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

\* Voters are counted, not votes: all who have a part in it must have said yes.
MayCommit(t) == \A p \in Parts(t) : Voted(p, t, "yes")

\* A decision is made once. Whoever gives up waiting looks first.
MayAbort(t) == Undecided(t)

\* The decision is in the log before anybody hears of it.
MayTell(t) == Decided(t)

\* What a coordinator finds undecided in its log it aborts: nobody else can
\* end it, and it does not know whom it has asked.
MustAbort(t) == Undecided(t)

\* A decision may be forgotten when nobody is left who would ask. Of what it
\* does not know, a coordinator says that it was aborted.
MayForget(t) == stage[t] = "aborted" \/ \A p \in Parts(t) : Acked(p, t)

\* What is closed all may forget. So it is over for the coordinator, which has
\* no question about it any more.
MayClose(n) == \A t \in Transaction : Number[t] <= n => t \in complete

\* Who has forgotten a transaction knows its number still, and takes nothing
\* that comes late for the beginning of a new one.
IsOpen(p, t) == Number[t] > closed[p]

\* A vote is a promise: it is given when everything is locked and in the log.
MayVote(p, t) == at[p][t] = "prepared"

\* A participant promises only for what it has had in one incarnation. What a
\* transaction did here before a crash is gone, and nobody kept its locks.
IsWhole(p, m) == m.incarnation = incarnation[p]

\* A participant that has started again has the locks of what is prepared.
Restored(p, t) == IF at[p][t] = "prepared" THEN locks[p][t] ELSE {}

\* An operation that comes again, or late, is not done again.
IsNew(p, t, n) == n > done[p][t]

\* What was promised is not given up, however long it takes.
MayGiveUp(p, t) == at[p][t] = "active"

\* A client that has asked to commit has given the choice away, whether it
\* gets an answer or not.
MayRollBack(t) == client[t] = "open"

-----------------------------------------------------------------------------
\* What a transaction wants that is asked to prepare, or to read.
ToPrepare(p, t) == [read |-> {}, write |-> DOMAIN pending[p][t]]
ToRead(key)     == [read |-> {key}, write |-> {}]

Message(type, t, n) == {m \in msgs : m.type = type /\ m.t = t /\ m.n = n}
AskedToPrepare(p, t) ==
  {m \in msgs : m.type = "Prepare" /\ m.t = t /\ m.p = p}

\* What transaction t now asks participant p for, if it needs locks for it.
Wants(p, t) ==
  IF at[p][t] = "active" /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m)
  THEN {ToPrepare(p, t)}
  ELSE {ToRead(m.key) : m \in
         {m \in msgs : /\ m.type = "Get" /\ m.t = t /\ Placement[m.key] = p
                       /\ at[p][t] \in {"none", "active"}
                       /\ IsOpen(p, t) /\ IsNew(p, t, m.n)}}
=============================================================================
