--------------------------- MODULE TwoPhaseCommit ---------------------------
(***************************************************************************)
(* Two-Phase Commit: a transaction changes keys on several nodes together  *)
(* or not at all. First every participant promises that it can, then the   *)
(* coordinator decides, then they do it. After Joshi, Patterns of          *)
(* Distributed Systems, ch. 21.                                            *)
(*                                                                         *)
(* Here are the messages (any may be lost, late, repeated or overtaken),   *)
(* crashes of all nodes, and what each has in its log; Locking has the     *)
(* locks, and what is done about conflicts. A client may stop at any       *)
(* point; that needs no step. Each step that changes what is in a log is   *)
(* one entry of that node's write-ahead log, flushed before the step       *)
(* counts: see specs/writeaheadlog. Left out: the time, values that are    *)
(* read at a timestamp, replicas, and keys that move to another node.      *)
(***************************************************************************)
EXTENDS Locking

CONSTANTS
  Age,           \* what a clock may say when a transaction begins
  Key, Value,    \* what a client may touch and write
  Home,          \* by key: the participant that holds it
  Absent         \* the value of a key that was never written

Coordinator == "tc"
Node        == Participant \cup {Coordinator}

VARIABLES    \* besides those of Locking
  msgs,      \* all messages that were ever sent
  up,        \* the nodes that are running
  life,      \* by node: how often it was started; in its log
  (* the coordinator; its log has these, but for the last, and age *)
  stage,     \* by transaction: how far it is
  keys,      \* by transaction: what it has touched
  complete,  \* the transactions that all know the end of
  driven,    \* the transactions that it has asked the votes for, in this life
  (* the participants; their logs have the store, and of what is neither
     "active" nor "refused" also at, pending and locks *)
  store,     \* by key: the value that everybody sees
  done,      \* by participant and transaction: its last operation done
  (* the clients *)
  client,    \* by transaction: what its client knows of it
  ops,       \* by transaction: how many operations were asked for
  heard,     \* by transaction: how many of them were answered
  seen,      \* by transaction: the life of each participant that it has met
  reads,     \* by transaction: the values it was told, but for its own
  writes     \* by transaction: the values it has asked to be written

operator    == <<policy>>
logged      == <<stage, age, keys, complete>>
coordinator == <<logged, driven>>
held        == <<locks, done, waiting>>
participant == <<at, pending, store, held>>
clients     == <<client, ops, heard, seen, reads, writes>>
vars == <<operator, msgs, up, life, coordinator, participant, clients>>

Send(m)     == msgs' = msgs \cup {m}
SendAll(ms) == msgs' = msgs \cup ms

Nothing      == [key \in {} |-> Absent]
With(f, k, v) == [x \in DOMAIN f \cup {k} |-> IF x = k THEN v ELSE f[x]]

Voted(p, t, vote) ==
  \E m \in msgs : m.type = "Vote" /\ m.t = t /\ m.p = p /\ m.vote = vote
Acked(p, t) == \E m \in msgs : m.type = "Ack" /\ m.t = t /\ m.p = p

Undecided(t) == stage[t] \in {"begun", "preparing"}
Decided(t)   == stage[t] \in {"committed", "aborted"}
Parts(t)   == {Home[k] : k \in DOMAIN keys[t]}

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

\* A vote is a promise: it is given when everything is locked and in the log.
MayVote(p, t) == at[p][t] = "prepared"

\* A participant promises only for what it has had in one life. What a
\* transaction did here before a crash is gone, and nobody kept its locks.
IsWhole(p, m) == m.life = life[p]

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
         {m \in msgs : /\ m.type = "Get" /\ m.t = t /\ Home[m.key] = p
                       /\ at[p][t] \in {"none", "active"}
                       /\ IsNew(p, t, m.n)}}

-----------------------------------------------------------------------------
(* Start, stop, crash.                                                     *)

Init ==
  /\ policy = "none" /\ msgs = {} /\ up = {}
  /\ life = [n \in Node |-> 0]
  /\ stage = [t \in Transaction |-> "none"]
  /\ age = [t \in Transaction |-> 0]
  /\ keys = [t \in Transaction |-> Nothing]
  /\ complete = {} /\ driven = {}
  /\ at = [p \in Participant |-> [t \in Transaction |-> "none"]]
  /\ pending = [p \in Participant |-> [t \in Transaction |-> Nothing]]
  /\ store = [k \in Key |-> Absent]
  /\ locks = [p \in Participant |-> [t \in Transaction |-> {}]]
  /\ done = [p \in Participant |-> [t \in Transaction |-> 0]]
  /\ waiting = [p \in Participant |-> [t \in Transaction |-> NoLocks]]
  /\ client = [t \in Transaction |-> "open"]
  /\ ops = [t \in Transaction |-> 0] /\ heard = ops
  /\ seen = [t \in Transaction |-> Nothing]
  /\ reads = seen /\ writes = seen

\* Whoever runs all this chooses, before anything else.
Configure(choice) ==
  /\ policy = "none"
  /\ policy' = choice
  /\ UNCHANGED <<msgs, up, life, coordinator, participant, clients>>

\* A node starts, and reads its log. The coordinator aborts what it finds
\* undecided; a participant has what is in its log, and nothing else.
Recover(node) ==
  /\ policy # "none"
  /\ node \notin up
  /\ up' = up \cup {node}
  /\ life' = [life EXCEPT ![node] = @ + 1]
  /\ IF node = Coordinator
       THEN /\ stage' = [t \in Transaction |->
                           IF MustAbort(t) THEN "aborted" ELSE stage[t]]
            /\ UNCHANGED locks
       ELSE /\ locks' = [locks EXCEPT ![node] =
                           [t \in Transaction |-> Restored(node, t)]]
            /\ UNCHANGED stage
  /\ UNCHANGED <<operator, msgs, age, keys, complete, driven, at, pending,
                 store, done, waiting, clients>>

\* What a node had in memory only is gone. The locks of what is prepared are
\* in the log; it is up to the next start to have them again.
Forgets(p, t) == at[p][t] \in {"active", "refused"}

Crash(node) ==
  /\ node \in up
  /\ up' = up \ {node}
  /\ IF node = Coordinator
       THEN /\ driven' = {}
            /\ UNCHANGED participant
       ELSE /\ at' = [at EXCEPT ![node] = [t \in Transaction |->
                        IF Forgets(node, t) THEN "none" ELSE at[node][t]]]
            /\ pending' = [pending EXCEPT ![node] = [t \in Transaction |->
                 IF Forgets(node, t) THEN Nothing ELSE pending[node][t]]]
            /\ locks' = [locks EXCEPT ![node] = [t \in Transaction |->
                 IF Forgets(node, t) THEN {} ELSE locks[node][t]]]
            /\ done' = [done EXCEPT ![node] = [t \in Transaction |-> 0]]
            /\ waiting' = [waiting EXCEPT ![node] =
                             [t \in Transaction |-> NoLocks]]
            /\ UNCHANGED <<store, driven>>
  /\ UNCHANGED <<operator, msgs, life, logged, clients>>

-----------------------------------------------------------------------------
(* Clients. Each has one transaction, and asks for one thing at a time.    *)

Begun(t) == \E m \in msgs : m.type = "Begun" /\ m.t = t

Operate(t, type, key, value) ==
  /\ client[t] = "open" /\ Begun(t) /\ heard[t] = ops[t]
  /\ ops' = [ops EXCEPT ![t] = @ + 1]
  /\ Send([type |-> type, t |-> t, n |-> ops[t] + 1, key |-> key,
           value |-> value])
  /\ UNCHANGED <<operator, up, life, coordinator, participant, client, heard,
                 seen, reads>>

Get(t, key) == Operate(t, "Get", key, Absent) /\ UNCHANGED writes

Put(t, key, value) ==
  /\ Operate(t, "Put", key, value)
  /\ writes' = [writes EXCEPT ![t] = With(@, key, value)]

\* The answer to its operation. It remembers whom it has met, and what it was
\* told that does not come from itself.
Hear(t, m) ==
  /\ client[t] = "open" /\ m.n = ops[t] /\ heard[t] < m.n
  /\ heard' = [heard EXCEPT ![t] = m.n]
  /\ seen' = IF m.p \in DOMAIN seen[t] THEN seen
             ELSE [seen EXCEPT ![t] = With(@, m.p, m.life)]
  /\ reads' = IF m.key \in DOMAIN writes[t] \cup DOMAIN reads[t] THEN reads
              ELSE [reads EXCEPT ![t] = With(@, m.key, m.value)]
  /\ UNCHANGED <<operator, msgs, up, life, coordinator, participant, client,
                 ops, writes>>

AskCommit(t) ==
  /\ client[t] = "open" /\ Begun(t) /\ heard[t] = ops[t]
  /\ client' = [client EXCEPT ![t] = "asked"]
  /\ Send([type |-> "AskCommit", t |-> t,
           keys |-> [k \in DOMAIN reads[t] \cup DOMAIN writes[t] |->
                       seen[t][Home[k]]]])
  /\ UNCHANGED <<operator, up, life, coordinator, participant, ops, heard,
                 seen, reads, writes>>

\* The client gives up, and says that nothing was done.
RollBack(t) ==
  /\ MayRollBack(t) /\ Begun(t)
  /\ client' = [client EXCEPT ![t] = "aborted"]
  /\ UNCHANGED <<operator, msgs, up, life, coordinator, participant, ops,
                 heard, seen, reads, writes>>

\* What it was told by the coordinator; what a participant in doubt is told,
\* is for that one only, because it holds only for who is in doubt.
Told(t, outcome) ==
  \E m \in msgs : /\ m.type = "Decision" /\ m.t = t /\ m.p = "all"
                  /\ m.outcome = outcome

\* It hears what was decided.
Learn(t, outcome) ==
  /\ client[t] \in {"open", "asked"}
  /\ Told(t, outcome)
  /\ client' = [client EXCEPT ![t] = outcome]
  /\ UNCHANGED <<operator, msgs, up, life, coordinator, participant, ops,
                 heard, seen, reads, writes>>

-----------------------------------------------------------------------------
(* The coordinator.                                                        *)

Coordinates == Coordinator \in up /\ UNCHANGED <<operator, up, life, participant, clients>>

\* A transaction gets its number, in turn, and its age: that of the clock, or,
\* if it is tried again, that of the first time.
Begin(t, a) ==
  /\ Coordinates
  /\ stage[t] = "none"
  /\ \A u \in Transaction : Number[u] < Number[t] => stage[u] # "none"
  /\ stage' = [stage EXCEPT ![t] = "begun"]
  /\ age' = [age EXCEPT ![t] = a]
  /\ Send([type |-> "Begun", t |-> t])
  /\ UNCHANGED <<keys, complete, driven>>

\* A client asks to commit. What it has touched goes into the log, and all who
\* hold some of it are asked for their vote.
StartPrepare(t) ==
  /\ Coordinates
  /\ stage[t] = "begun"
  /\ \E m \in msgs :
       /\ m.type = "AskCommit" /\ m.t = t
       /\ stage' = [stage EXCEPT ![t] = "preparing"]
       /\ keys' = [keys EXCEPT ![t] = m.keys]
       /\ driven' = driven \cup {t}
       /\ SendAll({[type |-> "Prepare", t |-> t, p |-> Home[k],
                    life |-> m.keys[k]] : k \in DOMAIN m.keys})
  /\ UNCHANGED <<age, complete>>

Commit(t) ==
  /\ Coordinates
  /\ stage[t] = "preparing" /\ t \in driven
  /\ MayCommit(t)
  /\ stage' = [stage EXCEPT ![t] = "committed"]
  /\ UNCHANGED <<msgs, age, keys, complete, driven>>

\* Somebody voted no, the client gave up, or it took too long.
Abort(t) ==
  /\ Coordinates
  /\ MayAbort(t)
  /\ stage' = [stage EXCEPT ![t] = "aborted"]
  /\ UNCHANGED <<msgs, age, keys, complete, driven>>

\* All hear the decision, the client too. An aborted one cannot be told before.
Tell(t) ==
  /\ Coordinates
  /\ t \notin complete
  /\ MayTell(t)
  /\ Send([type |-> "Decision", t |-> t, p |-> "all",
           outcome |-> IF stage[t] = "aborted" THEN "aborted" ELSE "committed"])
  /\ UNCHANGED coordinator

Complete(t) ==
  /\ Coordinates
  /\ Decided(t) /\ t \notin complete
  /\ MayForget(t)
  /\ complete' = complete \cup {t}
  /\ UNCHANGED <<msgs, stage, age, keys, driven>>

\* A participant in doubt asks. If the decision is known, Tell is the answer;
\* if it is forgotten, this.
Answer(t, p) ==
  /\ Coordinates
  /\ t \in complete
  /\ Send([type |-> "Decision", t |-> t, p |-> p, outcome |-> "aborted"])
  /\ UNCHANGED coordinator

-----------------------------------------------------------------------------
(* A participant.                                                          *)

Participates(p) == p \in up /\ UNCHANGED <<operator, up, life, coordinator, clients>>

\* An operation is done. It is answered, with what a reader sees.
Operated(p, m, value) ==
  /\ at' = [at EXCEPT ![p][m.t] = "active"]
  /\ done' = [done EXCEPT ![p][m.t] = m.n]
  /\ Send([type |-> "Done", t |-> m.t, n |-> m.n, p |-> p, life |-> life[p],
           key |-> m.key, value |-> value])

Read(p, t, n) ==
  /\ Participates(p)
  /\ at[p][t] \in {"none", "active"} /\ IsNew(p, t, n)
  /\ \E m \in Message("Get", t, n) :
       /\ Home[m.key] = p
       /\ Obstacles(p, t, ToRead(m.key)) = {}
       /\ locks' = [locks EXCEPT ![p][t] = @ \cup {m.key}]
       /\ Operated(p, m, IF m.key \in DOMAIN pending[p][t]
                           THEN pending[p][t][m.key] ELSE store[m.key])
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<pending, store>>

Write(p, t, n) ==
  /\ Participates(p)
  /\ at[p][t] \in {"none", "active"} /\ IsNew(p, t, n)
  /\ \E m \in Message("Put", t, n) :
       /\ Home[m.key] = p
       /\ pending' = [pending EXCEPT ![p][t] = With(@, m.key, m.value)]
       /\ Operated(p, m, m.value)
  /\ UNCHANGED <<store, locks, waiting>>

\* Everything is locked, and what was promised is in the log.
Prepare(p, t) ==
  /\ Participates(p)
  /\ at[p][t] = "active"
  /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m)
  /\ Obstacles(p, t, ToPrepare(p, t)) = {}
  /\ at' = [at EXCEPT ![p][t] = "prepared"]
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<msgs, pending, store, locks, done>>

Vote(p, t) ==
  /\ Participates(p)
  /\ AskedToPrepare(p, t) # {}
  /\ MayVote(p, t)
  /\ Send([type |-> "Vote", t |-> t, p |-> p, vote |-> "yes"])
  /\ UNCHANGED participant

\* All that a transaction has here is given up, before it was promised.
Dropped(p, t) ==
  /\ at' = [at EXCEPT ![p][t] = "refused"]
  /\ pending' = [pending EXCEPT ![p][t] = Nothing]
  /\ locks' = [locks EXCEPT ![p][t] = {}]
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<store, done>>

\* It cannot promise what it does not have, and votes no.
Refuse(p, t) ==
  /\ Participates(p)
  /\ at[p][t] \in {"none", "active", "refused"}
  /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m) => at[p][t] # "active"
  /\ Dropped(p, t)
  /\ Send([type |-> "Vote", t |-> t, p |-> p, vote |-> "no"])

\* The locks are not free, and it may wait for all who are in its way.
Wait(p, t) ==
  /\ Participates(p)
  /\ \E want \in Wants(p, t) :
       /\ waiting[p][t] # want
       /\ Obstacles(p, t, want) # {}
       /\ \A u \in Obstacles(p, t, want) :
            MayWaitFor(p, t, u, want.write # {})
       /\ waiting' = [waiting EXCEPT ![p][t] = want]
  /\ at' = [at EXCEPT ![p][t] = "active"]
  /\ UNCHANGED <<msgs, pending, store, locks, done>>

\* An older transaction sends a younger one away that is in its way.
Wound(p, t, u) ==
  /\ Participates(p)
  /\ \E want \in Wants(p, t) : u \in Obstacles(p, t, want)
  /\ MayWound(p, t, u)
  /\ Dropped(p, u)
  /\ UNCHANGED msgs

\* Somebody is in its way for whom it may not wait, and whom it cannot send
\* away.
Die(p, t) ==
  /\ Participates(p)
  /\ \E want \in Wants(p, t) :
       \E u \in Obstacles(p, t, want) :
         /\ ~MayWaitFor(p, t, u, want.write # {})
         /\ ~MayWound(p, t, u)
  /\ Dropped(p, t)
  /\ UNCHANGED msgs

\* The client has not been heard of for long, and nothing was promised.
GiveUp(p, t) ==
  /\ Participates(p)
  /\ MayGiveUp(p, t)
  /\ Dropped(p, t)
  /\ UNCHANGED msgs

\* It is bound by a promise and has heard nothing. It may only ask.
Inquire(p, t) ==
  /\ Participates(p)
  /\ at[p][t] = "prepared"
  /\ UNCHANGED <<msgs, participant>>

ToldTo(p, t, outcome) ==
  \E m \in msgs : /\ m.type = "Decision" /\ m.t = t /\ m.p \in {"all", p}
                  /\ m.outcome = outcome

Ended(p, t, how) ==
  /\ at[p][t] = "prepared"
  /\ at' = [at EXCEPT ![p][t] = how]
  /\ pending' = [pending EXCEPT ![p][t] = Nothing]
  /\ locks' = [locks EXCEPT ![p][t] = {}]
  /\ UNCHANGED <<done, waiting>>

\* What was decided is done: everybody sees it, and the locks are free.
Apply(p, t) ==
  /\ Participates(p)
  /\ ToldTo(p, t, "committed")
  /\ Ended(p, t, "committed")
  /\ store' = [k \in Key |-> IF k \in DOMAIN pending[p][t] THEN pending[p][t][k]
                                                           ELSE store[k]]
  /\ Send([type |-> "Ack", t |-> t, p |-> p])

Discard(p, t) ==
  /\ Participates(p)
  /\ ToldTo(p, t, "aborted")
  /\ Ended(p, t, "aborted")
  /\ UNCHANGED <<msgs, store>>

\* A node has nothing left to do. What the code says when nothing happens any
\* more, however long one waits.
Quiet(node) ==
  /\ node \in up
  /\ IF node = Coordinator
       THEN \A t \in Transaction : ~Undecided(t) /\ (Decided(t) => t \in complete)
       ELSE \A t \in Transaction : at[node][t] \notin {"active", "prepared"}
  /\ UNCHANGED vars

-----------------------------------------------------------------------------

ByClient(t) ==
  \/ \E k \in Key : Get(t, k) \/ \E v \in Value : Put(t, k, v)
  \/ \E m \in Message("Done", t, ops[t]) : Hear(t, m)
  \/ AskCommit(t) \/ RollBack(t)
  \/ \E outcome \in {"committed", "aborted"} : Learn(t, outcome)

\* What a coordinator does of itself, and what it does when it has waited.
Coordinating ==
  \E t \in Transaction :
    \/ StartPrepare(t) \/ Commit(t) \/ Tell(t) \/ Complete(t)
    \/ (\E p \in Participant : Voted(p, t, "no")) /\ Abort(t)
    \/ \E p \in Participant : Answer(t, p)

Participating(p) ==
  \E t \in Transaction :
    \/ \E n \in 1 .. ops[t] : Read(p, t, n) \/ Write(p, t, n)
    \/ Prepare(p, t) \/ Vote(p, t) \/ Refuse(p, t) \/ Wait(p, t)
    \/ \E u \in Transaction : Wound(p, t, u)
    \/ Die(p, t) \/ GiveUp(p, t) \/ Inquire(p, t) \/ Apply(p, t) \/ Discard(p, t)

Next ==
  \/ \E choice \in Policy : Configure(choice)
  \/ \E node \in Node : Recover(node) \/ Crash(node) \/ Quiet(node)
  \/ \E t \in Transaction :
       ByClient(t) \/ Abort(t) \/ \E a \in Age : Begin(t, a)
  \/ Coordinating
  \/ \E p \in Participant : Participating(p)

\* Nodes do what they have begun, and are started again when they have crashed.
\* Clients owe nothing, and the coordinator's patience need not end.
Works ==
  /\ WF_vars(Coordinating)
  /\ \A p \in Participant : WF_vars(Participating(p)) /\ WF_vars(Recover(p))

Fairness == Works /\ WF_vars(Recover(Coordinator))

Spec == Init /\ [][Next]_vars /\ Fairness

\* The same, but the coordinator may stay away for good.
SpecWithoutReturn == Init /\ [][Next]_vars /\ Works

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ policy \in Policy \cup {"none"} /\ up \subseteq Node
  /\ stage \in [Transaction ->
                  {"none", "begun", "preparing", "committed", "aborted"}]
  /\ complete \subseteq {t \in Transaction : Decided(t)}
  /\ at \in [Participant -> [Transaction ->
               {"none", "active", "refused", "prepared", "committed", "aborted"}]]
  /\ \A t \in Transaction :
       /\ \A p \in Participant : at[p][t] = "none" => pending[p][t] = Nothing
  /\ client \in [Transaction -> {"open", "asked", "committed", "aborted"}]

\* Nobody has done what another one has not.
AllOrNothing ==
  \A t \in Transaction, p, q \in Participant :
    ~(at[p][t] = "committed" /\ at[q][t] = "aborted")

\* A transaction is committed only with everybody's promise.
CommittedWasPrepared ==
  \A t \in Transaction : stage[t] = "committed" =>
    \A p \in Parts(t) : at[p][t] \in {"prepared", "committed"}

\* What a client has been told is so.
ClientKnows ==
  \A t \in Transaction :
    /\ client[t] = "committed" => stage[t] = "committed"
    /\ client[t] = "aborted" => stage[t] # "committed"

\* A decision stays, and so does what was done of it.
DecisionStays ==
  [][\A t \in Transaction : Decided(t) => stage'[t] = stage[t]]_vars
\* A promise binds until the decision is there.
PromiseIsKept ==
  [][\A p \in Participant, t \in Transaction : at[p][t] = "prepared" =>
       \/ at'[p][t] = "prepared"
       \/ Decided(t) /\ at'[p][t] = stage[t]]_vars

\* Nobody who has promised is left alone with it.
PreparedIsResolved ==
  \A p \in Participant, t \in Transaction :
    at[p][t] = "prepared" ~> at[p][t] \in {"committed", "aborted"}

\* The same of all at once, and of those who have asked to commit: again and again there is nothing left that has no end.
AllIsResolved ==
  []<>(\A t \in Transaction :
         stage[t] # "preparing" /\ \A p \in Participant : at[p][t] # "prepared")

Parties == INSTANCE TransactionCommit WITH
  members <- [t \in Transaction |-> Parts(t)],
  state   <- [t \in Transaction |-> [p \in Participant |->
                IF at[p][t] \in {"prepared", "committed", "aborted"}
                  THEN at[p][t] ELSE "working"]]

RefinesTransactionCommit == Parties!Spec

\* A transaction takes place when it is decided, even if not all have done it.
OnItsWay(k) ==
  {t \in Transaction : /\ stage[t] = "committed"
                       /\ at[Home[k]][t] = "prepared"
                       /\ k \in DOMAIN pending[Home[k]][t]}
Map == INSTANCE SerialMap WITH
  map     <- [k \in Key |->
                IF OnItsWay(k) = {} THEN store[k]
                ELSE LET t == CHOOSE t \in OnItsWay(k) : TRUE
                     IN  pending[Home[k]][t][k]],
  outcome <- [t \in Transaction |-> IF Decided(t) THEN stage[t] ELSE "open"]

RefinesSerialMap == Map!Spec

-----------------------------------------------------------------------------
(* Names and bounds of the models.                                         *)

Numbers == [t1 |-> 1, t2 |-> 2, t3 |-> 3, t4 |-> 4, t5 |-> 5, t6 |-> 6,
            t7 |-> 7, t8 |-> 8, t9 |-> 9, t10 |-> 10, t11 |-> 11, t12 |-> 12,
            t13 |-> 13, t14 |-> 14, t15 |-> 15, t16 |-> 16]
Homes == [a |-> "p1", b |-> "p2", c |-> "p3",
          d |-> "p1", e |-> "p2", f |-> "p3"]

\* All are there before anything happens; then so many crashes at the most.
RECURSIVE Sum(_)
Sum(nodes) == IF nodes = {} THEN 0
              ELSE LET n == CHOOSE n \in nodes : TRUE
                   IN  life[n] + Sum(nodes \ {n})
Crashes(n) ==
  /\ Sum(Node) + Cardinality(Node \ up) <= Cardinality(Node) + n
  /\ (\E node \in Node : life[node] = 0) =>
       \A t \in Transaction : stage[t] = "none"

\* What each client does, in turn.
Does(t, type, n, key) ==
  \A m \in msgs :
    m.type \in {"Get", "Put"} /\ m.t = t /\ m.n = n => m.type = type /\ m.key = key
DoesAtMost(t, n) == ops[t] <= n

Patient(ts) == \A t \in ts : stage[t] = "aborted" =>
  \E p \in Participant : Voted(p, t, "no")
Crashed == Sum(Node) + Cardinality(Node \ up) > Cardinality(Node)
Scripts(t1, t2) ==
  /\ Does("t1", "Get", 1, "a") /\ Does("t1", "Put", 2, "b") /\ DoesAtMost("t1", t1)
  /\ IF t2 = 2 THEN Does("t2", "Get", 1, "b") /\ Does("t2", "Put", 2, "a")
               ELSE Does("t2", "Put", 1, "a")
  /\ DoesAtMost("t2", t2)

\* Three stories, one for each policy, and together as much as there is to see:
\* a transaction alone, with all that can happen to it; one that reads what
\* another one writes, with a crash; two that want each other's keys.
Alone ==
  /\ Crashes(1) /\ Scripts(2, 0) /\ stage["t2"] = "none"
  /\ "p1" \in up \/ ~Crashed
  /\ client["t1"] = "aborted" => ops["t1"] = 1
  /\ client["t1"] = "committed" => ~Crashed
  /\ Crashed /\ life[Coordinator] = 1 => Patient({"t1"})
  /\ \A p \in Participant : at[p]["t1"] = "refused" =>
       AskedToPrepare(p, "t1") # {} \/ (ops["t1"] = 1 /\ ~Crashed)
Behind ==
  /\ Crashes(1) /\ Scripts(1, 1) /\ complete = {} /\ Patient(Transaction)
  /\ \A t \in Transaction : client[t] \in {"open", "asked"}
  /\ {Coordinator, "p2"} \subseteq up \/ ~Crashed
  /\ stage["t2"] # "none" => heard["t1"] = 1
  /\ stage["t2"] = "none" => client["t1"] = "open"
  /\ ~(Decided("t1") /\ Decided("t2"))
  /\ at["p1"]["t1"] = "refused" => stage["t2"] # "none"
Crosswise ==
  /\ Crashes(0) /\ Scripts(2, 2) /\ Patient(Transaction) /\ complete = {}
  /\ \A t \in Transaction : client[t] \in {"open", "asked"}
  /\ stage["t2"] # "none" => heard["t1"] = 2
  /\ client["t2"] = "asked" => client["t1"] = "asked"
  /\ client["t1"] = "asked" => heard["t2"] >= 1
  /\ ~(Decided("t1") /\ Decided("t2"))
  /\ \A p \in Participant : at[p]["t1"] = "refused" => AskedToPrepare(p, "t1") # {}

\* The same without haste: two crashes; patience that ends at
\* any time; and all orders of those who are in each other's way.
Large ==
  CASE policy = "error" -> /\ Crashes(2) /\ Scripts(2, 0) /\ stage["t2"] = "none"
                           /\ client["t1"] \in {"open", "asked"}
                           /\ "p1" \in up \/ ~Crashed
    [] policy = "wait"  -> /\ Crashes(1) /\ Scripts(1, 1) /\ complete = {}
                           /\ \A t \in Transaction : client[t] \in {"open", "asked"}
                           /\ Participant \subseteq up \/ ~Crashed
    [] OTHER            -> /\ Crashes(0) /\ Scripts(2, 2) /\ complete = {}
                           /\ \A t \in Transaction : client[t] \in {"open", "asked"}

\* And one for what cannot be had: the coordinator dies, and nobody else does.
Blocked ==
  /\ policy \in {"none", "error"} /\ Crashes(1) /\ Patient(Transaction)
  /\ Participant \subseteq up \/ ~Crashed
  /\ Does("t1", "Put", 1, "a") /\ Does("t1", "Put", 2, "b") /\ DoesAtMost("t1", 2)

Small == CASE policy = "error" -> Alone
           [] policy = "wait"  -> Behind
           [] OTHER            -> Crosswise
=============================================================================
