---------------------------- MODULE LamportClock ----------------------------
(***************************************************************************)
(* Lamport Clock: servers that keep versions of values give each version a *)
(* number, which is greater than the number of whatever may have led to    *)
(* it, on whichever server that was. After Joshi, Patterns of Distributed  *)
(* Systems, ch. 22.                                                        *)
(*                                                                         *)
(* A server's clock is a counter. It goes up with each write, and beyond   *)
(* every number that comes with a request. Clients carry the numbers from  *)
(* server to server. Messages are lost, repeated, delayed and reordered;   *)
(* servers crash, and lose what they had not made durable.                 *)
(*                                                                         *)
(* What may have led to what is a ghost: it travels along with the         *)
(* messages, and nobody looks at it but the properties. What a server has  *)
(* heard and has lost in a crash, before it told anybody, led to nothing.  *)
(*                                                                         *)
(* Left out: telling a request from its repetition (a write that arrives   *)
(* twice makes two versions), and replication between servers.             *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Server,    \* names from the list below
  Client,
  Key,
  Value,
  NoValue    \* what a reader gets where nothing was written

\* Equal stamps are told apart by the servers' names. TLC cannot compare
\* strings, so their order is written down.
Names == <<"s1", "s2", "s3", "s4", "s5">>
Rank(server) == CHOOSE i \in DOMAIN Names : Names[i] = server

ASSUME NamesHaveAnOrder == Server \subseteq {Names[i] : i \in DOMAIN Names}
ASSUME NoValueIsNoValue == NoValue \notin Value

VARIABLES
  (* the servers *)
  mode,       \* "up" or "down"
  clock,      \* the greatest stamp that it has given or seen; lost in a crash
  log,        \* its versions, and marks of how far the clock has come
  durable,    \* how many entries of the log no crash can take
  owed,       \* requests that were taken and not yet answered; lost in a crash
  (* the clients *)
  sent,       \* how many requests it has sent
  seen,       \* the greatest stamp it has heard of
  held,       \* the newest version of each key that it has heard of
  (* the network, which keeps everything: it may deliver it again *)
  requests,
  replies,
  (* ghosts *)
  past,       \* the events that each node may know of: <<server, index>>
  got         \* the versions that each client was given, with their keys

servers == <<mode, clock, log, durable, owed>>
clients == <<sent, seen, held>>
vars    == <<mode, clock, log, durable, owed, sent, seen, held, requests,
             replies, past, got>>

Max(a, b) == IF a > b THEN a ELSE b

Nothing == [stamp |-> 0, node |-> "none", value |-> NoValue]

StampAt(entries, n) == IF n = 0 THEN 0 ELSE entries[n].stamp
LastStamp(s) == StampAt(log[s], Len(log[s]))

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* The number of a step is greater than that of the step before, and than all
\* that came with the message.
Later(own, heard) == Max(own, heard) + 1

\* A server's stamps come from its clock, and from nothing else.
StampOf(s, heard) == Later(clock[s], heard)

\* A stamp is taken once: the clock moves in the same step.
Ticked(own, stamp) == stamp

\* A read moves the clock too: what is written later must not appear in what
\* the reader was told.
ReadMoves(own, heard) == Max(own, heard)

\* How far a read has moved the clock must survive.
MustMark(s, stamp) == stamp > LastStamp(s)

\* A client hears that its write is done when no crash can undo it.
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
\* is the newer one, for everybody.
Newer(a, b) ==
  \/ a.stamp > b.stamp
  \/ a.stamp = b.stamp /\ a.stamp > 0 /\ Rank(a.node) > Rank(b.node)

-----------------------------------------------------------------------------

Init ==
  /\ mode = [s \in Server |-> "up"]
  /\ clock = [s \in Server |-> 0]
  /\ log = [s \in Server |-> <<>>]
  /\ durable = [s \in Server |-> 0]
  /\ owed = [s \in Server |-> {}]
  /\ sent = [c \in Client |-> 0]
  /\ seen = [c \in Client |-> 0]
  /\ held = [c \in Client |-> [k \in Key |-> Nothing]]
  /\ requests = {} /\ replies = {}
  /\ past = [n \in Server \cup Client |-> {}]
  /\ got = [c \in Client |-> {}]

(* The clients. *)

\* A client may ask at any time. A model puts its bound here, where TLC need not
\* make a state to leave it out.
Asks(c) == TRUE

Request(c, s, type, k, v) ==
  /\ Asks(c)
  /\ sent' = [sent EXCEPT ![c] = @ + 1]
  /\ requests' = requests \cup {[type |-> type, from |-> c, number |-> sent'[c],
       to |-> s, key |-> k, value |-> v, stamp |-> seen[c], past |-> past[c]]}
  /\ UNCHANGED <<servers, seen, held, replies, past, got>>

RequestWrite(c, s, k, v) == Request(c, s, "write", k, v)

\* What is the newest version, as of whatever stamp the server gives the read?
RequestRead(c, s, k) == Request(c, s, "read", k, NoValue)

\* What was it as of the client's own stamp?
RequestSnapshot(c, s, k) == Request(c, s, "snapshot", k, NoValue)

Hear(c, reply) ==
  /\ reply \in replies
  /\ reply.to = c
  /\ seen' = [seen EXCEPT ![c] = Merge(@, reply.stamp)]
  /\ held' = [held EXCEPT ![c][reply.key] =
                IF Newer(reply.version, @) THEN reply.version ELSE @]
  /\ past' = [past EXCEPT ![c] = @ \cup reply.past]
  /\ got' = [got EXCEPT ![c] = @ \cup {[key |-> reply.key, version |-> reply.version]}]
  /\ UNCHANGED <<servers, sent, requests, replies>>

-----------------------------------------------------------------------------
(* The servers. *)

Version(s, i) == [stamp |-> log[s][i].stamp, node |-> s, value |-> log[s][i].value]

IsVersion(s, i) == log[s][i].kind = "version"

\* The newest version as of a stamp.
AsOf(s, k, at) ==
  LET are == {i \in DOMAIN log[s] :
                IsVersion(s, i) /\ log[s][i].key = k /\ log[s][i].stamp <= at}
  IN  IF are = {} THEN Nothing
                  ELSE Version(s, CHOOSE i \in are : \A j \in are : j <= i)

\* How much of a log must be durable, so that everything up to a stamp is: up to
\* the first entry that has reached it.
Reaching(entries, at) ==
  CHOOSE n \in 0 .. Len(entries) :
    /\ n = Len(entries) \/ StampAt(entries, n) >= at
    /\ \A i \in 0 .. n - 1 : StampAt(entries, i) < at

\* What may have led to the first n entries, and they themselves.
PastTo(s, entries, n) ==
  IF n = 0 THEN {}
  ELSE entries[n].past
         \cup IF entries[n].kind = "version" THEN {<<s, n>>} ELSE {}

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

Write(s, message) ==
  /\ Receives(s, message)
  /\ message.type = "write"
  /\ LET stamp == StampOf(s, message.stamp)
     IN  /\ Enter(s, [stamp |-> stamp, kind |-> "version", key |-> message.key,
                value |-> message.value, past |-> past[s] \cup message.past], message)
         /\ clock' = [clock EXCEPT ![s] = Ticked(@, stamp)]
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
            IN  Owe(s, message, at, Reaching(log'[s], at))
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

\* The process dies, and so many entries of its log are left.
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

-----------------------------------------------------------------------------

Next ==
  \/ \E c \in Client, s \in Server, k \in Key :
       \/ \E v \in Value : RequestWrite(c, s, k, v)
       \/ RequestRead(c, s, k)
       \/ RequestSnapshot(c, s, k)
  \/ \E c \in Client : \E reply \in replies : Hear(c, reply)
  \/ \E s \in Server :
       \/ \E message \in requests : Write(s, message) \/ Read(s, message)
       \/ \E n \in DOMAIN log[s] : Sync(s, n)
       \/ \E answer \in owed[s], stamp \in 0 .. clock[s] : Reply(s, answer, stamp)
       \/ \E left \in {0} \cup DOMAIN log[s] : Crash(s, left)
       \/ Start(s)

\* Servers start, flush, and answer each request that they have taken. Clients
\* and the network owe nothing.
ReplyToRequest(s, c, n) ==
  \E answer \in owed[s] :
    /\ answer.message.from = c /\ answer.message.number = n
    /\ \E stamp \in 0 .. clock[s] : Reply(s, answer, stamp)

Number == 1 .. 2    \* the requests of a client of which this is said, in a model

Fairness ==
  \A s \in Server :
    /\ WF_vars(Start(s))
    /\ WF_vars(Sync(s, Len(log[s])))
    /\ \A c \in Client, n \in Number : WF_vars(ReplyToRequest(s, c, n))

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

Stamp == Nat
VersionType == [stamp : Stamp, node : Server \cup {"none"}, value : Value \cup {NoValue}]

TypeOK ==
  /\ mode \in [Server -> {"up", "down"}]
  /\ clock \in [Server -> Stamp]
  /\ \A s \in Server :
       /\ durable[s] \in 0 .. Len(log[s])
       /\ mode[s] = "down" => clock[s] = 0 /\ owed[s] = {}
       /\ \A answer \in owed[s] : answer.index \in 0 .. Len(log[s])
       /\ \A i \in DOMAIN log[s] : log[s][i].stamp \in Stamp \ {0}
  /\ sent \in [Client -> Nat]
  /\ seen \in [Client -> Stamp]
  /\ held \in [Client -> [Key -> VersionType]]

\* What led to a version has a smaller stamp, on whichever server it is.
ClockCondition ==
  \A s \in Server : \A i \in DOMAIN log[s] :
    IsVersion(s, i) =>
      \A e \in log[s][i].past : log[e[1]][e[2]].stamp < log[s][i].stamp

\* The stamps of one server grow, crash or no crash.
StampsGrow ==
  \A s \in Server : \A i \in 2 .. Len(log[s]) :
    log[s][i - 1].stamp < log[s][i].stamp

\* What a reader was told remains true, whatever is written later.
AnswersStand ==
  \A r \in replies : r.type = "read" => r.version = AsOf(r.from, r.key, r.at)

AckedIsDurable ==
  \A r \in replies : r.type = "written" =>
    \E i \in 1 .. durable[r.from] :
      IsVersion(r.from, i) /\ Version(r.from, i) = r.version

\* Clients that were given the same versions hold the same, in whatever order
\* they came.
Follows(a, b) ==
  \/ a.stamp > b.stamp
  \/ a.stamp = b.stamp /\ a.stamp > 0 /\ Rank(a.node) > Rank(b.node)
HeldIsNewest ==
  \A c \in Client : \A g \in got[c] : ~Follows(g.version, held[c][g.key])

\* A clock that runs never goes back, and never starts below what is stored.
ClocksGrow ==
  [][/\ \A s \in Server : mode'[s] = "up" =>
          clock'[s] >= (IF mode[s] = "up" THEN clock[s] ELSE LastStamp(s))
     /\ \A c \in Client : seen'[c] >= seen[c]]_vars

\* A request that a server has taken is answered, unless the server crashes.
TakenIsAnswered ==
  \A s \in Server, c \in Client, n \in Number :
    (\E answer \in owed[s] : answer.message.from = c /\ answer.message.number = n)
      ~> \/ mode[s] = "down"
         \/ \E r \in replies : r.to = c /\ r.number = n

ServersComeBack == \A s \in Server : mode[s] = "down" ~> mode[s] = "up"

\* Every version that no crash can take is an event.
Events == {e \in UNION {{s} \X (1 .. durable[s]) : s \in Server} : IsVersion(e[1], e[2])}

Order == INSTANCE StrictOrderEmbedding WITH
  past  <- [e \in Events |-> log[e[1]][e[2]].past],
  place <- [e \in Events |-> <<log[e[1]][e[2]].stamp, Rank(e[1])>>]
RefinesStrictOrderEmbedding == Order!Spec

-----------------------------------------------------------------------------
(* The bounds of the models.                                               *)

RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0
             ELSE LET x == CHOOSE x \in S : TRUE IN f[x] + Sum(f, S \ {x})

\* How often a request arrives is not bounded, so its results must be.
Bounded ==
  /\ Sum([s \in Server |-> Len(log[s])], Server) <= Cardinality(requests)
  /\ Sum([s \in Server |-> Cardinality(owed[s])], Server) + Cardinality(replies)
       <= Cardinality(requests)

\* For Asks: c2 asks once, and then c1 asks twice.
OnceThenTwice(c) == IF c = "c2" THEN sent["c2"] = 0
                                ELSE sent["c2"] = 1 /\ sent["c1"] < 2

\* c2 writes to s2, which alone may crash, and then c1 does anything anywhere.
\* What is sent first may well arrive last. Nothing is answered twice.
Large ==
  /\ Bounded
  /\ \A r \in requests : r.from = "c2" => r.type = "write" /\ r.to = "s2"
  /\ mode["s1"] = "up"
  /\ \A r, other \in replies : r # other => <<r.to, r.number>> # <<other.to, other.number>>
  /\ \A s \in Server : \A a, b \in owed[s] : a # b => a.message # b.message

\* The same, but c1 begins with a write to s1, and c2 has no answer.
Small ==
  /\ Large
  /\ \A r \in requests : r.from = "c1" /\ r.number = 1 => r.type = "write" /\ r.to = "s1"
  /\ \A r \in replies : r.to = "c1"
=============================================================================
