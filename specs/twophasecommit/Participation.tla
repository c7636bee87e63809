--------------------------- MODULE Participation ---------------------------
(***************************************************************************)
(* A participant of two-phase commit: it carries operations out, locks,    *)
(* promises, and does what was decided.                                    *)
(***************************************************************************)
EXTENDS Transactions

\* An operation is done, and answered with the value that its transaction sees.
Operated(p, m, value) ==
  /\ at' = [at EXCEPT ![p][m.t] = "active"]
  /\ done' = [done EXCEPT ![p][m.t] = m.n]
  /\ Send([type |-> "Done", t |-> m.t, n |-> m.n, p |-> p, incarnation |-> incarnation[p],
           key |-> m.key, value |-> value])

Read(p, t, n) ==
  /\ p \in up
  /\ at[p][t] \in {"none", "active"} /\ IsOpen(p, t) /\ IsNew(p, t, n)
  /\ \E m \in Message("Get", t, n) :
       /\ m.p = p
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
       /\ m.p = p
       /\ pending' = [pending EXCEPT ![p][t] = With(@, m.key, m.value)]
       /\ Operated(p, m, m.value)
  /\ UNCHANGED <<besideParticipant, store, closed, locks, waiting>>

\* All keys are locked, and the promise is in the log.
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

\* A transaction loses all that it has here. It was not promised.
Dropped(p, t) ==
  /\ at' = [at EXCEPT ![p][t] = "refused"]
  /\ pending' = [pending EXCEPT ![p][t] = Nothing]
  /\ locks' = [locks EXCEPT ![p][t] = {}]
  /\ waiting' = [waiting EXCEPT ![p][t] = NoLocks]
  /\ UNCHANGED <<besideParticipant, store, closed, done>>

\* The participant cannot promise what it does not have, and votes no.
Refuse(p, t) ==
  /\ p \in up
  /\ at[p][t] \in {"none", "active", "refused"} /\ IsOpen(p, t)
  /\ \E m \in AskedToPrepare(p, t) : IsWhole(p, m) => at[p][t] # "active"
  /\ Dropped(p, t)
  /\ Send([type |-> "Vote", t |-> t, p |-> p, vote |-> "no"])

\* The locks are not free, and the transaction may wait for all obstacles.
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

\* An older transaction wounds a younger one that is an obstacle.
Wound(p, t, u) ==
  /\ p \in up
  /\ \E want \in Wants(p, t) : u \in Obstacles(p, t, want)
  /\ MayWound(p, t, u)
  /\ Dropped(p, u)
  /\ UNCHANGED msgs

\* There is an obstacle that the transaction may neither wait for nor wound.
Die(p, t) ==
  /\ p \in up
  /\ \E want \in Wants(p, t) :
       \E u \in Obstacles(p, t, want) :
         /\ ~MayWaitFor(p, t, u, want.write # {})
         /\ ~MayWound(p, t, u)
  /\ Dropped(p, t)
  /\ UNCHANGED msgs

\* The client is silent for too long, and nothing was promised.
GiveUp(p, t) ==
  /\ p \in up
  /\ MayGiveUp(p, t)
  /\ Dropped(p, t)
  /\ UNCHANGED msgs

\* The transaction is in doubt: the participant asks for the decision.
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

\* The transaction is carried out: its writes are visible, and its locks are free.
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

\* What is closed is forgotten when all of it is over here as well. The number
\* stays.
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

Participating(p) ==
  \E t \in Transaction :
    \/ \E n \in 1 .. ops[t] : Read(p, t, n) \/ Write(p, t, n)
    \/ Prepare(p, t) \/ Vote(p, t) \/ Refuse(p, t) \/ Wait(p, t)
    \/ \E u \in Transaction : Wound(p, t, u)
    \/ Die(p, t) \/ GiveUp(p, t) \/ Inquire(p, t) \/ Apply(p, t) \/ Discard(p, t)
    \/ Forget(p, Number[t])
=============================================================================
