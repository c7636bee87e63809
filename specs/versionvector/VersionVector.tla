---------------------------- MODULE VersionVector ----------------------------
(***************************************************************************)
(* Version Vector: several replicas accept writes of one key. Writes that  *)
(* did not see each other are kept beside each other, as siblings, until a *)
(* client that has read them writes again. After Joshi, Patterns of        *)
(* Distributed Systems, ch. 18; with dots, one for each write, after       *)
(* Almeida, Baquero, Goncalves, Preguica, Fonte: Scalable and Accurate     *)
(* Causality Tracking for Eventually Consistent Stores, DAIS 2014.         *)
(*                                                                         *)
(* Of each actor a replica has an entry: how many of the actor's writes it *)
(* has seen, and the values of the last of them, which were not replaced.  *)
(* The counts alone are the context: a client gets it with the values, and *)
(* its next write brings it back, to any replica.                          *)
(*                                                                         *)
(* Messages are lost, repeated, late and out of order, and so are replies  *)
(* to clients. A replica sends states before they are durable, crashes,    *)
(* and goes on with what its disk has. Then it is another actor.           *)
(*                                                                         *)
(* Left out: several keys, each of which is such a set by itself; deletion,*)
(* which is a write; and pruning of actors that write no more.             *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets
LOCAL INSTANCE TLC    \* ToString, for names
CONSTANTS
  Replica,        \* the names of the replicas
  Incarnation,    \* the numbers of their incarnations, from 1
  Value           \* what is written, each value once

VARIABLES
  store,         \* what each replica has in memory: an entry of each actor
  disk,          \* what of that is durable
  incarnation,   \* the number of a replica's incarnation; durable
  msgs,          \* the messages between replicas, which may arrive at any time
  replies,       \* the states that clients have read, with which they may write
  (* ghosts *)
  writes,        \* each value that was written: its dot, and its causal history
  told           \* those of which a client was told that they are durable

vars == <<store, disk, incarnation, msgs, replies, writes, told>>

\* A replica's name as an actor.
ActorOf(n, i) == n \o "." \o ToString(i)
Self(n) == ActorOf(n, incarnation[n])
-----------------------------------------------------------------------------
(* A state: a function from actors to entries. *)

Nothing == [a \in {} |-> 0]
NoEntry == [n |-> 0, vals |-> <<>>]
At(s, a) == IF a \in DOMAIN s THEN s[a] ELSE NoEntry

\* All writes of the entry up to this number are replaced. Its values are those above.
Replaced(e) == e.n - Len(e.vals)

\* The context says what was seen: all values that are there, and all that they replace.
ContextOf(s) == [a \in DOMAIN s |-> s[a].n]

\* A vector has no entry of an actor from which nothing was seen.
Count(v, a) == IF a \in DOMAIN v THEN v[a] ELSE 0
IsBehind(v, w) == \E a \in DOMAIN w : Count(v, a) < w[a]

\* A value stays unless the other state has seen it and has it no more.
IsKept(number, other) == number > Replaced(other)

\* The entry that has seen more, without what the other one knows to be replaced.
Without(d, e) ==
  LET kept == {i \in 1 .. Len(d.vals) : IsKept(Replaced(d) + i, e)}
  IN  [n |-> d.n, vals |-> SubSeq(d.vals, Len(d.vals) - Cardinality(kept) + 1, Len(d.vals))]
JoinEntry(d, e) == IF d.n >= e.n THEN Without(d, e) ELSE Without(e, d)

\* A state remembers all actors, those too of which no value is left.
Remembered(s, t) == DOMAIN s \cup DOMAIN t

Join(s, t) == [a \in Remembered(s, t) |-> JoinEntry(At(s, a), At(t, a))]

\* The state of a client that has seen a context and has replaced all of it.
Seen(v) == [a \in DOMAIN v |-> [n |-> v[a], vals |-> <<>>]]
-----------------------------------------------------------------------------
Init ==
  /\ store = [n \in Replica |-> Nothing] /\ disk = store
  /\ incarnation = [n \in Replica |-> 1]
  /\ msgs = {} /\ replies = {Nothing}
  /\ writes = Nothing /\ told = {}

(* Clients. *)

Replied(s) == replies \cup {s}

\* A client reads all siblings, with the context.
Read(n) ==
  /\ replies' = Replied(store[n])
  /\ UNCHANGED <<store, disk, incarnation, msgs, writes, told>>

\* A client has seen all of what it reads, and gets a context that says so.
SeenByReader(s) == ContextOf(s)

\* A write replaces what its writer has seen. The replica may have seen more.
SeenByWriter(n, v) == v

\* The replica gives the new write its own next number, beside the siblings that are left.
Accepted(e, val) == [n |-> e.n + 1, vals |-> Append(e.vals, val)]

Values(s) == UNION {{s[a].vals[i] : i \in 1 .. Len(s[a].vals)} : a \in DOMAIN s}
Past(s) == UNION {writes[val].past : val \in Values(s)}

\* A client writes, at any replica, with the context of one of its reads.
Put(n, read, val) ==
  /\ read \in replies /\ val \notin DOMAIN writes
  /\ LET a == Self(n)
         rest == Join(store[n], Seen(SeenByWriter(n, SeenByReader(read))))
         entry == Accepted(At(rest, a), val)
     IN  /\ store' = [store EXCEPT ![n] =
              [b \in DOMAIN rest \cup {a} |-> IF b = a THEN entry ELSE rest[b]]]
         /\ writes' = [v \in DOMAIN writes \cup {val} |->
              IF v # val THEN writes[v]
              ELSE [actor |-> a, number |-> entry.n, past |-> Past(read) \cup {val}]]
  /\ UNCHANGED <<disk, incarnation, msgs, replies, told>>

(* A replica and its disk. *)

\* What is in memory becomes durable. The clients that wait for that are told so.
Flush(n) ==
  /\ disk[n] # store[n]
  /\ disk' = [disk EXCEPT ![n] = store[n]]
  /\ told' = told \cup {v \in Values(store[n]) : writes[v].actor = Self(n)}
  /\ UNCHANGED <<store, incarnation, msgs, replies, writes>>

\* A name was not used before: with an old one the replica would give numbers again that
\* it has forgotten, and that other replicas have seen.
IsNewName(n, i) == i > incarnation[n]

\* A replica crashes and starts again. A flush may just have succeeded.
Restart(n, kept, i) ==
  /\ kept \in {disk[n], store[n]}
  /\ i \in Incarnation /\ IsNewName(n, i)
  /\ incarnation' = [incarnation EXCEPT ![n] = i]
  /\ store' = [store EXCEPT ![n] = kept] /\ disk' = [disk EXCEPT ![n] = kept]
  /\ UNCHANGED <<msgs, replies, writes, told>>

(* Replicas among themselves. *)

Sent(m) == msgs \cup {m}

StateTo(n, to) == [type |-> "state", from |-> n, to |-> to, state |-> store[n]]

\* A replica sends another one what it has, after a write for instance.
Send(n, to) ==
  /\ to # n /\ store[n] # Nothing
  /\ msgs' = Sent(StateTo(n, to))
  /\ UNCHANGED <<store, disk, incarnation, replies, writes, told>>

\* Anti-entropy: a replica sends its context,
Ask(n, to) ==
  /\ to # n
  /\ msgs' = Sent([type |-> "ask", from |-> n, to |-> to, context |-> ContextOf(store[n])])
  /\ UNCHANGED <<store, disk, incarnation, replies, writes, told>>

\* and gets what the other one has, if it is behind.
Answer(m) ==
  /\ m.type = "ask" /\ IsBehind(m.context, ContextOf(store[m.to]))
  /\ msgs' = Sent(StateTo(m.to, m.from))
  /\ UNCHANGED <<store, disk, incarnation, replies, writes, told>>

\* Otherwise it gets nothing.
Ignore(m) == m.type = "ask" /\ ~IsBehind(m.context, ContextOf(store[m.to])) /\ UNCHANGED vars

Merge(m) ==
  /\ m.type = "state"
  /\ store' = [store EXCEPT ![m.to] = Join(@, m.state)]
  /\ UNCHANGED <<disk, incarnation, msgs, replies, writes, told>>

\* An observer says that no replica has anything left to bring to its disk or to another
\* one. It is a part of Steps, and not of Next.
End ==
  /\ \A n, o \in Replica : store[n] = store[o] /\ disk[n] = store[n]
  /\ UNCHANGED vars

Next ==
  \/ \E n \in Replica :
       \/ Read(n) \/ Flush(n)
       \/ \E read \in replies, val \in Value : Put(n, read, val)
       \/ \E kept \in {disk[n], store[n]}, i \in Incarnation : Restart(n, kept, i)
       \/ \E to \in Replica : Send(n, to) \/ Ask(n, to)
  \/ \E m \in msgs : Answer(m) \/ Ignore(m) \/ Merge(m)

\* Each replica asks all others, again and again, and not all messages are lost.
Fairness ==
  \A n \in Replica :
    /\ WF_vars(Flush(n))
    /\ \A o \in Replica \ {n} :
         /\ WF_vars(Ask(n, o))
         /\ SF_vars(\E m \in msgs : m.from = n /\ m.to = o /\ Answer(m))
         /\ SF_vars(\E m \in msgs : m.from = o /\ m.to = n /\ Merge(m))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
