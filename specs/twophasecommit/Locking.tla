------------------------------ MODULE Locking ------------------------------
(***************************************************************************)
(* Strict two-phase locking, and three ways to deal with a conflict. A     *)
(* transaction locks for reading when it reads, and for writing when it    *)
(* prepares; all is kept until its end. Nothing here speaks of commits: who *)
(* is prepared has its locks and is bound to keep them, that is all.       *)
(*                                                                         *)
(* This module has no steps. It says who is in whose way, and what may be  *)
(* done about that; TwoPhaseCommit takes the steps.                        *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Transaction,   \* the transactions that there may be
  Number,        \* by transaction: when it was begun, counted
  Participant    \* the nodes that hold keys, and lock them

VARIABLES
  policy,    \* how all participants deal with a conflict; "none" at first
  age,       \* by transaction: how old it says it is; less is older
  at,        \* by participant and transaction: how far that is
  pending,   \* by participant and transaction: the writes that nobody sees
  locks,     \* by participant and transaction: the keys it has read
  waiting    \* by participant and transaction: the locks that it waits for

Policy == {"noWait", "woundWait", "waitDie"}

Older(t, u) == age[t] < age[u] \/ (age[t] = age[u] /\ Number[t] < Number[u])

-----------------------------------------------------------------------------
(* The rules.                                                              *)

\* Reading goes together with reading, and nothing with writing.
Conflict(a, b) ==
  \/ a.write \cap (b.read \cup b.write) # {}
  \/ b.write \cap a.read # {}

\* Who is prepared is bound by a promise, and cannot be sent away.
MayWound(p, t, u) == policy = "woundWait" /\ Older(t, u) /\ at[p][u] = "active"

\* Waiting goes one way only, so that there is no circle. Under "wait" the
\* older one waits. Under "wound" the younger does, with one addition: who has
\* asked to commit waits for nobody who still works, as elsewhere he may be
\* prepared, and then nobody could send him away.
Committing(p, t) == at[p][t] = "prepared" \/ waiting[p][t].write # {}
MayWaitFor(p, t, u, committing) ==
  CASE policy = "noWait" -> FALSE
    [] policy = "waitDie"  -> Older(t, u)
    [] policy = "woundWait" -> IF committing
                             THEN Committing(p, u) /\ Older(u, t)
                             ELSE Committing(p, u) \/ Older(u, t)

-----------------------------------------------------------------------------
(* Who is in the way.                                                      *)

NoLocks == [read |-> {}, write |-> {}]

Held(p, t) ==
  [read  |-> locks[p][t],
   write |-> IF at[p][t] = "prepared" THEN DOMAIN pending[p][t] ELSE {}]

Holders(p, t, want) ==
  {u \in Transaction \ {t} : Conflict(want, Held(p, u))}

\* Those who wait already are not passed by who would then be in their way and
\* for whom they may not wait: who has its locks for writing is prepared, and
\* outranks all who work. Under "error" nobody waits.
MayBePassed(p, u, t, writes) ==
  CASE policy = "waitDie" -> Older(u, t)
    [] OTHER -> waiting[p][u].write # {} => writes /\ Older(t, u)
InFront(p, t, want) ==
  {u \in Transaction \ {t} : /\ Conflict(want, waiting[p][u])
                             /\ ~MayBePassed(p, u, t, want.write # {})}

Obstacles(p, t, want) == Holders(p, t, want) \cup InFront(p, t, want)

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

\* Two who are in each other's way do not both have their locks.
LocksExclude ==
  \A p \in Participant, t, u \in Transaction :
    t # u => ~( \/ Held(p, t).write \cap Held(p, u).write # {}
                \/ Held(p, t).write \cap Held(p, u).read # {} )

\* Nobody waits for himself in the end, through others and other nodes.
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
