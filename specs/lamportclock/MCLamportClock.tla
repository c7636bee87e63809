--------------------------- MODULE MCLamportClock ---------------------------
(***************************************************************************)
(* What the models of LamportClock need beside it.                         *)
(***************************************************************************)
EXTENDS Causality, Bounds

\* For Number: of c1's requests.
OneAndTwo == 1 .. 2

\* c2 asks once, and then c1 asks twice.
OnceThenTwice(c) == IF c = "c2" THEN sent["c2"] = 0
                                ELSE sent["c2"] = 1 /\ sent["c1"] < 2

\* Each write has a value of its own.
ValueOf(r) == IF r.from = "c2" THEN "u" ELSE IF r.number = 1 THEN "v" ELSE "w"

\* When a client may ask.
MayAsk(c) == OnceThenTwice(c)

\* In place of MayAsk, for the broken rules: two or three requests of one client.
Twice(c)  == c = "c1" /\ sent[c] < 2
Thrice(c) == c = "c1" /\ sent[c] < 3

\* No step of a client is under fairness, so that its bound stands before the
\* step: TLC need not make a state to leave it out.
BoundedNext ==
  \/ \E c \in Client : (MayAsk(c) /\ Asks(c)) \/ \E reply \in replies : Hear(c, reply)
  \/ \E s \in Server : Serves(s)

BoundedSpec == Init /\ [][BoundedNext]_vars /\ Fairness

\* For liveness: no CONSTRAINT, which would leave out answers that must leave. A server
\* takes a request again only after a crash has taken the first answer.
Once(c) == sent[c] = 0
Untaken(s) ==
  {m \in requests :
     /\ Sum([t \in Server |-> Len(log[t])], Server) < Cardinality(requests)
     /\ \A answer \in owed[s] : answer.message # m
     /\ \A r \in replies : r.to # m.from \/ r.number # m.number}

LiveNext ==
  \/ \E c \in Client : (MayAsk(c) /\ Asks(c)) \/ \E reply \in replies : Hear(c, reply)
  \/ \E s \in Server :
       \/ \E message \in Untaken(s) : Write(s, message) \/ Read(s, message)
       \/ \E n \in DOMAIN log[s] : Sync(s, n)
       \/ \E answer \in owed[s], stamp \in 0 .. clock[s] : Reply(s, answer, stamp)
       \/ \E left \in {0} \cup DOMAIN log[s] : Crash(s, left)
       \/ Start(s)

LiveSpec == Init /\ [][LiveNext]_vars /\ Fairness

\* c2 writes to s2, which alone may crash, and then c1 does anything anywhere.
\* What is sent first may well arrive last. No request is answered twice.
Large ==
  /\ Bounded
  /\ \A r \in requests :
       r.from = "c2" => r.type = "write" /\ r.to = "s2" /\ r.key = "k"
  /\ mode["s1"] = "up"
  /\ \A r, other \in replies : r # other => <<r.to, r.number>> # <<other.to, other.number>>
  /\ \A s \in Server : \A a, b \in owed[s] : a # b => a.message # b.message

\* The same, but c1 begins with a write to s1, or with a read from s2 after which
\* it writes to s1. Only its second request may read another key. c2 gets no
\* answer.
Small ==
  /\ Large
  /\ \A r \in requests : r.from = "c1" /\ r.number = 1 =>
       \/ r.type = "write" /\ r.to = "s1"
       \/ /\ r.type = "read" /\ r.to = "s2"
          /\ \A next \in requests : next.from = "c1" /\ next.number = 2 =>
               next.type = "write" /\ next.to = "s1"
  /\ \A r \in requests :
       r.key = "j" => r.from = "c1" /\ r.number = 2 /\ r.type = "read"
  /\ \A r \in replies : r.to = "c1"
  /\ \A r \in requests : r.type = "write" => r.value = ValueOf(r)

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

CrashTakesAnEntry   == \E s \in Server : Len(log'[s]) < Len(log[s])
CrashTakesAll       == \E s \in Server : log[s] # <<>> /\ mode'[s] = "down" /\ log'[s] = <<>>
CrashTakesAnAnswer  == \E s \in Server : owed[s] # {} /\ mode'[s] = "down"
ServerStartsAgain   == \E s \in Server : mode[s] = "down" /\ clock'[s] > 0
ReadIsMarked        == \E s \in Server : \E i \in DOMAIN log[s] : log[s][i].kind = "mark"
StampsAreEqual      == \E i \in DOMAIN log["s1"], j \in DOMAIN log["s2"] :
                         /\ IsVersion("s1", i) /\ IsVersion("s2", j)
                         /\ log["s1"][i].stamp = log["s2"][j].stamp
ClockFollowsRequest == \E s \in Server : clock'[s] > clock[s] + 1
RequestComesAgain   == \E s \in Server : \E i, j \in DOMAIN log[s] :
                         i # j /\ log[s][i].past = {} /\ <<s, i>> \in log[s][j].past
SnapshotIsOld       == \E r \in replies : r.type = "read" /\ r.at < r.stamp
NewerIsHeard        == \E c \in Client, k \in Key : held[c][k] # Nothing /\ held'[c][k] # held[c][k]
BothAreAnswered     == \A c \in Client : \E r \in replies : r.to = c
OlderIsHeard        == \E c \in Client : got'[c] # got[c] /\ held' = held /\ got[c] # {}
=============================================================================
