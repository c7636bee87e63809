---------------------------- MODULE LamportClock ----------------------------
(***************************************************************************)
(* Lamport Clock: servers keep versions of values, and each version has a  *)
(* stamp that is greater than those of all that may have led to it, on any *)
(* server. After Joshi, Patterns of Distributed Systems, ch. 22.           *)
(*                                                                         *)
(* A server's clock is a counter. A write moves it beyond the stamp that   *)
(* comes with the request, and a read up to that. Clients carry the stamps *)
(* from server to server. Messages are lost, repeated, delayed, reordered; *)
(* servers crash, and lose what they had not made durable.                 *)
(*                                                                         *)
(* past and got are auxiliary, and only properties read them: past is the  *)
(* set of the events that happened before, and travels with messages.      *)
(*                                                                         *)
(* Left out: telling a request from its repetition (a write that arrives   *)
(* twice makes two versions), and replication between servers.             *)
(***************************************************************************)
EXTENDS VersionedLog, FiniteSets

CONSTANTS
  Server,    \* some of Names
  Client, Key, Value

ASSUME NamesHaveAnOrder == Server \subseteq {Names[i] : i \in DOMAIN Names}
ASSUME NoValueIsNoValue == NoValue \notin Value

VARIABLES
  (* of a server *)
  mode,       \* "up" or "down"
  clock,      \* the greatest stamp that it has given or seen; lost in a crash
  durable,    \* how many entries of its log no crash can take
  owed,       \* answers not yet sent; lost in a crash
  (* of a client *)
  sent,       \* how many requests it has sent
  seen,       \* the greatest stamp it has heard of
  held,       \* the newest version of each key that it has heard of
  (* the network, which keeps everything: it may deliver it again *)
  requests,
  replies,
  (* auxiliary *)
  past,       \* the events that each node may know of: <<server, index>>
  got         \* the versions that each client was given, with their keys

servers == <<mode, clock, log, durable, owed>>
clients == <<sent, seen, held>>
vars    == <<mode, clock, log, durable, owed, sent, seen, held, requests,
             replies, past, got>>

Stamp  == Nat
Number == Nat \ {0}      \* of a client's requests

Max(a, b) == IF a > b THEN a ELSE b

(* The rules. Each is one reason why this works, and can be broken alone.  *)
(* One more is an action: Write.                                           *)

\* The stamp of a step is greater than that of the step before, and than that
\* of the message.
NextStamp(own, heard) == Max(own, heard) + 1

\* A server's stamps come from its clock, and from nothing else.
StampOf(s, heard) == NextStamp(clock[s], heard)

\* A read moves the clock too: a later write must not appear in its answer.
ReadMoves(own, heard) == Max(own, heard)

\* How far a read has moved the clock must survive.
MustMark(s, stamp) == stamp > LastStamp(s)

\* A write is acknowledged when no crash can undo it.
MayAcknowledge(s, answer) == answer.index <= durable[s]

\* A reader gets its answer when everything up to its stamp is durable, and the
\* stamp itself.
MayAnswer(s, answer) == answer.index <= durable[s]

\* After a crash the clock begins where the stored stamps end.
StartsAt(s) == LastStamp(s)

\* An answer carries the clock as it is when the answer leaves: there may be
\* later versions by then, and the client comes after them.
LeavesAt(s, answer) == clock[s]

\* A client keeps the greatest stamp that it has heard of.
Merge(own, heard) == Max(own, heard)

\* Of two versions with equal stamps, that of the server with the greater name
\* is the newer one, for every client.
IsNewer(a, b) ==
  \/ a.stamp > b.stamp
  \/ a.stamp = b.stamp /\ a.stamp > 0 /\ Rank(a.node) > Rank(b.node)

Init ==
  /\ mode = [s \in Server |-> "up"] /\ clock = [s \in Server |-> 0]
  /\ log = [s \in Server |-> <<>>] /\ durable = [s \in Server |-> 0]
  /\ owed = [s \in Server |-> {}]
  /\ sent = [c \in Client |-> 0] /\ seen = [c \in Client |-> 0]
  /\ held = [c \in Client |-> [k \in Key |-> Nothing]]
  /\ requests = {} /\ replies = {}
  /\ past = [n \in Server \cup Client |-> {}]
  /\ got = [c \in Client |-> {}]

(* The clients. *)

Request(c, s, type, k, v) ==
  /\ sent' = [sent EXCEPT ![c] = @ + 1]
  /\ requests' = requests \cup {[type |-> type, from |-> c, number |-> sent'[c],
       to |-> s, key |-> k, value |-> v, stamp |-> seen[c], past |-> past[c]]}
  /\ UNCHANGED <<servers, seen, held, replies, past, got>>

RequestWrite(c, s, k, v) == Request(c, s, "write", k, v)

\* The newest version, as of the stamp that the server gives the read.
RequestRead(c, s, k) == Request(c, s, "read", k, NoValue)

\* The newest version as of the client's own stamp.
RequestSnapshot(c, s, k) == Request(c, s, "snapshot", k, NoValue)

Hear(c, reply) ==
  /\ reply \in replies
  /\ reply.to = c
  /\ seen' = [seen EXCEPT ![c] = Merge(@, reply.stamp)]
  /\ held' = [held EXCEPT ![c][reply.key] =
                IF IsNewer(reply.version, @) THEN reply.version ELSE @]
  /\ past' = [past EXCEPT ![c] = @ \cup reply.past]
  /\ got' = [got EXCEPT ![c] = @ \cup {[key |-> reply.key, version |-> reply.version]}]
  /\ UNCHANGED <<servers, sent, requests, replies>>

(* The servers. *)

Enter(s, entry, message) ==
  /\ log' = [log EXCEPT ![s] = Append(@, entry)]
  /\ past' = [past EXCEPT ![s] = @ \cup message.past
                \cup IF entry.kind = "version" THEN {<<s, Len(log[s]) + 1>>} ELSE {}]

Owe(s, message, at, index) ==
  owed' = [owed EXCEPT ![s] =
             @ \cup {[message |-> message, at |-> at, index |-> index]}]

Receives(s, message) ==
  /\ mode[s] = "up"
  /\ message \in requests
  /\ message.to = s

\* A rule: a stamp is taken once, because the clock moves in the same step.
Write(s, message) ==
  /\ Receives(s, message)
  /\ message.type = "write"
  /\ LET stamp == StampOf(s, message.stamp)
     IN  /\ Enter(s, [stamp |-> stamp, kind |-> "version", key |-> message.key,
                value |-> message.value, past |-> past[s] \cup message.past], message)
         /\ clock' = [clock EXCEPT ![s] = stamp]
         /\ Owe(s, message, stamp, Len(log[s]) + 1)
  /\ UNCHANGED <<mode, durable, clients, requests, replies, got>>

Read(s, message) ==
  /\ Receives(s, message)
  /\ message.type # "write"
  /\ LET stamp == ReadMoves(clock[s], message.stamp)
     IN  /\ clock' = [clock EXCEPT ![s] = stamp]
         /\ IF MustMark(s, stamp)
              THEN Enter(s, [stamp |-> stamp, kind |-> "mark", key |-> message.key,
                     value |-> NoValue, past |-> past[s] \cup message.past], message)
              ELSE /\ past' = [past EXCEPT ![s] = @ \cup message.past]
                   /\ UNCHANGED log
         /\ LET at == IF message.type = "snapshot" THEN message.stamp ELSE stamp
            IN  Owe(s, message, at, LengthTo(log'[s], at))
  /\ UNCHANGED <<mode, durable, clients, requests, replies, got>>

\* A flush that covers the first n entries has returned.
Sync(s, n) ==
  /\ mode[s] = "up"
  /\ n \in durable[s] + 1 .. Len(log[s])
  /\ durable' = [durable EXCEPT ![s] = n]
  /\ UNCHANGED <<mode, clock, log, owed, clients, requests, replies, past, got>>

ReplyTo(s, answer, stamp) ==
  LET m == answer.message
  IN  [type    |-> IF m.type = "write" THEN "written" ELSE "read",
       from    |-> s, to |-> m.from, number |-> m.number, key |-> m.key,
       stamp   |-> stamp, at |-> answer.at,
       version |-> IF m.type = "write" THEN Version(s, answer.index)
                                       ELSE AsOf(s, m.key, answer.at),
       past    |-> PastTo(s, log[s], durable[s]) \cup m.past]

Reply(s, answer, stamp) ==
  /\ answer \in owed[s]
  /\ stamp = LeavesAt(s, answer)
  /\ IF answer.message.type = "write" THEN MayAcknowledge(s, answer)
                                      ELSE MayAnswer(s, answer)
  /\ replies' = replies \cup {ReplyTo(s, answer, stamp)}
  /\ owed' = [owed EXCEPT ![s] = @ \ {answer}]
  /\ UNCHANGED <<mode, clock, log, durable, clients, requests, past, got>>

\* The process dies, and `left' entries of its log are left.
Crash(s, left) ==
  /\ mode[s] = "up"
  /\ left \in durable[s] .. Len(log[s])
  /\ mode' = [mode EXCEPT ![s] = "down"]
  /\ clock' = [clock EXCEPT ![s] = 0]
  /\ log' = [log EXCEPT ![s] = SubSeq(@, 1, left)]
  /\ durable' = [durable EXCEPT ![s] = left]
  /\ owed' = [owed EXCEPT ![s] = {}]
  /\ past' = [past EXCEPT ![s] = PastTo(s, log[s], left)]
  /\ UNCHANGED <<clients, requests, replies, got>>

Start(s) ==
  /\ mode[s] = "down"
  /\ mode' = [mode EXCEPT ![s] = "up"]
  /\ clock' = [clock EXCEPT ![s] = StartsAt(s)]
  /\ UNCHANGED <<log, durable, owed, clients, requests, replies, past, got>>

\* An observer says that the server owes nothing: no flush, and no answer. It is a part of
\* Steps, and not of Next.
End(s) ==
  /\ mode[s] = "up" /\ durable[s] = Len(log[s]) /\ owed[s] = {}
  /\ UNCHANGED vars

Asks(c) ==
  \E s \in Server, k \in Key :
    \/ \E v \in Value : RequestWrite(c, s, k, v)
    \/ RequestRead(c, s, k)
    \/ RequestSnapshot(c, s, k)

Serves(s) ==
  \/ \E message \in requests : Write(s, message) \/ Read(s, message)
  \/ \E n \in DOMAIN log[s] : Sync(s, n)
  \/ \E answer \in owed[s], stamp \in 0 .. clock[s] : Reply(s, answer, stamp)
  \/ \E left \in {0} \cup DOMAIN log[s] : Crash(s, left)
  \/ Start(s)

Next ==
  \/ \E c \in Client : Asks(c) \/ \E reply \in replies : Hear(c, reply)
  \/ \E s \in Server : Serves(s)

ReplyToRequest(s, c, n) ==
  \E answer \in owed[s] :
    /\ answer.message.from = c /\ answer.message.number = n
    /\ \E stamp \in 0 .. clock[s] : Reply(s, answer, stamp)

\* Servers start, flush, and answer each request that they have taken. Clients
\* and the network owe nothing.
Fairness ==
  \A s \in Server :
    /\ WF_vars(Start(s))
    /\ WF_vars(Sync(s, Len(log[s])))
    /\ \A c \in Client, n \in Number : WF_vars(ReplyToRequest(s, c, n))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
