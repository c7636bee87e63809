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
EXTENDS Stories

-----------------------------------------------------------------------------
(* Start, stop, crash.                                                     *)

Init ==
  /\ policy = "none" /\ msgs = {} /\ up = {}
  /\ incarnation = [n \in Node |-> 0]
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

\* Whoever runs all this chooses, before anything else.
Configure(choice) ==
  /\ policy = "none"
  /\ policy' = choice
  /\ UNCHANGED <<msgs, up, incarnation, coordinator, participant, clients>>

\* A node starts, and reads its log. The coordinator aborts what it finds
\* undecided; a participant has what is in its log, and nothing else.
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

\* What a node had in memory only is gone. The locks of what is prepared are
\* in the log; it is up to the next start to have them again.
Forgets(p, t) == at[p][t] \in {"active", "refused"}

\* Any node may crash at any time. A model puts its bound here, where TLC need not
\* make a state to leave it out.
Fails(node) == TRUE

Crash(node) ==
  /\ node \in up /\ Fails(node)
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

-----------------------------------------------------------------------------
(* Clients. Each has one transaction, and asks for one thing at a time.    *)

Operate(t, type, key, value) ==
  /\ client[t] = "open" /\ Begun(t) /\ heard[t] = ops[t]
  /\ ops' = [ops EXCEPT ![t] = @ + 1]
  /\ Send([type |-> type, t |-> t, n |-> ops[t] + 1, key |-> key,
           value |-> value])
  /\ UNCHANGED <<operator, up, incarnation, coordinator, participant, client, heard,
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
             ELSE [seen EXCEPT ![t] = With(@, m.p, m.incarnation)]
  /\ reads' = IF m.key \in DOMAIN writes[t] \cup DOMAIN reads[t] THEN reads
              ELSE [reads EXCEPT ![t] = With(@, m.key, m.value)]
  /\ UNCHANGED <<operator, msgs, up, incarnation, coordinator, participant, client,
                 ops, writes>>

AskCommit(t) ==
  /\ client[t] = "open" /\ Begun(t) /\ heard[t] = ops[t]
  /\ client' = [client EXCEPT ![t] = "asked"]
  /\ Send([type |-> "AskCommit", t |-> t,
           keys |-> [k \in DOMAIN reads[t] \cup DOMAIN writes[t] |->
                       seen[t][Placement[k]]]])
  /\ UNCHANGED <<operator, up, incarnation, coordinator, participant, ops, heard,
                 seen, reads, writes>>

\* The client gives up, and says that nothing was done.
RollBack(t) ==
  /\ MayRollBack(t) /\ Begun(t)
  /\ client' = [client EXCEPT ![t] = "aborted"]
  /\ UNCHANGED <<operator, msgs, up, incarnation, coordinator, participant, ops,
                 heard, seen, reads, writes>>

\* It hears what was decided.
Learn(t, outcome) ==
  /\ client[t] \in {"open", "asked"}
  /\ Told(t, outcome)
  /\ client' = [client EXCEPT ![t] = outcome]
  /\ UNCHANGED <<operator, msgs, up, incarnation, coordinator, participant, ops,
                 heard, seen, reads, writes>>

-----------------------------------------------------------------------------
(* The coordinator.                                                        *)

\* A transaction gets its number, in turn, and its age: that of the clock, or,
\* if it is tried again, that of the first time.
Begin(t, a) ==
  /\ Coordinator \in up
  /\ stage[t] = "none"
  /\ \A u \in Transaction : Number[u] < Number[t] => stage[u] # "none"
  /\ stage' = [stage EXCEPT ![t] = "begun"]
  /\ age' = [age EXCEPT ![t] = a]
  /\ Send([type |-> "Begun", t |-> t])
  /\ UNCHANGED <<besideCoordinator, keys, complete, driven>>

\* A client asks to commit. What it has touched goes into the log, and all who
\* hold some of it are asked for their vote.
StartPrepare(t) ==
  /\ Coordinator \in up
  /\ stage[t] = "begun"
  /\ \E m \in msgs :
       /\ m.type = "AskCommit" /\ m.t = t
       /\ stage' = [stage EXCEPT ![t] = "preparing"]
       /\ keys' = [keys EXCEPT ![t] = m.keys]
       /\ driven' = driven \cup {t}
       /\ SendAll({[type |-> "Prepare", t |-> t, p |-> Placement[k],
                    incarnation |-> m.keys[k]] : k \in DOMAIN m.keys})
  /\ UNCHANGED <<besideCoordinator, age, complete>>

Commit(t) ==
  /\ Coordinator \in up
  /\ stage[t] = "preparing" /\ t \in driven
  /\ MayCommit(t)
  /\ stage' = [stage EXCEPT ![t] = "committed"]
  /\ UNCHANGED <<besideCoordinator, msgs, age, keys, complete, driven>>

\* Somebody voted no, the client gave up, or it took too long.
Abort(t) ==
  /\ Coordinator \in up
  /\ MayAbort(t)
  /\ stage' = [stage EXCEPT ![t] = "aborted"]
  /\ UNCHANGED <<besideCoordinator, msgs, age, keys, complete, driven>>

\* All hear the decision, the client too. An aborted one cannot be told before.
Tell(t) ==
  /\ Coordinator \in up
  /\ t \notin complete
  /\ MayTell(t)
  /\ Send([type |-> "Decision", t |-> t, p |-> "all",
           outcome |-> IF stage[t] = "aborted" THEN "aborted" ELSE "committed"])
  /\ UNCHANGED <<besideCoordinator, coordinator>>

Complete(t) ==
  /\ Coordinator \in up
  /\ Decided(t) /\ t \notin complete
  /\ MayForget(t)
  /\ complete' = complete \cup {t}
  /\ UNCHANGED <<besideCoordinator, msgs, stage, age, keys, driven>>

\* Of all that was begun up to this number the end is known to all. The
\* participants may forget it.
Close(n) ==
  /\ Coordinator \in up
  /\ MayClose(n)
  /\ Send([type |-> "Closed", n |-> n])
  /\ UNCHANGED <<besideCoordinator, coordinator>>

\* A participant in doubt has asked. If the decision is known, Tell is the
\* answer; if it is forgotten, this.
Answer(t, p) ==
  /\ Coordinator \in up
  /\ t \in complete
  /\ Asked(p, t)
  /\ Send([type |-> "Decision", t |-> t, p |-> p, outcome |-> "aborted"])
  /\ UNCHANGED <<besideCoordinator, coordinator>>

-----------------------------------------------------------------------------
(* A participant.                                                          *)

\* An operation is done. It is answered, with what a reader sees.
Operated(p, m, value) ==
  /\ at' = [at EXCEPT ![p][m.t] = "active"]
  /\ done' = [done EXCEPT ![p][m.t] = m.n]
  /\ Send([type |-> "Done", t |-> m.t, n |-> m.n, p |-> p, incarnation |-> incarnation[p],
           key |-> m.key, value |-> value])

Read(p, t, n) ==
  /\ p \in up
  /\ at[p][t] \in {"none", "active"} /\ IsOpen(p, t) /\ IsNew(p, t, n)
  /\ \E m \in Message("Get", t, n) :
       /\ Placement[m.key] = p
       /\ Obstacles(p, t, ToRead(m.key)) = {}
       /\ locks' = [locks EXCEPT ![p][t] = @ \cup {m.key}]
       /\ Operated(p, m, IF m.key \in DOMAIN pending[p][t]
                           THEN pending[p][t][m.key] ELSE store[m.key])
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<besideParticipant, pending, store, closed>>

Write(p, t, n) ==
  /\ p \in up
  /\ at[p][t] \in {"none", "active"} /\ IsOpen(p, t) /\ IsNew(p, t, n)
  /\ \E m \in Message("Put", t, n) :
       /\ Placement[m.key] = p
       /\ pending' = [pending EXCEPT ![p][t] = With(@, m.key, m.value)]
       /\ Operated(p, m, m.value)
  /\ UNCHANGED <<besideParticipant, store, closed, locks, waiting>>

\* Everything is locked, and what was promised is in the log.
Prepare(p, t) ==
  /\ p \in up
  /\ at[p][t] = "active"
  /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m)
  /\ Obstacles(p, t, ToPrepare(p, t)) = {}
  /\ at' = [at EXCEPT ![p][t] = "prepared"]
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<besideParticipant, msgs, pending, store, closed, locks, done>>

Vote(p, t) ==
  /\ p \in up
  /\ AskedToPrepare(p, t) # {}
  /\ MayVote(p, t)
  /\ Send([type |-> "Vote", t |-> t, p |-> p, vote |-> "yes"])
  /\ UNCHANGED <<besideParticipant, participant>>

\* All that a transaction has here is given up, before it was promised.
Dropped(p, t) ==
  /\ at' = [at EXCEPT ![p][t] = "refused"]
  /\ pending' = [pending EXCEPT ![p][t] = Nothing]
  /\ locks' = [locks EXCEPT ![p][t] = {}]
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<besideParticipant, store, closed, done>>

\* It cannot promise what it does not have, and votes no.
Refuse(p, t) ==
  /\ p \in up
  /\ at[p][t] \in {"none", "active", "refused"} /\ IsOpen(p, t)
  /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m) => at[p][t] # "active"
  /\ Dropped(p, t)
  /\ Send([type |-> "Vote", t |-> t, p |-> p, vote |-> "no"])

\* The locks are not free, and it may wait for all who are in its way.
Wait(p, t) ==
  /\ p \in up
  /\ \E want \in Wants(p, t) :
       /\ waiting[p][t] # want
       /\ Obstacles(p, t, want) # {}
       /\ \A u \in Obstacles(p, t, want) :
            MayWaitFor(p, t, u, want.write # {})
       /\ waiting' = [waiting EXCEPT ![p][t] = want]
  /\ at' = [at EXCEPT ![p][t] = "active"]
  /\ UNCHANGED <<besideParticipant, msgs, pending, store, closed, locks, done>>

\* An older transaction sends a younger one away that is in its way.
Wound(p, t, u) ==
  /\ p \in up
  /\ \E want \in Wants(p, t) : u \in Obstacles(p, t, want)
  /\ MayWound(p, t, u)
  /\ Dropped(p, u)
  /\ UNCHANGED msgs

\* Somebody is in its way for whom it may not wait, and whom it cannot send
\* away.
Die(p, t) ==
  /\ p \in up
  /\ \E want \in Wants(p, t) :
       \E u \in Obstacles(p, t, want) :
         /\ ~MayWaitFor(p, t, u, want.write # {})
         /\ ~MayWound(p, t, u)
  /\ Dropped(p, t)
  /\ UNCHANGED msgs

\* The client has not been heard of for long, and nothing was promised.
GiveUp(p, t) ==
  /\ p \in up
  /\ MayGiveUp(p, t)
  /\ Dropped(p, t)
  /\ UNCHANGED msgs

\* It is bound by a promise and has heard nothing. It may only ask.
Inquire(p, t) ==
  /\ p \in up
  /\ at[p][t] = "prepared"
  /\ Send([type |-> "Inquiry", t |-> t, p |-> p])
  /\ UNCHANGED <<besideParticipant, participant>>

Ended(p, t, how) ==
  /\ at[p][t] = "prepared"
  /\ at' = [at EXCEPT ![p][t] = how]
  /\ pending' = [pending EXCEPT ![p][t] = Nothing]
  /\ locks' = [locks EXCEPT ![p][t] = {}]
  /\ UNCHANGED <<besideParticipant, closed, done, waiting>>

\* What was decided is done: everybody sees it, and the locks are free.
Apply(p, t) ==
  /\ p \in up
  /\ ToldTo(p, t, "committed")
  /\ Ended(p, t, "committed")
  /\ store' = [k \in Key |-> IF k \in DOMAIN pending[p][t] THEN pending[p][t][k]
                                                           ELSE store[k]]
  /\ Send([type |-> "Ack", t |-> t, p |-> p])

Discard(p, t) ==
  /\ p \in up
  /\ ToldTo(p, t, "aborted")
  /\ Ended(p, t, "aborted")
  /\ UNCHANGED <<msgs, store>>

\* What is closed is forgotten, as soon as all of it is over here as well. The
\* number stays.
Forget(p, n) ==
  /\ p \in up
  /\ n > closed[p]
  /\ [type |-> "Closed", n |-> n] \in msgs
  /\ LET over == {t \in Transaction : Number[t] <= n}
     IN  /\ \A t \in over : at[p][t] \notin {"active", "prepared"}
         /\ at' = [at EXCEPT ![p] = [t \in Transaction |->
                      IF t \in over THEN "none" ELSE at[p][t]]]
         /\ done' = [done EXCEPT ![p] = [t \in Transaction |->
                        IF t \in over THEN 0 ELSE done[p][t]]]
  /\ closed' = [closed EXCEPT ![p] = n]
  /\ UNCHANGED <<besideParticipant, msgs, pending, store, locks, waiting>>

\* A node has nothing left to do. What the code says when nothing happens any
\* more, however long one waits; so it is a part of Steps, and not of Next.
Quiet(node) ==
  /\ node \in up
  /\ IF node = Coordinator
       THEN \A t \in Transaction : ~Undecided(t) /\ (Decided(t) => t \in complete)
       ELSE \A t \in Transaction : at[node][t] \notin {"active", "prepared"}
  /\ UNCHANGED vars

\* A client says what it has come to know; that it was nothing else. The same.
Rest(t) ==
  /\ client[t] \in {"committed", "aborted"}
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
    \/ Close(Number[t])
    \/ \E p \in Participant : Answer(t, p)

Participating(p) ==
  \E t \in Transaction :
    \/ \E n \in 1 .. ops[t] : Read(p, t, n) \/ Write(p, t, n)
    \/ Prepare(p, t) \/ Vote(p, t) \/ Refuse(p, t) \/ Wait(p, t)
    \/ \E u \in Transaction : Wound(p, t, u)
    \/ Die(p, t) \/ GiveUp(p, t) \/ Inquire(p, t) \/ Apply(p, t) \/ Discard(p, t)
    \/ Forget(p, Number[t])

Next ==
  \/ \E choice \in Policy : Configure(choice)
  \/ \E node \in Node : Recover(node) \/ Crash(node)
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
    \A p \in Parts(t) : at[p][t] \in {"prepared", "committed"} \/ ~IsOpen(p, t)

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

\* The same of all at once, and of those who have asked to commit: again and
\* again there is nothing left that has no end.
AllIsResolved ==
  []<>(\A t \in Transaction :
         stage[t] # "preparing" /\ \A p \in Participant : at[p][t] # "prepared")

\* What a participant has forgotten was, for all that others can see, this.
Forgotten(p, t) == CASE stage[t] = "aborted" -> "aborted"
                     [] p \in Parts(t) -> "committed"
                     [] OTHER -> "working"

Parties == INSTANCE TransactionCommit WITH
  members <- [t \in Transaction |-> Parts(t)],
  state   <- [t \in Transaction |-> [p \in Participant |->
                CASE at[p][t] \in {"prepared", "committed", "aborted"} -> at[p][t]
                  [] at[p][t] = "none" /\ ~IsOpen(p, t) -> Forgotten(p, t)
                  [] OTHER -> "working"]]

RefinesTransactionCommit == Parties!Spec

\* A transaction takes place when it is decided, even if not all have done it.
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
=============================================================================
