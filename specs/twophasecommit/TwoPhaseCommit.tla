--------------------------- MODULE TwoPhaseCommit ---------------------------
(***************************************************************************)
(* Two-Phase Commit: a transaction changes keys on several nodes together  *)
(* or not at all. First every participant promises that it can, then the   *)
(* coordinator decides, then they do it. After Joshi, Patterns of          *)
(* Distributed Systems, ch. 21.                                            *)
(*                                                                         *)
(* Messages may be lost, late, repeated or overtaken, and each node may    *)
(* crash. Clients, Coordination and Participation have the steps of each   *)
(* role, Transactions the state and the rules, Locking the locks. Each     *)
(* step that changes what is in a log is one entry of that node's          *)
(* write-ahead log, flushed before the step counts: see                    *)
(* specs/writeaheadlog. Left out: time, values that are read at a          *)
(* timestamp, replicas, and keys that move to another node.                *)
(***************************************************************************)
EXTENDS Clients, Coordination, Participation

-----------------------------------------------------------------------------
(* Start, stop, crash.                                                     *)

\* The policy is chosen before anything else.
Configure(choice) ==
  /\ policy = "none"
  /\ policy' = choice
  /\ UNCHANGED <<msgs, up, incarnation, coordinator, participant, clients>>

\* A node starts and reads its log. The coordinator aborts what it finds undecided.
\* A participant has what is in its log, and nothing else.
Recover(node) ==
  /\ policy # "none"
  /\ node \notin up
  /\ up' = up \cup {node}
  /\ incarnation' = [incarnation EXCEPT ![node] = @ + 1]
  /\ IF node = Coordinator
       THEN /\ stage' = [t \in Transaction |->
                           IF MustAbort(t) THEN "aborted" ELSE stage[t]]
            /\ UNCHANGED locks
       ELSE /\ locks' = [locks EXCEPT ![node] =
                           [t \in Transaction |-> Restored(node, t)]]
            /\ UNCHANGED stage
  /\ UNCHANGED <<operator, msgs, age, keys, complete, driven, at, pending,
                 store, closed, done, waiting, clients>>

\* A crash takes what is in memory only. The locks of a prepared transaction are in
\* the log, and Recover restores them.
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
            /\ UNCHANGED <<store, closed, driven>>
  /\ UNCHANGED <<operator, msgs, incarnation, logged, clients>>

\* An observer says that the node has nothing left to do, however long it waits. It
\* is a part of Steps, and not of Next.
Quiet(node) ==
  /\ node \in up
  /\ IF node = Coordinator
       THEN \A t \in Transaction : ~Undecided(t) /\ (Decided(t) => t \in complete)
       ELSE \A t \in Transaction : at[node][t] \notin {"active", "prepared"}
  /\ UNCHANGED vars

-----------------------------------------------------------------------------

Next ==
  \/ \E choice \in Policy : Configure(choice)
  \/ \E node \in Node : Recover(node)
  \/ \E node \in Node : Crash(node)
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

\* No participant has committed what another one has aborted.
AllOrNothing ==
  \A t \in Transaction, p, q \in Participant :
    ~(at[p][t] = "committed" /\ at[q][t] = "aborted")

\* A transaction is committed only when all participants have promised.
CommittedWasPrepared ==
  \A t \in Transaction : stage[t] = "committed" =>
    \A p \in Parts(t) : at[p][t] \in {"prepared", "committed"} \/ Number[t] <= closed[p]

\* What a client knows is true.
ClientKnows ==
  \A t \in Transaction :
    /\ client[t] = "committed" => stage[t] = "committed"
    /\ client[t] = "aborted" => stage[t] # "committed"

\* No participant has lost what a client knows to be committed.
CommittedIsNotLost ==
  \A t \in Transaction : client[t] = "committed" =>
    \A k \in DOMAIN writes[t] : LET p == Placement[k] IN
      at[p][t] \in {"active", "prepared", "committed"} \/ Number[t] <= closed[p]

\* A transaction reads what it has written itself, until a crash takes that.
ReadsOwnWrites ==
  \A answer \in {m \in msgs : m.type = "Done"} :
    LET own == {m \in msgs : /\ m.type = "Put" /\ m.t = answer.t
                             /\ m.key = answer.key /\ m.n <= answer.n
                             /\ \E said \in Message("Done", m.t, m.n) :
                                  said.incarnation = answer.incarnation}
    IN  own # {} => \E last \in own : /\ last.value = answer.value
                                     /\ \A m \in own : m.n <= last.n

\* A node that is down has what is in its log, and nothing else.
DownHasItsLog ==
  /\ Coordinator \notin up => driven = {}
  /\ \A p \in Participant \ up, t \in Transaction :
       /\ at[p][t] \notin {"active", "refused"} /\ done[p][t] = 0
       /\ waiting[p][t] = NoLocks
       /\ at[p][t] # "prepared" => locks[p][t] = {} /\ pending[p][t] = Nothing

\* A participant that has voted no does not promise later.
NoStays ==
  \A p \in Participant, t \in Transaction :
    Voted(p, t, "no") => at[p][t] \notin {"prepared", "committed"}

\* While a node is down, neither its state changes nor is anything sent in its name. To
\* start is to read the log, in which undecided transactions are aborted.
OnlyTheLiveAct ==
  [][/\ Coordinator \notin up => UNCHANGED <<age, keys, complete, driven>>
     /\ \A p \in Participant \ up :
          /\ at'[p] = at[p] /\ pending'[p] = pending[p] /\ closed'[p] = closed[p]
          /\ done'[p] = done[p] /\ waiting'[p] = waiting[p]
     /\ \A m \in msgs' \ msgs :
          CASE m.type \in {"Done", "Vote", "Ack", "Inquiry"} -> m.p \in up
            [] m.type \in {"Begun", "Prepare", "Decision", "Closed"} -> Coordinator \in up
            [] OTHER -> TRUE]_vars

\* A client takes each answer once, and knows more only by an answer.
AnswersCountOnce ==
  [][\A t \in Transaction :
       reads'[t] # reads[t] \/ seen'[t] # seen[t] => heard'[t] = heard[t] + 1]_vars

\* A decision stays.
DecisionStays ==
  [][\A t \in Transaction : Decided(t) => stage'[t] = stage[t]]_vars
\* A promise binds until the decision is there.
PromiseIsKept ==
  [][\A p \in Participant, t \in Transaction : at[p][t] = "prepared" =>
       \/ at'[p][t] = "prepared"
       \/ Decided(t) /\ at'[p][t] = stage[t]]_vars

\* Each promise is resolved.
PreparedIsResolved ==
  \A p \in Participant, t \in Transaction :
    at[p][t] = "prepared" ~> at[p][t] \in {"committed", "aborted"}

\* The same of all at once, and of all clients that have asked to commit: again and
\* again nothing is left that is undecided or in doubt. As promises are kept, it implies
\* PreparedIsResolved, which takes TLC twice as long.
AllIsResolved ==
  []<>(\A t \in Transaction : /\ client[t] = "asked" => Decided(t)
                              /\ \A p \in Participant : at[p][t] # "prepared")

-----------------------------------------------------------------------------
(* The ladder. To each transaction all this is a CommitProtocol, and so a  *)
(* TransactionCommit. Locks and clients are not in it; to forget is.       *)

\* The log of a participant that has forgotten the transaction.
Forgotten(p, t) == CASE stage[t] = "aborted" -> "aborted"
                     [] p \in Parts(t) -> "committed"
                     [] OTHER -> "none"

\* What is closed is decided. A presumed answer counts only if it is right: a wrong one
\* reaches only participants that no longer need it. That nothing is forgotten before it is
\* carried out is PromiseIsKept, not this mapping.
Heard(t) ==
  {m.outcome : m \in {m \in msgs : /\ m.type = "Decision" /\ m.t = t
                                   /\ m.p = "all" \/ m.outcome = stage[t]}}
    \cup {stage[t] : m \in {m \in msgs : m.type = "Closed" /\ Number[t] <= m.n}}

Core(t) == INSTANCE CommitProtocol WITH
  stage      <- stage[t],
  members    <- Parts(t),
  collecting <- t \in driven,
  log        <- [p \in Participant |->
                   CASE at[p][t] \in {"prepared", "committed", "aborted"} -> at[p][t]
                     [] at[p][t] = "none" /\ Number[t] <= closed[p] -> Forgotten(p, t)
                     [] OTHER -> "none"],
  work       <- {p \in Participant : at[p][t] = "active"},
  msgs       <- {[type |-> "Prepare", p |-> m.p] :
                   m \in {m \in msgs : m.type = "Prepare" /\ m.t = t}}
                \cup {[type |-> "Vote", p |-> m.p, vote |-> m.vote] :
                         m \in {m \in msgs : m.type = "Vote" /\ m.t = t}}
                \cup {[type |-> "Decision", outcome |-> o] : o \in Heard(t)}

\* This is \A t \in Transaction : Core(t)!Spec, in a form that TLC takes.
RefinesCommitProtocol ==
  /\ \A t \in Transaction : Core(t)!Init
  /\ [][\A t \in Transaction :
         UNCHANGED Core(t)!vars \/ Core(t)!Next]_<<up, coordinator, at, closed, msgs>>
RefinesTransactionCommit ==
  /\ \A t \in Transaction : Core(t)!Parties!Init
  /\ [][\A t \in Transaction :
         UNCHANGED Core(t)!Parties!vars \/ Core(t)!Parties!Next]_vars

\* A transaction takes place when it is decided, before all have carried it out.
OnItsWay(k) ==
  {t \in Transaction : /\ stage[t] = "committed"
                       /\ at[Placement[k]][t] = "prepared"
                       /\ k \in DOMAIN pending[Placement[k]][t]}
Map == INSTANCE SerialMap WITH
  map     <- [k \in Key |->
                IF OnItsWay(k) = {} THEN store[k]
                ELSE LET t == CHOOSE t \in OnItsWay(k) : TRUE
                     IN  pending[Placement[k]][t][k]],
  outcome <- [t \in Transaction |-> IF Decided(t) THEN stage[t] ELSE "open"]

RefinesSerialMap == Map!Spec

THEOREM Spec => [](TypeOK /\ AllOrNothing /\ CommittedWasPrepared /\ ClientKnows)
THEOREM Spec => []CommittedIsNotLost
THEOREM Spec => [](LocksExclude /\ LocksAreReleased /\ NoDeadlock)
THEOREM Spec => [](ReadsOwnWrites /\ DownHasItsLog /\ NoStays)
THEOREM Spec => OnlyTheLiveAct /\ AnswersCountOnce
THEOREM Spec => DecisionStays /\ PromiseIsKept /\ AllIsResolved
THEOREM Spec => RefinesCommitProtocol /\ RefinesTransactionCommit /\ RefinesSerialMap
=============================================================================
