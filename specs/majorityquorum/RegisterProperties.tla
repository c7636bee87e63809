------------------------- MODULE RegisterProperties -------------------------
(***************************************************************************)
(* What must hold of MajorityQuorum.                                       *)
(***************************************************************************)
EXTENDS MajorityQuorum

Cell == [number : Number \ {0}, by : Client, value : Value] \cup {NoCell}

TypeOK ==
  /\ mem \in [Node -> Cell] /\ disk \in [Node -> Cell] /\ own \in [Client -> Number]
  /\ \A c \in Client :
       /\ op[c].kind \in {"none", "read", "write"} /\ op[c].phase \in {"get", "put", "over"}
       /\ op[c].cell \in Cell /\ op[c].value \in Value \cup {NoValue} /\ op[c].call \in Nat
       /\ op[c].yes \subseteq Voter /\ op[c].no \subseteq Voter /\ op[c].yes \cap op[c].no = {}
       /\ op[c].quorum \in 0 .. Cardinality(Voter)
       /\ op[c].ended \in {"", "success", "failure", "expired"}
       /\ op[c].outcome \in {"", "done", "failed", "unknown"}
       /\ op[c].outcome = "" <=> op[c].phase # "over"
  /\ \A m \in msgs :
       /\ m.cell \in Cell /\ m.call \in Nat
       /\ CASE m.type \in {"get", "put"} -> m.from \in Client
            [] m.type \in {"have", "stored"} -> m.from \in Node /\ m.to \in Client
            [] OTHER -> FALSE
  /\ \A f \in {floor} \cup {since[c] : c \in Client} : f.write \in Nat /\ f.any \in Nat

\* A read quorum has a voter of each write quorum.
QuorumsMeet ==
  \A r, w \in SUBSET Voter :
    Cardinality(r) >= ReadQuorum /\ Cardinality(w) >= WriteQuorum => r \cap w # {}

\* A version has one value, wherever it is.
Cells == {mem[n] : n \in Node} \cup {disk[n] : n \in Node} \cup {m.cell : m \in msgs}
         \cup {op[c].cell : c \in Client}
OneValue == \A a, b \in Cells : Order(a) = Order(b) => a.value = b.value

\* What a replica has acknowledged, its disk has, or something newer.
AcknowledgedIsDurable ==
  \A m \in msgs : m.type = "stored" => Order(disk[m.from]) >= Order(m.cell)
VersionsGrow == [][\A n \in Node : Order(disk'[n]) >= Order(disk[n])]_vars

\* What was written stays at a write quorum of voters.
WrittenIsKept ==
  Cardinality({n \in Voter : Order(disk[n]) >= floor.write}) >= WriteQuorum

\* A write that has failed has written nothing: no reader returns what it has put.
FailedIsNotRead ==
  \A c, d \in Client :
    /\ op[c].kind = "write" /\ op[c].outcome = "failed"
    /\ op[d].kind = "read" /\ op[d].outcome = "done"
    => \A m \in msgs : m.type = "put" /\ m.from = c /\ m.call = op[c].call => m.cell # op[d].cell

\* A read returns what was read or written before it began, or something newer. Where
\* readers do not write back, that is promised of what was written only.
ReadIsNewEnough ==
  \A c \in Client : op[c].kind = "read" /\ op[c].outcome = "done" =>
    Order(op[c].cell) >= IF Regular THEN since[c].write ELSE since[c].any

\* Where reads are regular, only writers put anything.
ReadersPutNothing == Regular => \A m \in msgs : m.type = "put" => m.from = m.cell.by

\* An operation ends if its client and a quorum of replicas go on.
OperationEnds(c) == op[c].phase # "over" ~> op[c].phase = "over"
EachEnds == \A c \in Client : OperationEnds(c)

(* What the clients see: an atomic register, or a regular one. *)
VersionOf(c) ==
  CASE op[c].kind = "write" -> IF op[c].phase = "get" THEN 0 ELSE Order(op[c].cell)
    [] OTHER -> IF op[c].phase = "over" THEN Order(op[c].cell) ELSE 0
Seen(begin) ==
  [c \in Client |-> [kind |-> op[c].kind, since |-> begin[c], version |-> VersionOf(c), outcome |-> op[c].outcome]]
Versions == {Order(cell) : cell \in Cell \ {NoCell}}
Chosen == {Order(m.cell) : m \in {r \in msgs : r.type = "put"}} \ {0}

Atomic == INSTANCE AtomicRegister WITH
  Version <- Versions, op <- Seen([c \in Client |-> since[c].any]), written <- Chosen, floor <- floor.any
RegularOnly == INSTANCE RegularRegister WITH
  Version <- Versions, op <- Seen([c \in Client |-> since[c].write]), written <- Chosen, floor <- floor.write
\* These are their Specs. TLC looks first whether the clients see anything.
RefinesAtomicRegister  == Atomic!Init /\ [][UNCHANGED Atomic!vars \/ Atomic!AtomicNext]_<<op, msgs>>
RefinesRegularRegister == RegularOnly!Init /\ [][UNCHANGED RegularOnly!vars \/ RegularOnly!Next]_<<op, msgs>>

(* Each phase is a QuorumCall of Request Waiting List. A replica has said yes if it has
   answered the call, whatever its client has counted. *)
Begun(c) == op[c].call > 0
Phase(c) == INSTANCE QuorumCall WITH
  Node <- Voter, group <- IF Begun(c) THEN Voter ELSE {}, quorum <- op[c].quorum,
  yes <- {n \in Voter : \E m \in Answers : m.to = c /\ m.from = n /\ m.call = op[c].call},
  no <- op[c].no, late <- op[c].ended = "expired", lost <- FALSE,
  told <- IF op[c].ended = "" THEN <<>> ELSE <<op[c].ended>>
RefinesQuorumCall ==
  [][\A c \in Client :
       IF op'[c].call # op[c].call
       THEN op'[c].ended = "" /\ op'[c].no = {} /\ op'[c].quorum \in 1 .. Cardinality(Voter)
       ELSE UNCHANGED Phase(c)!vars \/ Phase(c)!Next]_<<op, msgs>>

THEOREM Spec => [](TypeOK /\ QuorumsMeet /\ OneValue /\ AcknowledgedIsDurable /\ WrittenIsKept)
THEOREM Spec => [](FailedIsNotRead /\ ReadIsNewEnough /\ ReadersPutNothing)
THEOREM Spec => VersionsGrow /\ RefinesQuorumCall /\ RefinesRegularRegister
THEOREM Spec => (~Regular => RefinesAtomicRegister)
THEOREM Spec => EachEnds
=============================================================================
