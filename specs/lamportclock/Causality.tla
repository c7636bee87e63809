----------------------------- MODULE Causality -----------------------------
(***************************************************************************)
(* What must hold of LamportClock.                                         *)
(***************************************************************************)
EXTENDS LamportClock

VersionType == [stamp : Stamp, node : Server \cup {"none"}, value : Value \cup {NoValue}]

TypeOK ==
  /\ mode \in [Server -> {"up", "down"}]
  /\ clock \in [Server -> Stamp]
  /\ \A s \in Server :
       /\ durable[s] \in 0 .. Len(log[s])
       /\ mode[s] = "down" => clock[s] = 0 /\ owed[s] = {} /\ durable[s] = Len(log[s])
       /\ \A answer \in owed[s] :
            /\ DOMAIN answer = {"message", "at", "index"}
            /\ answer.message \in requests /\ answer.message.to = s /\ answer.at \in Stamp
            /\ answer.index \in 0 .. Len(log[s])
       /\ \A i \in DOMAIN log[s] :
            /\ DOMAIN log[s][i] = {"stamp", "kind", "key", "value", "past"}
            /\ log[s][i].stamp \in Stamp \ {0}
            /\ log[s][i].kind \in {"version", "mark"}
            /\ log[s][i].key \in Key
            /\ log[s][i].kind = "version" <=> log[s][i].value \in Value
  /\ sent \in [Client -> Nat]
  /\ seen \in [Client -> Stamp]
  /\ held \in [Client -> [Key -> VersionType]]
  /\ \A m \in requests :
       /\ DOMAIN m = {"type", "from", "number", "to", "key", "value", "stamp", "past"}
       /\ m.type \in {"write", "read", "snapshot"}
       /\ m.from \in Client /\ m.number \in 1 .. sent[m.from] /\ m.to \in Server
       /\ m.key \in Key /\ m.stamp \in 0 .. seen[m.from]
       /\ m.type = "write" <=> m.value \in Value
       /\ m.past \subseteq past[m.from]
  /\ \A m \in replies :
       /\ m.type \in {"written", "read"}
       /\ m.from \in Server /\ m.to \in Client /\ m.number \in 1 .. sent[m.to]
       /\ m.key \in Key /\ m.stamp \in Stamp /\ m.at \in Stamp
       /\ m.version \in VersionType
  /\ \A n \in Server \cup Client : \A e \in past[n] :
       e[1] \in Server /\ e[2] \in DOMAIN log[e[1]] /\ IsVersion(e[1], e[2])
  /\ \A c \in Client : \A g \in got[c] : g.key \in Key /\ g.version \in VersionType

\* The clock condition of Lamport's paper: an event that happened before a version
\* has a smaller stamp, on any server.
ClockCondition ==
  \A s \in Server : \A i \in DOMAIN log[s] :
    IsVersion(s, i) =>
      \A e \in log[s][i].past : log[e[1]][e[2]].stamp < log[s][i].stamp

\* The stamps of one server grow, crash or no crash.
StampsGrow ==
  \A s \in Server : \A i \in 2 .. Len(log[s]) :
    log[s][i - 1].stamp < log[s][i].stamp

\* A client's clock has reached all that it knows of, whether it wrote or read.
SeenReachesPast ==
  \A c \in Client : \A e \in past[c] : log[e[1]][e[2]].stamp <= seen[c]

\* The answer to a read stays true, whatever is written later: it is a version
\* of the key, and up to its stamp there is none with a greater stamp.
AnswersStand ==
  \A r \in replies : r.type = "read" =>
    LET of == {e \in {log[r.from][i] : i \in DOMAIN log[r.from]} :
                 e.kind = "version" /\ e.key = r.key /\ e.stamp <= r.at}
    IN  IF of = {} THEN r.version = Nothing
        ELSE /\ \A v \in of : v.stamp <= r.version.stamp
             /\ r.version.node = r.from
             /\ \E v \in of : v.stamp = r.version.stamp /\ v.value = r.version.value

\* A reply answers one request: it has the version that the request has written, or is
\* as of a stamp that the request allows.
ReplyAnswersRequest ==
  /\ \A m, other \in requests :
       m.from = other.from /\ m.number = other.number => m = other
  /\ \A r \in replies : \E m \in requests :
       /\ m.from = r.to /\ m.number = r.number /\ m.to = r.from /\ m.key = r.key
       /\ CASE m.type = "write"    -> /\ r.type = "written" /\ r.at > m.stamp
                                     /\ r.version.stamp = r.at /\ r.version.value = m.value
            [] m.type = "read"     -> r.type = "read" /\ r.at >= m.stamp
            [] m.type = "snapshot" -> r.type = "read" /\ r.at = m.stamp

\* An answer carries a clock that has reached the version and the read.
ReplyIsStamped ==
  \A r \in replies : r.stamp >= r.at /\ r.version.stamp <= r.at

AckedIsDurable ==
  \A r \in replies : r.type = "written" =>
    \E i \in 1 .. durable[r.from] :
      /\ IsVersion(r.from, i) /\ log[r.from][i].key = r.key
      /\ Version(r.from, i) = r.version

\* What was acknowledged is there when the server is up again.
AckedIsKept ==
  \A r \in replies : r.type = "written" /\ mode[r.from] = "up" =>
    \E i \in DOMAIN log[r.from] : IsVersion(r.from, i) /\ Version(r.from, i) = r.version

\* Clients that were given the same versions hold the same one, in any order of
\* the messages.
Follows(a, b) ==
  \/ a.stamp > b.stamp
  \/ a.stamp = b.stamp /\ a.stamp > 0 /\ Rank(a.node) > Rank(b.node)
HeldIsNewest ==
  \A c \in Client : \A g \in got[c] : ~Follows(g.version, held[c][g.key])

\* A client does not hold a version when it was given one that was written later, with
\* knowledge of the first: it finds the last that it wrote.
HeldIsNotSuperseded ==
  \A c \in Client : \A e \in past[c] :
    LET key == log[e[1]][e[2]].key
        later == Version(e[1], e[2])
    IN  [key |-> key, version |-> later] \in got[c] =>
          \A f \in log[e[1]][e[2]].past :
            log[f[1]][f[2]].key = key /\ held[c][key] = Version(f[1], f[2]) =>
              held[c][key] = later

\* A client is given what was sent to it, and what it holds it was given. It may then
\* know of the event.
HeldWasGiven ==
  \A c \in Client :
    /\ \A g \in got[c] :
         \E r \in replies : r.to = c /\ r.key = g.key /\ r.version = g.version
    /\ \A k \in Key : held[c][k] # Nothing =>
         /\ [key |-> k, version |-> held[c][k]] \in got[c]
         /\ \E e \in past[c] : Version(e[1], e[2]) = held[c][k]

\* An entry is what a request asked for. Its past is all that its server and the request
\* may know of, and the server knows of it from then on.
EntryHasItsPast ==
  [][\A s \in Server : Len(log'[s]) > Len(log[s]) =>
       LET entry == log'[s][Len(log'[s])]
       IN  /\ \E m \in requests :
                /\ m.to = s /\ m.key = entry.key /\ entry.past = past[s] \cup m.past
                /\ entry.kind = "version" => m.value = entry.value
           /\ entry.past \subseteq past'[s]
           /\ entry.kind = "version" => <<s, Len(log'[s])>> \in past'[s]]_vars

\* A read is as of a stamp that no version on the server exceeds. It is not of the past.
ReadIsOfNow ==
  [][\A s \in Server : \A answer \in owed'[s] \ owed[s] :
       answer.message.type = "read" =>
         \A i \in DOMAIN log'[s] : log'[s][i].stamp <= answer.at]_vars

\* With each reply the server owes one answer less.
ReplyIsOwed ==
  [][\A r \in replies' \ replies :
       Cardinality(owed'[r.from]) = Cardinality(owed[r.from]) - 1]_vars

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

THEOREM Spec => [](TypeOK /\ StampsGrow)
THEOREM Spec => [](ClockCondition /\ SeenReachesPast)
THEOREM Spec => [](AnswersStand /\ ReplyAnswersRequest /\ ReplyIsStamped /\ AckedIsDurable)
THEOREM Spec => [](HeldIsNewest /\ HeldIsNotSuperseded /\ HeldWasGiven /\ AckedIsKept)
THEOREM Spec => ClocksGrow /\ EntryHasItsPast /\ ReadIsOfNow /\ ReplyIsOwed
THEOREM Spec => TakenIsAnswered /\ ServersComeBack
THEOREM Spec => RefinesStrictOrderEmbedding
=============================================================================
