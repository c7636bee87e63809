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
(* and goes on with what its disk has. Then it is another actor. When all  *)
(* replicas know that an actor has ended, its entry is pruned.             *)
(*                                                                         *)
(* Left out: several keys, each of which is such a set by itself; deletion,*)
(* which is a write; and replicas that join or leave.                      *)
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
  latest,        \* the latest incarnation of each replica that it knows, its own too; durable
  heard,         \* the others that knew that too, and all that they had then, it has
  msgs,          \* the messages between replicas, which may arrive at any time
  replies,       \* the states that clients have read, with which they may write
  (* ghosts *)
  writes,        \* each value that was written: its dot, and its causal history
  told           \* those of which a client was told that they are durable

vars == <<store, disk, latest, heard, msgs, replies, writes, told>>

\* A replica's name as an actor, and the name of what its pruned actors leave.
ActorOf(n, i) == n \o "." \o ToString(i)
Self(n) == ActorOf(n, latest[n][n])
Floor(n) == n \o ".*"
-----------------------------------------------------------------------------
(* A state: a function from actors to entries. *)

Nothing == [a \in {} |-> 0]
NoEntry == [n |-> 0, vals |-> <<>>]
At(s, a) == IF a \in DOMAIN s THEN s[a] ELSE NoEntry
NoReply == [state |-> Nothing, latest |-> Nothing]

\* All writes of the entry up to this number are replaced. Its values are those above.
Replaced(e) == e.n - Len(e.vals)

\* The context says what was seen: all values that are there, and all that they replace.
ContextOf(s) == [a \in DOMAIN s |-> s[a].n]

\* A vector has no entry of an actor from which nothing was seen.
Count(v, a) == IF a \in DOMAIN v THEN v[a] ELSE 0

\* Nor of a pruned one. A floor counts incarnations of which all was seen, and is replaced.
IsPruned(v, a) ==
  \E n \in {n \in Replica : Floor(n) \in DOMAIN v}, i \in Incarnation :
    i <= v[Floor(n)] /\ a = ActorOf(n, i)

IsBehind(v, w) == \E a \in DOMAIN w : Count(v, a) < w[a] /\ ~IsPruned(v, a)

\* A value stays unless the other state has seen it and has it no more.
IsKept(number, other) == number > Replaced(other)

\* The entry that has seen more, without what the other one knows to be replaced.
Without(d, e) ==
  LET kept == {i \in 1 .. Len(d.vals) : IsKept(Replaced(d) + i, e)}
  IN  [n |-> d.n, vals |-> SubSeq(d.vals, Len(d.vals) - Cardinality(kept) + 1, Len(d.vals))]
JoinEntry(d, e) == IF d.n >= e.n THEN Without(d, e) ELSE Without(e, d)

\* A state remembers all actors, those too of which no value is left.
Remembered(s, t) == DOMAIN s \cup DOMAIN t

Join(s, t) ==
  [a \in {a \in Remembered(s, t) : ~IsPruned(ContextOf(s), a) /\ ~IsPruned(ContextOf(t), a)} |->
     JoinEntry(At(s, a), At(t, a))]

\* The state of a client that has seen a context and has replaced all of it.
Seen(v) == [a \in DOMAIN v |-> [n |-> v[a], vals |-> <<>>]]
-----------------------------------------------------------------------------
Init ==
  /\ store = [n \in Replica |-> Nothing] /\ disk = store
  /\ latest = [n \in Replica |-> [o \in Replica |-> 1]] /\ heard = [n \in Replica |-> {}]
  /\ msgs = {} /\ replies = {NoReply} /\ writes = Nothing /\ told = {}

(* Clients. *)

Replied(r) == replies \cup {r}

\* A client reads all siblings, with the context.
Read(n) ==
  /\ replies' = Replied([state |-> store[n], latest |-> latest[n]])
  /\ UNCHANGED <<store, disk, latest, heard, msgs, writes, told>>

\* A client has seen all of what it reads, and gets a context that says so.
SeenByReader(s) == ContextOf(s)

\* A write replaces what its writer has seen. The replica may have seen more.
SeenByWriter(n, v) == v

\* The replica gives the new write its own next number, beside the siblings that are left.
Accepted(e, val) == [n |-> e.n + 1, vals |-> Append(e.vals, val)]

Values(s) == UNION {{s[a].vals[i] : i \in 1 .. Len(s[a].vals)} : a \in DOMAIN s}
Past(s) == UNION {writes[val].past : val \in Values(s)}

\* Of an incarnation that it knows to have ended, a replica takes nothing new, unless it
\* comes from a replica that knew that too.
MayTake(n, v, known) ==
  \A o \in Replica, i \in Incarnation :
    (Count(known, o) <= i /\ i < latest[n][o]) =>
      LET seen == ContextOf(store[n])
      IN  Count(v, ActorOf(o, i)) <= Count(seen, ActorOf(o, i)) \/ IsPruned(seen, ActorOf(o, i))

\* A client writes, at any replica, with the context of one of its reads.
Put(n, read, val) ==
  /\ read \in replies /\ val \notin DOMAIN writes
  /\ MayTake(n, SeenByReader(read.state), read.latest)
  /\ LET a == Self(n)
         rest == Join(store[n], Seen(SeenByWriter(n, SeenByReader(read.state))))
         entry == Accepted(At(rest, a), val)
     IN  /\ store' = [store EXCEPT ![n] =
              [b \in DOMAIN rest \cup {a} |-> IF b = a THEN entry ELSE rest[b]]]
         /\ writes' = [v \in DOMAIN writes \cup {val} |->
              IF v # val THEN writes[v]
              ELSE [actor |-> a, number |-> entry.n, past |-> Past(read.state) \cup {val}]]
  /\ UNCHANGED <<disk, latest, heard, msgs, replies, told>>

(* A replica and its disk. *)

Learned(m) ==
  [o \in Replica |-> IF latest[m.to][o] < m.latest[o] THEN m.latest[o] ELSE latest[m.to][o]]

\* What is in memory becomes durable. The clients that wait for that are told so.
Flush(n) ==
  /\ disk[n] # store[n] /\ disk' = [disk EXCEPT ![n] = store[n]]
  /\ told' = told \cup {v \in Values(store[n]) : writes[v].actor = Self(n)}
  /\ UNCHANGED <<store, latest, heard, msgs, replies, writes>>

\* A name was not used before: with an old one the replica would give numbers again that
\* it has forgotten, and that other replicas have seen.
IsNewName(n, i) == i > latest[n][n]

\* The latest incarnations with which a replica may start.
Started(n) == {[l EXCEPT ![n] = i] :
  l \in {latest[n]} \cup {Learned(m) : m \in {m \in msgs : m.to = n}}, i \in Incarnation}

\* A replica crashes and starts again. A flush may just have succeeded, and what a message
\* says of the latest incarnations may be durable with it.
Restart(n, kept, known) ==
  /\ kept \in {disk[n], store[n]} /\ known \in Started(n) /\ IsNewName(n, known[n])
  /\ kept = store[n] \/ known = [latest[n] EXCEPT ![n] = known[n]]
  /\ latest' = [latest EXCEPT ![n] = known] /\ heard' = [heard EXCEPT ![n] = {}]
  /\ store' = [store EXCEPT ![n] = kept] /\ disk' = [disk EXCEPT ![n] = kept]
  /\ UNCHANGED <<msgs, replies, writes, told>>

\* An actor can be pruned when all that any replica has of it was seen. That is so when all
\* know that it has ended: then no more comes, from however old a message.
MayPrune(n) == heard[n] = Replica \ {n}

\* A replica prunes all incarnations of another one, or of itself, up to a number.
Prune(n, o, i) ==
  /\ MayPrune(n) /\ i < latest[n][o] /\ ActorOf(o, i) \in DOMAIN store[n]
  /\ \A j \in Incarnation : j <= i => At(store[n], ActorOf(o, j)).vals = <<>>
  /\ store' = [store EXCEPT ![n] = Join(@, [a \in {Floor(o)} |-> [n |-> i, vals |-> <<>>]])]
  /\ UNCHANGED <<disk, latest, heard, msgs, replies, writes, told>>

(* Replicas among themselves. *)

Sent(m) == msgs \cup {m}
StateTo(n, to) ==
  [type |-> "state", from |-> n, to |-> to, state |-> store[n], latest |-> latest[n]]

\* A replica sends another one what it has, after a write for instance.
Send(n, to) ==
  /\ to # n /\ store[n] # Nothing /\ msgs' = Sent(StateTo(n, to))
  /\ UNCHANGED <<store, disk, latest, heard, replies, writes, told>>

\* Anti-entropy: a replica sends its context,
Ask(n, to) ==
  /\ to # n
  /\ msgs' = Sent([type |-> "ask", from |-> n, to |-> to, context |-> ContextOf(store[n]),
                   latest |-> latest[n]])
  /\ UNCHANGED <<store, disk, latest, heard, replies, writes, told>>

\* Once it has all that the sender of a message had, a replica notes if that knew enough.
Heard(m) == [heard EXCEPT ![m.to] = IF IsBehind(m.latest, latest[m.to]) THEN @ ELSE @ \cup {m.from}]
HeardOfAsk(m) == IF IsBehind(ContextOf(store[m.to]), m.context) THEN heard ELSE Heard(m)

\* and gets what the other one has, if it is behind.
Answer(m) ==
  /\ m.type = "ask" /\ IsBehind(m.context, ContextOf(store[m.to]))
  /\ msgs' = Sent(StateTo(m.to, m.from)) /\ heard' = HeardOfAsk(m)
  /\ UNCHANGED <<store, disk, latest, replies, writes, told>>

\* Otherwise it gets nothing.
Ignore(m) ==
  /\ m.type = "ask" /\ ~IsBehind(m.context, ContextOf(store[m.to])) /\ heard' = HeardOfAsk(m)
  /\ UNCHANGED <<store, disk, latest, msgs, replies, writes, told>>

Merge(m) ==
  /\ m.type = "state" /\ MayTake(m.to, ContextOf(m.state), m.latest)
  /\ store' = [store EXCEPT ![m.to] = Join(@, m.state)] /\ heard' = Heard(m)
  /\ UNCHANGED <<disk, latest, msgs, replies, writes, told>>

\* What a replica has of the older incarnations must be durable before: others count on it.
MayLearn(n) == disk[n] = store[n]

\* A replica learns that another one has a new incarnation, and makes that durable at once.
Learn(m) ==
  /\ IsBehind(latest[m.to], m.latest) /\ MayLearn(m.to)
  /\ latest' = [latest EXCEPT ![m.to] = Learned(m)] /\ heard' = [heard EXCEPT ![m.to] = {}]
  /\ UNCHANGED <<store, disk, msgs, replies, writes, told>>

\* An observer says that no replica has anything left to bring to its disk or to another
\* one. It is a part of Steps, and not of Next.
End ==
  /\ \A n, o \in Replica : store[n] = store[o] /\ disk[n] = store[n]
  /\ UNCHANGED vars

Next ==
  \/ \E n \in Replica :
       \/ Read(n) \/ Flush(n)
       \/ \E read \in replies, val \in Value : Put(n, read, val)
       \/ \E kept \in {disk[n], store[n]}, known \in Started(n) : Restart(n, kept, known)
       \/ \E to \in Replica : Send(n, to) \/ Ask(n, to)
       \/ \E o \in Replica, i \in Incarnation : Prune(n, o, i)
  \/ \E m \in msgs : Answer(m) \/ Ignore(m) \/ Merge(m) \/ Learn(m)

\* Each replica asks all others, again and again, and not all messages are lost.
Fairness ==
  \A n \in Replica :
    /\ WF_vars(Flush(n))
    /\ \A o \in Replica \ {n} :
         /\ WF_vars(Ask(n, o))
         /\ SF_vars(\E m \in msgs : m.from = n /\ m.to = o /\ Answer(m))
         /\ SF_vars(\E m \in msgs : m.from = o /\ m.to = n /\ Merge(m))
         /\ SF_vars(\E m \in msgs : m.from = o /\ m.to = n /\ Learn(m))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
