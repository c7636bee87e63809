------------------------------ MODULE Clients ------------------------------
(***************************************************************************)
(* The clients of two-phase commit. Each has one transaction and one       *)
(* operation under way. A client may stop at any point; that needs no      *)
(* step.                                                                   *)
(***************************************************************************)
EXTENDS Transactions

Operate(t, type, key, value) ==
  /\ client[t] = "open" /\ heard[t] = ops[t]
  /\ ops' = [ops EXCEPT ![t] = @ + 1]
  /\ \E begun \in Begun(t) :
       Send([type |-> type, t |-> t, age |-> begun.age, n |-> ops[t] + 1,
             p |-> Placement[key], key |-> key, value |-> value])
  /\ UNCHANGED <<operator, up, incarnation, coordinator, participant, client, heard,
                 seen, reads>>

Get(t, key) == Operate(t, "Get", key, Absent) /\ UNCHANGED writes

Put(t, key, value) ==
  /\ Operate(t, "Put", key, value)
  /\ writes' = [writes EXCEPT ![t] = With(@, key, value)]

\* The answer to its operation. It remembers the incarnation of each participant
\* that it has met, and each value that it has not written itself.
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
  /\ client[t] = "open" /\ Begun(t) # {} /\ heard[t] = ops[t]
  /\ client' = [client EXCEPT ![t] = "asked"]
  /\ Send([type |-> "AskCommit", t |-> t,
           keys |-> [k \in DOMAIN reads[t] \cup DOMAIN writes[t] |->
                       seen[t][Placement[k]]]])
  /\ UNCHANGED <<operator, up, incarnation, coordinator, participant, ops, heard,
                 seen, reads, writes>>

\* The client gives up.
RollBack(t) ==
  /\ MayRollBack(t) /\ Begun(t) # {}
  /\ client' = [client EXCEPT ![t] = "aborted"]
  /\ UNCHANGED <<operator, msgs, up, incarnation, coordinator, participant, ops,
                 heard, seen, reads, writes>>

\* It receives the decision.
Learn(t, outcome) ==
  /\ client[t] \in {"open", "asked"}
  /\ Told(t, outcome)
  /\ client' = [client EXCEPT ![t] = outcome]
  /\ UNCHANGED <<operator, msgs, up, incarnation, coordinator, participant, ops,
                 heard, seen, reads, writes>>

\* An observer says that the client knows the end. It is a part of Steps, and not
\* of Next.
Rest(t) ==
  /\ client[t] \in {"committed", "aborted"}
  /\ UNCHANGED vars

Outcome == {"committed", "aborted"}

ByClient(t) ==
  \/ \E k \in Key : Get(t, k) \/ \E v \in Value : Put(t, k, v)
  \/ \E m \in Message("Done", t, ops[t]) : Hear(t, m)
  \/ AskCommit(t) \/ RollBack(t)
  \/ \E outcome \in Outcome : Learn(t, outcome)
=============================================================================
