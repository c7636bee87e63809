-------------------------- MODULE MCTwoPhaseCommit --------------------------
(***************************************************************************)
(* The bounds of the models of TwoPhaseCommit. Each constraint is a course *)
(* of events that TLC explores with all its variations. Liveness has       *)
(* bounds of its own.                                                      *)
(***************************************************************************)
EXTENDS LiveTwoPhaseCommit

Numbers == [t1 |-> 1, t2 |-> 2, t3 |-> 3, t4 |-> 4, t5 |-> 5, t6 |-> 6,
            t7 |-> 7, t8 |-> 8, t9 |-> 9, t10 |-> 10, t11 |-> 11, t12 |-> 12,
            t13 |-> 13, t14 |-> 14, t15 |-> 15, t16 |-> 16]
Placements == [a |-> "p1", b |-> "p2", c |-> "p3",
          d |-> "p1", e |-> "p2", f |-> "p3"]

\* All nodes start before anything happens. The number of crashes is bounded.
Crashes(n) ==
  /\ Sum(Node) + Cardinality(Node \ up) <= Cardinality(Node) + n
  /\ (\E node \in Node : incarnation[node] = 0) =>
       \A t \in Transaction : stage[t] = "none"

\* The operations of each client, in turn.
Does(t, type, n, key) ==
  \A m \in msgs :
    m.type \in {"Get", "Put"} /\ m.t = t /\ m.n = n => m.type = type /\ m.key = key
DoesAtMost(t, n) == ops[t] <= n

\* A participant in doubt inquires before the decision only if no node crashes, and Close
\* comes without inquiries. The client takes part in neither.
Inquired(t) == \E p \in Participant : Asked(p, t)
Closed == \E m \in msgs : m.type = "Closed"
Doubtful(t) == /\ Inquired(t) \/ Closed => client[t] = "asked"
               /\ Inquired(t) => (Decided(t) \/ ~Crashed) /\ ~Closed
               /\ Closed => incarnation[Coordinator] = 1 /\ Coordinator \in up

Patient(ts) == \A t \in ts : stage[t] = "aborted" =>
  \E p \in Participant : Voted(p, t, "no")
Scripts(t1, t2) ==
  /\ Does("t1", "Get", 1, "a") /\ Does("t1", "Put", 2, "b") /\ DoesAtMost("t1", t1)
  /\ IF t2 = 2 THEN Does("t2", "Get", 1, "b") /\ Does("t2", "Put", 2, "a")
               ELSE Does("t2", "Put", 1, "a")
  /\ DoesAtMost("t2", t2)

\* One course for each policy: a transaction alone, with all that can happen to it; one
\* that reads what another one writes, with a crash; two that want each other's keys.
Alone ==
  /\ Doubtful("t1") /\ (Closed => ~Crashed)
  /\ Crashes(1) /\ Scripts(2, 0) /\ stage["t2"] = "none"
  /\ "p1" \in up \/ ~Crashed
  /\ client["t1"] = "aborted" => ops["t1"] = 1
  /\ client["t1"] = "committed" => ~Crashed
  /\ Crashed /\ incarnation[Coordinator] = 1 => Patient({"t1"})
  /\ \A p \in Participant : at[p]["t1"] = "refused" =>
       AskedToPrepare(p, "t1") # {} \/ (ops["t1"] = 1 /\ ~Crashed)
Behind ==
  /\ \A t \in Transaction : ~Inquired(t)
  /\ Crashes(1) /\ Scripts(1, 1) /\ complete = {} /\ Patient(Transaction)
  /\ \A t \in Transaction : client[t] \in {"open", "asked"}
  /\ {Coordinator, "p2"} \subseteq up \/ ~Crashed
  /\ stage["t2"] # "none" => heard["t1"] = 1
  /\ stage["t2"] = "none" => client["t1"] = "open"
  /\ ~(Decided("t1") /\ Decided("t2"))
  /\ at["p1"]["t1"] = "refused" => stage["t2"] # "none"
Crosswise ==
  /\ \A t \in Transaction : ~Inquired(t)
  /\ Crashes(0) /\ Scripts(2, 2) /\ Patient(Transaction) /\ complete = {}
  /\ \A t \in Transaction : client[t] \in {"open", "asked"}
  /\ stage["t2"] # "none" => heard["t1"] = 2
  /\ client["t2"] = "asked" => client["t1"] = "asked"
  /\ client["t1"] = "asked" => heard["t2"] >= 1
  /\ ~(Decided("t1") /\ Decided("t2"))
  /\ \A p \in Participant : at[p]["t1"] = "refused" => AskedToPrepare(p, "t1") # {}

\* The node that crashes in them, once.
MayCrash(node) ==
  /\ \A n \in Node : incarnation[n] = (IF n \in up THEN 1 ELSE 0)
  /\ CASE policy = "noWait" -> node # "p1" \/ (ops["t1"] = 1 /\ writes["t1"] # Nothing)
       [] policy = "waitDie"  -> node = "p1"
       [] OTHER            -> FALSE

CrashesOnce == \A node \in up \ up' : MayCrash(node)

\* The three courses with two crashes, patience that ends at any time, and all orders
\* of conflicts; but with one age and one value.
Large ==
  CASE policy = "noWait" -> /\ Crashes(2) /\ Scripts(2, 0) /\ stage["t2"] = "none"
                            /\ client["t1"] \in {"open", "asked"}
                            /\ Doubtful("t1")
                            /\ "p1" \in up \/ ~Crashed
    [] policy = "waitDie" -> /\ Crashes(1) /\ Scripts(1, 1) /\ complete = {}
                             /\ \A t \in Transaction : ~Inquired(t)
                             /\ \A t \in Transaction : client[t] \in {"open", "asked"}
                             /\ Participant \subseteq up \/ ~Crashed
    [] OTHER              -> /\ Crashes(0) /\ Scripts(2, 2) /\ complete = {}
                             /\ \A t \in Transaction : ~Inquired(t)
                             /\ \A t \in Transaction : client[t] \in {"open", "asked"}

\* Three transactions in a ring: each has read a key that the next one wants to write.
\* One begins when the one before it has its answers, and all want to commit before the
\* first vote. When one is decided the others are as in the small model.
Together ==
  /\ Cardinality({t \in Transaction : Decided(t)}) <= 1
  /\ (\E t \in Transaction : stage[t] # "begun" /\ stage[t] # "none") =>
       \A t \in Transaction : client[t] = "asked"
Ring ==
  /\ Together
  /\ Crashes(0) /\ complete = {} /\ Patient(Transaction)
  /\ \A t \in Transaction : ~Inquired(t) /\ client[t] \in {"open", "asked"} /\ DoesAtMost(t, 2)
  /\ Does("t1", "Get", 1, "a") /\ Does("t1", "Put", 2, "b")
  /\ Does("t2", "Get", 1, "b") /\ Does("t2", "Put", 2, "c")
  /\ Does("t3", "Get", 1, "c") /\ Does("t3", "Put", 2, "a")
  /\ stage["t2"] # "none" => heard["t1"] = 2
  /\ stage["t3"] # "none" => heard["t2"] = 2
  /\ client["t1"] = "asked" \/ client["t2"] = "asked" => heard["t3"] = 2
  /\ client["t2"] = "asked" => client["t1"] = "asked"
  /\ client["t3"] = "asked" => client["t2"] = "asked"

\* Three that write one key: the second and the third wait for it together.
Queue ==
  /\ Together
  /\ Crashes(0) /\ complete = {} /\ Patient(Transaction)
  /\ \A t \in Transaction :
       /\ Does(t, "Put", 1, "a") /\ DoesAtMost(t, 1) /\ ~Inquired(t)
       /\ client[t] \in {"open", "asked"}
  /\ stage["t2"] # "none" => heard["t1"] = 1
  /\ stage["t3"] # "none" => heard["t2"] = 1
  /\ client["t1"] = "asked" \/ client["t2"] = "asked" => heard["t3"] = 1
  /\ client["t2"] = "asked" => client["t1"] = "asked"
  /\ client["t3"] = "asked" => client["t2"] = "asked"

Three == CASE policy = "noWait" -> Queue
           [] OTHER -> Ring \/ Queue

\* A reader that has read one key waits for another one, which the first transaction has
\* promised to write; the third one wants to write what it has read.
Readers ==
  /\ policy \in {"none", "woundWait"}
  /\ Crashes(0) /\ complete = {} /\ Patient(Transaction)
  /\ \A t \in Transaction : ~Inquired(t) /\ client[t] \in {"open", "asked"}
  /\ Does("t1", "Put", 1, "d") /\ DoesAtMost("t1", 1)
  /\ Does("t2", "Get", 1, "a") /\ Does("t2", "Get", 2, "d") /\ DoesAtMost("t2", 2)
  /\ Does("t3", "Put", 1, "a") /\ DoesAtMost("t3", 1)
  /\ stage["t2"] # "none" => heard["t1"] = 1
  /\ stage["t3"] # "none" => heard["t2"] = 1
  /\ client["t1"] = "asked" => heard["t3"] = 1
  /\ ops["t2"] = 2 \/ client["t3"] = "asked" => at["p1"]["t1"] = "prepared"

\* The limit of the protocol: the coordinator dies when all have promised, and no other
\* node does.
Blocked ==
  /\ policy \in {"none", "noWait"} /\ Crashes(1) /\ Patient(Transaction)
  /\ Crashed => Participant \subseteq up /\ \A p \in Participant : at[p]["t1"] = "prepared"
  /\ \A p \in Participant : at[p]["t1"] # "refused"
  /\ client["t1"] = "asked" => ops["t1"] = 2
  /\ Does("t1", "Put", 1, "a") /\ Does("t1", "Put", 2, "b") /\ DoesAtMost("t1", 2)

\* Two transactions that write one key, and one that reads what it has written, or writes it
\* again, where the participant may crash between the two.
WriteOneKey ==
  /\ Crashes(0) /\ complete = {} /\ Patient(Transaction)
  /\ \A t \in Transaction :
       /\ Does(t, "Put", 1, "a") /\ DoesAtMost(t, 1) /\ ~Inquired(t)
       /\ client[t] \in {"open", "asked"}
  /\ stage["t2"] # "none" => heard["t1"] = 1
  /\ client["t1"] = "asked" => heard["t2"] = 1
ReadOwnWrite ==
  /\ Crashes(1) /\ complete = {} /\ Patient(Transaction) /\ stage["t2"] = "none"
  /\ {Coordinator, "p2"} \subseteq up \/ ~Crashed
  /\ Does("t1", "Put", 1, "a") /\ DoesAtMost("t1", 2)
  /\ Does("t1", "Get", 2, "a") \/ Does("t1", "Put", 2, "a")
  /\ ~Inquired("t1") /\ client["t1"] \in {"open", "asked"}

\* The values that each writes, and the ages. Under "waitDie" the second transaction
\* may be older than the first.
Written ==
  \A m \in msgs : m.type = "Put" =>
    m.value = (IF m.t = "t1" /\ ~(m.n = 2 /\ m.key = "a") THEN "1" ELSE "2")
Aged == /\ age["t1"] \in {0, 2}
        /\ age["t2"] = 1 => policy = "waitDie"

Small == /\ Written /\ Aged
         /\ CASE policy = "noWait" -> Alone \/ ReadOwnWrite
              [] policy = "waitDie" -> Behind \/ WriteOneKey
              [] OTHER -> Crosswise \/ WriteOneKey

-----------------------------------------------------------------------------
(* The policies, by the ages that the coordinator has.                     *)

Elder(t, u) == age[t] < age[u] \/ (age[t] = age[u] /\ Number[t] < Number[u])

\* A transaction begins to wait for younger ones only, or for older ones only. Under
\* "woundWait" all that it waits for want to commit, or it only reads and they are older.
WaitsByAge ==
  [][\A p \in Participant : waiting'[p] # waiting[p] => \A t \in Transaction :
       LET want == waiting'[p][t]
       IN  want \notin {waiting[p][t], NoLocks} =>
             \A u \in Obstacles(p, t, want) :
               CASE policy = "noWait" -> FALSE
                 [] policy = "waitDie" -> Elder(t, u)
                 [] policy = "woundWait" -> IF want.write # {}
                                              THEN client[u] # "open" /\ Elder(u, t)
                                              ELSE client[u] # "open" \/ Elder(u, t)]_vars

\* The younger transaction is wounded. Under "waitDie" one dies only for an older one.
\* Under "woundWait" it dies only when it commits: for an older one that does not, or for a
\* younger one that has promised.
DropsByAge ==
  [][\A p \in Participant : at'[p] # at[p] => \A t \in Transaction :
       /\ \A u \in Transaction :
            Wound(p, t, u) => policy = "woundWait" /\ Elder(t, u) /\ at[p][u] = "active"
       /\ Die(p, t) => \E want \in Wants(p, t) : \E u \in Obstacles(p, t, want) :
            CASE policy = "noWait" -> TRUE
              [] policy = "waitDie" -> Elder(u, t)
              [] policy = "woundWait" -> /\ want.write # {}
                                         /\ IF Elder(u, t)
                                            THEN at[p][u] = "active" /\ waiting[p][u].write = {}
                                            ELSE at[p][u] = "prepared"]_vars

THEOREM Spec => WaitsByAge /\ DropsByAge

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

ReaderHoldsAndWaits ==
  \E p \in Participant, t, u \in Transaction :
    waiting[p][t].read # {} /\ at[p][u] = "active" /\ u # t /\ locks[p][t] \cap DOMAIN pending[p][u] # {}

VoteIsNo             == \E p \in Participant, t \in Transaction : Voted(p, t, "no")
DoubtOutlastsCrash   == \E p \in Participant, t \in Transaction : at[p][t] = "prepared" /\ p \notin up
DoubtWithoutCoordinator ==
  Coordinator \notin up /\ \E p \in Participant, t \in Transaction : at[p][t] = "prepared"
RecoversInDoubt      == \E p \in up' \ up, t \in Transaction : p \in Participant /\ at[p][t] = "prepared"
LocksAreLost         == \E p \in Participant : p \in up /\ p \notin up' /\ locks'[p] # locks[p]
OneWaits             == \E p \in Participant, t \in Transaction : waiting[p][t] # NoLocks
OneCommits           == \E t \in Transaction : client[t] = "committed"
OneAborts            == \E t \in Transaction : client[t] = "aborted"
AbortIsLearned       == \E t \in Transaction : client[t] = "asked" /\ client'[t] = "aborted"
InquiresTooEarly     == \E p \in Participant, t \in Transaction : Undecided(t) /\ Asked(p, t)
DecisionIsForgotten  == complete # {}
ParticipantForgets   == \E p \in Participant : closed[p] > 0
BothAreDecided       == \A t \in Transaction : Decided(t) /\ client[t] = "asked"
BothCommit           == \A t \in Transaction : stage[t] = "committed"
CrashIsSurvived      == Crashed /\ up = Node /\ \E t \in Transaction : t \in complete
AbortIsCarriedOut    == \E p \in Participant, t \in Transaction : at[p][t] = "aborted"
WritesWhatItHasRead  ==
  \E p \in Participant, t \in Transaction :
    at[p][t] = "prepared" /\ locks[p][t] \cap DOMAIN pending[p][t] # {}
=============================================================================
