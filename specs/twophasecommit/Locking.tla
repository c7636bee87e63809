------------------------------ MODULE Locking ------------------------------
(***************************************************************************)
(* Strict two-phase locking, and three ways to deal with a conflict. A     *)
(* transaction locks for reading when it reads, and for writing when it    *)
(* prepares; it keeps all locks until its end. Of commits this module      *)
(* knows only that a prepared transaction must keep its locks.             *)
(*                                                                         *)
(* This module has no steps. It says which transactions are obstacles for  *)
(* another one, and what that one may do; Participation takes the steps.   *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Transaction,   \* the transactions that there may be
  Number,        \* by transaction: when it was begun, counted
  Participant    \* the nodes that hold keys, and lock them

VARIABLES
  policy,    \* how all participants deal with a conflict; "none" at first
  msgs,      \* all messages that were ever sent
  at,        \* by participant and transaction: how far that is
  pending,   \* by participant and transaction: its writes, invisible so far
  locks,     \* by participant and transaction: the keys it has read
  waiting    \* by participant and transaction: the locks that it waits for

Policy == {"noWait", "woundWait", "waitDie"}

\* Each message to a participant that begins something there carries the age of its
\* transaction, which never changes. Less is older.
AgeAt(p, t) ==
  (CHOOSE m \in msgs : /\ m.type \in {"Get", "Put", "Prepare"}
                        /\ m.t = t /\ m.p = p).age

Older(p, t, u) == \/ AgeAt(p, t) < AgeAt(p, u)
                  \/ AgeAt(p, t) = AgeAt(p, u) /\ Number[t] < Number[u]

-----------------------------------------------------------------------------
(* The rules.                                                              *)

\* A read lock is shared, a write lock is exclusive.
Conflict(a, b) ==
  \/ a.write \cap (b.read \cup b.write) # {}
  \/ b.write \cap a.read # {}

\* A prepared transaction is bound by a promise and cannot be wounded.
MayWound(p, t, u) == policy = "woundWait" /\ Older(p, t, u) /\ at[p][u] = "active"

\* Waiting goes one way only, so that there is no deadlock. Under "waitDie" the older
\* one waits. Under "woundWait" the younger does, with one addition: a transaction
\* that commits does not wait for one that is still active, because it may be prepared
\* elsewhere, and cannot be wounded there.
Committing(p, t) == at[p][t] = "prepared" \/ waiting[p][t].write # {}
MayWaitFor(p, t, u, committing) ==
  CASE policy = "noWait" -> FALSE
    [] policy = "waitDie" -> Older(p, t, u)
    [] policy = "woundWait" -> IF committing
                                 THEN Committing(p, u) /\ Older(p, u, t)
                                 ELSE Committing(p, u) \/ Older(p, u, t)

-----------------------------------------------------------------------------
(* Obstacles.                                                              *)

NoLocks == [read |-> {}, write |-> {}]

Held(p, t) ==
  [read  |-> locks[p][t],
   write |-> IF at[p][t] = "prepared" THEN DOMAIN pending[p][t] ELSE {}]

Holders(p, t, want) ==
  {u \in Transaction \ {t} : Conflict(want, Held(p, u))}

\* A transaction does not pass one that waits already, and that may not wait for it.
\* One that gets write locks is prepared, and has precedence over all active ones.
\* Under "noWait" none waits.
MayBePassed(p, u, t, writes) ==
  CASE policy = "waitDie" -> Older(p, u, t)
    [] OTHER -> waiting[p][u].write # {} => writes /\ Older(p, t, u)
InFront(p, t, want) ==
  {u \in Transaction \ {t} : /\ Conflict(want, waiting[p][u])
                             /\ ~MayBePassed(p, u, t, want.write # {})}

Obstacles(p, t, want) == Holders(p, t, want) \cup InFront(p, t, want)

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

\* Two transactions with a conflict do not both have their locks.
LocksExclude ==
  \A p \in Participant, t, u \in Transaction :
    t # u => ~( \/ Held(p, t).write \cap Held(p, u).write # {}
                \/ Held(p, t).write \cap Held(p, u).read # {} )

\* A transaction that is over, or was refused, has no locks and waits for none.
LocksAreReleased ==
  \A p \in Participant, t \in Transaction :
    at[p][t] \notin {"active", "prepared"} =>
      locks[p][t] = {} /\ waiting[p][t] = NoLocks /\ DOMAIN pending[p][t] = {}

\* No transaction waits for itself, through others and other nodes.
WaitsFor(t) ==
  {u \in Transaction : \E p \in Participant :
     waiting[p][t] # NoLocks /\ u \in Obstacles(p, t, waiting[p][t])}
RECURSIVE Reached(_, _)
Reached(from, n) ==
  IF n = 0 THEN from
  ELSE Reached(from \cup UNION {WaitsFor(t) : t \in from}, n - 1)
NoDeadlock ==
  \A t \in Transaction : t \notin Reached(WaitsFor(t), Cardinality(Transaction))
=============================================================================
