--------------------------- MODULE MajorityQuorum ---------------------------
(***************************************************************************)
(* Majority Quorum: replicas keep a register, and a client takes for read  *)
(* or written what a quorum of them has answered. Any read quorum and any  *)
(* write quorum have a replica in common. After Joshi, Patterns of         *)
(* Distributed Systems, ch. 8; Gifford, Weighted Voting for Replicated     *)
(* Data (1979); Attiya, Bar-Noy and Dolev, Sharing Memory Robustly in      *)
(* Message-Passing Systems (1995).                                         *)
(*                                                                         *)
(* An operation has two phases, each of which is a call to all replicas.   *)
(* It gets what a read quorum has, and puts to a write quorum: a writer a  *)
(* new version of its own, and a reader what it is about to return.        *)
(* Messages are lost, delayed for any time, repeated and reordered: the    *)
(* network keeps all that was ever sent. Replicas crash, and find on their *)
(* disk what was durable, or what they were just writing. A client that    *)
(* crashes takes no further step; its next process has another name.       *)
(*                                                                         *)
(* Left out: keys, each of which is a register of its own, and changes of  *)
(* the group.                                                              *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences

CONSTANTS
  Node,         \* the replicas
  Voter,        \* those that count; the others follow, for readers nearby
  Client,       \* names from the list below
  Value,
  WriteQuorum,  \* the number of voters in one
  Regular,      \* readers put nothing: faster, and not atomic
  NoClient, NoValue

Number == Nat   \* of a version; finite in a model

ASSUME /\ Voter \subseteq Node /\ WriteQuorum \in 1 .. Cardinality(Voter) /\ Regular \in BOOLEAN
       /\ NoClient \notin Client /\ NoValue \notin Value /\ Node \cap Client = {}

\* TLC cannot compare strings, so the order of the clients is written down.
Names == <<"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9">>
Rank(c) == IF c = NoClient THEN 0 ELSE CHOOSE i \in DOMAIN Names : Names[i] = c
ASSUME Client \subseteq {Names[i] : i \in DOMAIN Names}

VARIABLES
  (* replicas *)
  mem,    \* the version in memory, with its value
  disk,   \* what is durable of that
  (* clients *)
  op,     \* the operation, with the call that is its present phase
  own,    \* the number of the last version that the client has chosen
  (* the network *)
  msgs,   \* all messages that were ever sent
  (* ghosts *)
  floor,  \* the newest version that was written or returned
  since   \* that, when the last operation of each client began

replicas == <<mem, disk>>
clients  == <<op, own>>
ghosts   == <<floor, since>>
vars     == <<mem, disk, op, own, msgs, floor, since>>

NoCell == [number |-> 0, by |-> NoClient, value |-> NoValue]
Idle   == [kind |-> "none", phase |-> "over", value |-> NoValue, call |-> 0, cell |-> NoCell,
           quorum |-> 0, yes |-> {}, no |-> {}, ended |-> "", outcome |-> "done"]
Greater(a, b) == IF a > b THEN a ELSE b
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* One more than the voters outside of a write quorum: one of them is inside.
ReadQuorum == Cardinality(Voter) - WriteQuorum + 1
\* Only the voters count, among all that answer.
HasVote(n) == n \in Voter
\* A quorum is as large when replicas refuse or are down: more than half of all, not of those up.
Needs(quorum, refused) == quorum
\* Two writers may choose one number. Their names decide.
IsNewer(a, b) == a.number > b.number \/ (a.number = b.number /\ Rank(a.by) > Rank(b.by))
\* Of all that a quorum has answered the newest counts.
Newest(a, b) == IF IsNewer(b, a) THEN b ELSE a
\* A version is above all that the quorum knows, and above what this client has chosen
\* itself: its last put may have reached a replica outside of the quorum.
NextNumber(seen, last) == Greater(seen, last) + 1
\* A reader puts what it returns, so that no later reader returns something older.
WritesBack == ~Regular
\* A put that arrives late does not undo a later one.
MayStore(n, cell) == IsNewer(cell, mem[n])
\* A replica says yes to what a crash does not take back.
MayAcknowledge(n, cell) == ~IsNewer(cell, disk[n])
\* A put that has failed or expired may have reached a replica, and a reader may spread it.
OutcomeOfPut(ended) == "unknown"
-----------------------------------------------------------------------------
Init ==
  /\ mem = [n \in Node |-> NoCell] /\ disk = [n \in Node |-> NoCell]
  /\ op = [c \in Client |-> Idle] /\ own = [c \in Client |-> 0]
  /\ msgs = {}
  /\ floor = [write |-> 0, any |-> 0] /\ since = [c \in Client |-> [write |-> 0, any |-> 0]]

(* The client. *)

\* A phase begins: a call to all replicas.
Call(c, kind, phase, value, cell, quorum) ==
  /\ op' = [op EXCEPT ![c] =
       [kind |-> kind, phase |-> phase, value |-> value, call |-> @.call + 1, cell |-> cell,
        quorum |-> quorum, yes |-> {}, no |-> {}, ended |-> "", outcome |-> ""]]
  /\ msgs' = msgs \cup {[type |-> phase, from |-> c, call |-> op[c].call + 1, cell |-> cell]}
  /\ UNCHANGED replicas

Begin(c, kind, value) ==
  /\ op[c].phase = "over"
  /\ Call(c, kind, "get", value, NoCell, ReadQuorum)
  /\ since' = [since EXCEPT ![c] = floor]
  /\ UNCHANGED <<own, floor>>
Read(c)     == Begin(c, "read", NoValue)
Write(c, v) == Begin(c, "write", v)

Waits(c) == op[c].phase # "over" /\ op[c].ended = ""
Unheard(c, n) == Waits(c) /\ HasVote(n) /\ n \notin op[c].yes \cup op[c].no

\* The call ends as soon as that is certain: a QuorumCall of Request Waiting List.
Count(c, yes, no, cell) ==
  LET group == {n \in Node : HasVote(n)}
      ended == CASE Cardinality(yes) >= op[c].quorum -> "success"
                 [] Cardinality(group \ no) < op[c].quorum -> "failure"
                 [] OTHER -> ""
  IN  /\ op' = [op EXCEPT ![c].yes = yes, ![c].no = no, ![c].cell = cell, ![c].ended = ended]
      /\ UNCHANGED <<replicas, own, msgs, ghosts>>

\* An answer arrives. One that is late, or comes once more, changes nothing.
Receive(c, m) ==
  /\ m.to = c
  /\ IF m.call = op[c].call /\ Unheard(c, m.from)
     THEN Count(c, op[c].yes \cup {m.from}, op[c].no,
                IF op[c].phase = "get" THEN Newest(op[c].cell, m.cell) ELSE op[c].cell)
     ELSE UNCHANGED vars

\* A replica refuses, or its connection has ended, perhaps after it has done its part.
Fail(c, n) == Unheard(c, n) /\ Count(c, op[c].yes, op[c].no \cup {n}, op[c].cell)

\* The time is over.
Expire(c) ==
  /\ Waits(c)
  /\ op' = [op EXCEPT ![c].ended = "expired"]
  /\ UNCHANGED <<replicas, own, msgs, ghosts>>

Got(c, kind) == op[c].kind = kind /\ op[c].phase = "get" /\ op[c].ended = "success"

\* A writer chooses a version, and puts it.
Choose(c) ==
  LET number == NextNumber(op[c].cell.number, own[c])
  IN  /\ Got(c, "write") /\ number \in Number
      /\ own' = [own EXCEPT ![c] = number]
      /\ Call(c, "write", "put", op[c].value,
              [number |-> number, by |-> c, value |-> op[c].value], Needs(WriteQuorum, op[c].no))
      /\ UNCHANGED ghosts

\* A reader puts what it is about to return.
WriteBack(c) ==
  /\ Got(c, "read") /\ WritesBack
  /\ Call(c, "read", "put", NoValue, op[c].cell, Needs(WriteQuorum, op[c].no))
  /\ UNCHANGED <<own, ghosts>>

\* The caller is told. A write that has failed has written nothing, and never will. A read that
\* has failed may have spread what was there.
Outcome(c) ==
  CASE op[c].ended = "success" -> "done"
    [] op[c].kind = "write" /\ op[c].phase = "put" -> OutcomeOfPut(op[c].ended)
    [] OTHER -> "failed"
\* The place of a version in the order, which no rule decides.
Order(cell) == cell.number * (Len(Names) + 1) + Rank(cell.by)
Return(c) ==
  LET outcome == Outcome(c)
      version == IF outcome = "done" THEN Order(op[c].cell) ELSE 0
  IN  /\ op[c].phase # "over" /\ op[c].ended # ""
      /\ op[c].ended = "success" => op[c].phase = "put" \/ (Got(c, "read") /\ ~WritesBack)
      /\ op' = [op EXCEPT ![c].phase = "over", ![c].outcome = outcome,
                          ![c].cell = IF outcome = "failed" THEN NoCell ELSE @]
      /\ floor' = [write |-> IF op[c].kind = "write" THEN Greater(floor.write, version) ELSE floor.write,
                   any |-> Greater(floor.any, version)]
      /\ UNCHANGED <<replicas, own, msgs, since>>

(* The replica. *)
ToGet(n, m)  == [type |-> "have", from |-> n, to |-> m.from, call |-> m.call, cell |-> mem[n]]
ToPut(n, m)  == [type |-> "stored", from |-> n, to |-> m.from, call |-> m.call, cell |-> m.cell]
Send(m) == msgs' = msgs \cup {m} /\ UNCHANGED <<replicas, clients, ghosts>>

\* Voters only are sent a get.
Answer(n, m) == m.type = "get" /\ HasVote(n) /\ Send(ToGet(n, m))
Acknowledge(n, m) == m.type = "put" /\ MayAcknowledge(n, m.cell) /\ Send(ToPut(n, m))

Store(n, m) ==
  /\ m.type = "put" /\ MayStore(n, m.cell)
  /\ mem' = [mem EXCEPT ![n] = m.cell]
  /\ UNCHANGED <<disk, clients, msgs, ghosts>>

\* A flush has returned.
Persist(n) ==
  /\ disk[n] # mem[n]
  /\ disk' = [disk EXCEPT ![n] = mem[n]]
  /\ UNCHANGED <<mem, clients, msgs, ghosts>>

\* The process ends, and the next one begins. If a flush was under way, it may have come to
\* the disk or not.
Restart(n, kept) ==
  /\ kept \in {disk[n], mem[n]}
  /\ mem' = [mem EXCEPT ![n] = kept] /\ disk' = [disk EXCEPT ![n] = kept]
  /\ UNCHANGED <<clients, msgs, ghosts>>

Proceed(c) == Choose(c) \/ WriteBack(c) \/ Return(c)
Serve(n, m) == Answer(n, m) \/ Store(n, m) \/ Acknowledge(n, m)
Requests == {m \in msgs : m.type \in {"get", "put"}}
Answers  == msgs \ Requests

Next ==
  \/ \E c \in Client :
       \/ Read(c) \/ (\E v \in Value : Write(c, v)) \/ Expire(c) \/ Proceed(c)
       \/ \E m \in Answers : Receive(c, m)
       \/ \E n \in Node : Fail(c, n)
  \/ \E n \in Node :
       \/ Persist(n) \/ (\E m \in Requests : Serve(n, m))
       \/ \E kept \in {disk[n], mem[n]} : Restart(n, kept)

\* Replicas serve what arrives, also if they crash again and again, and clients go on.
Fairness ==
  /\ \A n \in Node : WF_vars(\E m \in Requests : Serve(n, m)) /\ SF_vars(Persist(n))
  /\ \A c \in Client : WF_vars(\E m \in Answers : Receive(c, m)) /\ WF_vars(Proceed(c))
Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
