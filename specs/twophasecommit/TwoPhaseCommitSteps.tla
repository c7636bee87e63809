------------------------- MODULE TwoPhaseCommitSteps -------------------------
(***************************************************************************)
(* How the nodes in impl/twophasecommit record their steps. A client is    *)
(* called by the name of its transaction.                                  *)
(***************************************************************************)
EXTENDS MCTwoPhaseCommit, Steps

Operator == "operator"

Without(f, none) == [t \in {t \in Transaction : f[t] # none} |-> f[t]]

\* Of a complete transaction the coordinator knows nothing else.
CoordinatorView ==
  LET begun == {t \in Transaction : stage[t] # "none"}
      known == begun \ complete
  IN  [up          |-> Coordinator \in up,
       incarnation |-> incarnation[Coordinator],
       stage       |-> [t \in begun |-> IF t \in complete THEN "complete" ELSE stage[t]],
       age         |-> [t \in known |-> age[t]],
       keys        |-> [t \in known |-> keys[t]],
       driven      |-> Members(driven \ complete)]

ParticipantView(p) ==
  [up          |-> p \in up,
   incarnation |-> incarnation[p],
   at          |-> Without(at[p], "none"),
   pending     |-> Without(pending[p], Nothing),
   locks       |-> [t \in {t \in Transaction : locks[p][t] # {}} |->
                      Members(locks[p][t])],
   done        |-> Without(done[p], 0),
   closed      |-> closed[p],
   waiting     |-> [t \in {t \in Transaction : waiting[p][t] # NoLocks} |->
                      [read  |-> Members(waiting[p][t].read),
                       write |-> Members(waiting[p][t].write)]],
   store       |-> [k \in {k \in Key : Placement[k] = p /\ store[k] # Absent} |->
                      store[k]]]

ClientView(t) ==
  [client |-> client[t], ops |-> ops[t], heard |-> heard[t], seen |-> seen[t],
   reads |-> reads[t], writes |-> writes[t]]

View(node) ==
  CASE node = Operator       -> [policy |-> policy]
    [] node = Coordinator    -> CoordinatorView
    [] node \in Participant  -> ParticipantView(node)
    [] node \in Transaction  -> ClientView(node)

\* The messages with both of their ends. An answer to an operation has what Hear says of it.
Sent(m) ==
  CASE m.type = "Begun" -> {[type |-> m.type, from |-> Coordinator, to |-> m.t]}
    [] m.type = "AskCommit" -> {[type |-> m.type, from |-> m.t, to |-> Coordinator]}
    [] m.type = "Get" -> {[type |-> m.type, from |-> m.t, to |-> m.p, key |-> m.key]}
    [] m.type = "Put" ->
         {[type |-> m.type, from |-> m.t, to |-> m.p, key |-> m.key, value |-> m.value]}
    [] m.type = "Done" -> {[type |-> m.type, from |-> m.p, to |-> m.t, number |-> m.n,
                            incarnation |-> m.incarnation, value |-> m.value]}
    [] m.type = "Prepare" ->
         {[type |-> m.type, from |-> Coordinator, to |-> m.p, transaction |-> m.t]}
    [] m.type = "Vote" -> {[type |-> m.type, from |-> m.p, to |-> Coordinator,
                            transaction |-> m.t, vote |-> m.vote]}
    [] m.type = "Decision" ->
         {[type |-> m.type, from |-> Coordinator, to |-> node, transaction |-> m.t,
           outcome |-> m.outcome] :
            node \in IF m.p = "all" THEN Parts(m.t) \cup {m.t} ELSE {m.p}}
    [] m.type = "Closed" ->
         {[type |-> m.type, from |-> Coordinator, to |-> p, number |-> m.n] : p \in Participant}
    [] OTHER -> {[type |-> m.type, from |-> m.p, to |-> Coordinator, transaction |-> m.t]}

\* Whether the receiver's state, or its answer, shows that it has taken a message. For a client
\* that has not asked to commit, to roll back looks like having received an abort.
Taken(m, to) ==
  CASE m.type = "Begun" -> ops[m.t] > 0 \/ client[m.t] # "open"
    [] m.type = "AskCommit" -> stage[m.t] \in {"preparing", "committed"}
    [] m.type \in {"Get", "Put"} -> Message("Done", m.t, m.n) # {}
    [] m.type = "Done" -> m.n <= heard[to]
    [] m.type = "Prepare" ->
         at[to][m.t] \in {"prepared", "committed", "aborted"} \/ Voted(to, m.t, "no")
    [] m.type = "Vote" -> IF m.vote = "yes" THEN stage[m.t] = "committed"
                          ELSE stage[m.t] = "aborted" /\ m.t \in driven
    [] m.type = "Decision" -> m.outcome = IF to = m.t THEN client[m.t] ELSE at[to][m.t]
    [] m.type = "Closed" -> m.n <= closed[to]
    [] m.type = "Ack" -> m.t \in complete
    [] m.type = "Inquiry" ->
         \E d \in msgs : d.type = "Decision" /\ d.t = m.t /\ d.p = m.p
    [] OTHER -> FALSE

StepsNetwork == UNION {{s \in Sent(m) : ~Taken(m, s.to)} : m \in msgs}

\* A message under way changes no node until the node receives it.
StepsState == <<operator, up, incarnation, coordinator, participant, clients>>

ClientSteps(t) ==
  \/ \E k \in Arg("key", Key) : Step("Get", [node |-> t, key |-> k], Get(t, k))
  \/ \E k \in Arg("key", Key), v \in Arg("value", Value) :
       Step("Put", [node |-> t, key |-> k, value |-> v], Put(t, k, v))
  \/ \E n \in Arg("number", 1 .. ops[t]) : \E m \in Message("Done", t, n) :
       Step("Hear", [node |-> t, number |-> n, from |-> m.p, incarnation |-> m.incarnation,
                     value |-> m.value], Hear(t, m))
  \/ Step("AskCommit", [node |-> t], AskCommit(t))
  \/ Step("RollBack", [node |-> t], RollBack(t))
  \/ Step("Rest", [node |-> t], Rest(t))
  \/ \E o \in Arg("outcome", Outcome) :
       Step("Learn", [node |-> t, outcome |-> o], Learn(t, o))

CoordinatorSteps(t) ==
  \/ \E a \in Arg("age", Age) :
       Step("Begin", [node |-> Coordinator, transaction |-> t, age |-> a],
            Begin(t, a))
  \/ Step("StartPrepare", [node |-> Coordinator, transaction |-> t], StartPrepare(t))
  \/ Step("Commit", [node |-> Coordinator, transaction |-> t], Commit(t))
  \/ Step("Abort", [node |-> Coordinator, transaction |-> t], Abort(t))
  \/ Step("Tell", [node |-> Coordinator, transaction |-> t], Tell(t))
  \/ Step("Complete", [node |-> Coordinator, transaction |-> t], Complete(t))
  \/ \E p \in Arg("participant", Participant) :
       Step("Answer", [node |-> Coordinator, transaction |-> t, participant |-> p],
            Answer(t, p))

ParticipantSteps(p, t) ==
  \/ \E n \in Arg("number", 1 .. ops[t]) :
       Step("Read", [node |-> p, transaction |-> t, number |-> n], Read(p, t, n))
  \/ \E n \in Arg("number", 1 .. ops[t]) :
       Step("Write", [node |-> p, transaction |-> t, number |-> n], Write(p, t, n))
  \/ Step("Prepare", [node |-> p, transaction |-> t], Prepare(p, t))
  \/ Step("Vote", [node |-> p, transaction |-> t], Vote(p, t))
  \/ Step("Refuse", [node |-> p, transaction |-> t], Refuse(p, t))
  \/ Step("Wait", [node |-> p, transaction |-> t], Wait(p, t))
  \/ \E u \in Arg("other", Transaction) :
       Step("Wound", [node |-> p, transaction |-> t, other |-> u], Wound(p, t, u))
  \/ Step("Die", [node |-> p, transaction |-> t], Die(p, t))
  \/ Step("GiveUp", [node |-> p, transaction |-> t], GiveUp(p, t))
  \/ Step("Inquire", [node |-> p, transaction |-> t], Inquire(p, t))
  \/ Step("Apply", [node |-> p, transaction |-> t], Apply(p, t))
  \/ Step("Discard", [node |-> p, transaction |-> t], Discard(p, t))

StepsNext ==
  \/ \E c \in Arg("policy", Policy) :
       Step("Configure", [node |-> Operator, policy |-> c], Configure(c))
  \/ \E node \in Arg("node", Node) :
       \/ Step("Recover", [node |-> node], Recover(node))
       \/ Step("Crash", [node |-> node], Crash(node))
       \/ Step("Quiet", [node |-> node], Quiet(node))
  \/ \E n \in Arg("number", {Number[t] : t \in Transaction}) :
       \/ Step("Close", [node |-> Coordinator, number |-> n], Close(n))
       \/ \E p \in Arg("node", Participant) :
            Step("Forget", [node |-> p, number |-> n], Forget(p, n))
  \/ \E t \in Arg("node", Transaction) : ClientSteps(t)
  \/ \E t \in Arg("transaction", Transaction) :
       CoordinatorSteps(t) \/ \E p \in Arg("node", Participant) :
                                ParticipantSteps(p, t)

StepsSpec == Init /\ [][StepsNext]_vars

\* The model that is explored: the courses of the small one, shorter. In the first a
\* transaction writes and reads one key, in the last both have done their operations
\* before one of them asks to commit.
OneKey ==
  /\ Crashes(1) /\ Doubtful("t1")
  /\ Patient(Transaction) \/ (at["p1"]["t1"] \in {"prepared", "aborted"} /\ ~Inquired("t1")
                                /\ incarnation[Coordinator] > 1 /\ client["t1"] = "asked")
  /\ Does("t1", "Put", 1, "a") /\ Does("t1", "Get", 2, "a") /\ DoesAtMost("t1", 2)
  /\ stage["t2"] = "none"
  /\ "p2" \in up \/ incarnation["p2"] = 0
  /\ client["t1"] # "aborted" /\ (client["t1"] = "committed" => ~Crashed)
InTurn ==
  /\ Crosswise
  /\ client["t1"] = "asked" => heard["t2"] = 2
  /\ \A p \in Participant : at[p]["t1"] # "refused"

\* One wants to read what another one has promised to write.
Promised ==
  /\ \A t \in Transaction : ~Inquired(t)
  /\ Crashes(0) /\ complete = {} /\ stage["t1"] # "aborted"
  /\ Does("t1", "Put", 1, "b") /\ DoesAtMost("t1", 1)
  /\ Does("t2", "Get", 1, "b") /\ DoesAtMost("t2", 1)
  /\ client["t1"] \in {"open", "asked"} /\ client["t2"] = "open"
  /\ stage["t2"] \in {"none", "begun"}
  /\ stage["t2"] = "begun" => at["p2"]["t1"] \in {"prepared", "committed"}
  /\ \A p \in Participant : at[p]["t1"] # "refused"

\* One reads or writes what another one, which is younger, reads and then writes.
SameKey ==
  /\ \A t \in Transaction : ~Decided(t) /\ client[t] \in {"open", "asked"}
  /\ \A t \in Transaction : at["p1"][t] \in {"none", "active"}
  /\ Crashes(0) /\ age["t2"] # 1
  /\ \A m \in msgs : m.type \in {"Get", "Put"} => m.key = "a"
  /\ DoesAtMost("t1", 1)
  /\ Does("t2", "Get", 1, "a") /\ Does("t2", "Put", 2, "a") /\ DoesAtMost("t2", 2)
  /\ stage["t2"] # "none" => heard["t1"] = 1
  /\ client["t1"] = "asked" => heard["t2"] = 2

\* One has promised, a second one waits to promise, and a third one reads.
Third ==
  /\ \A t \in Transaction : ~Decided(t) /\ ops[t] <= 1 /\ client[t] \in {"open", "asked"}
  /\ Crashes(0) /\ client["t3"] = "open"
  /\ Does("t1", "Put", 1, "a") /\ Does("t2", "Put", 1, "a") /\ Does("t3", "Get", 1, "a")
  /\ \A m \in msgs : m.type # "Vote"
  /\ client["t1"] = "asked" => heard["t2"] = 1
  /\ client["t2"] = "asked" => at["p1"]["t1"] = "prepared"
  /\ stage["t3"] # "none" => waiting["p1"]["t2"] # NoLocks

\* A crash takes the locks of one that has read. Its read comes once more and waits for
\* another one, which has promised; then it wants to commit.
Late ==
  /\ \A t \in Transaction : ~Decided(t) /\ ops[t] <= 1 /\ client[t] \in {"open", "asked"}
  /\ Crashes(1) /\ {Coordinator, "p2"} \subseteq up
  /\ incarnation[Coordinator] = 1 /\ incarnation["p2"] = 1
  /\ Does("t1", "Put", 1, "a") /\ Does("t2", "Get", 1, "a")
  /\ \A m \in msgs : m.type # "Vote"
  /\ Crashed => heard["t2"] = 1
  /\ ops["t1"] = 1 => incarnation["p1"] = 2
  /\ at["p1"]["t2"] = "active" /\ Crashed => at["p1"]["t1"] = "prepared"
  /\ client["t2"] = "asked" => waiting["p1"]["t2"] # NoLocks

Explored ==
  /\ Aged
  /\ CASE stage["t3"] # "none" -> policy = "woundWait" /\ Third
       [] policy = "noWait" -> OneKey \/ Promised
       [] policy = "waitDie" -> (Behind /\ Crashes(0)) \/ SameKey
       [] OTHER -> InTurn \/ Promised \/ SameKey \/ Third \/ Late
=============================================================================
