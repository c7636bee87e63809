--------------------------- MODULE StepProperties ---------------------------
(***************************************************************************)
(* What each step of SingleSocketChannel must do, and which steps must be  *)
(* possible.                                                               *)
(***************************************************************************)
EXTENDS SingleSocketChannel

\* The first end has the odd epochs.
EpochTellsDialler ==
  \A n \in Node : dial[n] # <<>> => (dial[n][1].epoch % 2 = 1 <=> n = First)

\* A process that has just begun knows nothing. One that goes on forgets nothing that it
\* has counted.
ProcessKnowsNothing ==
  [][\A n \in Node :
       IF incarnation'[n] # incarnation[n]
         THEN /\ incarnation'[n] = incarnation[n] + 1
              /\ {seen'[n], used'[n], missed'[n], peer'[n], asked'[n], taken'[n]} = {0}
              /\ {dial'[n], open'[n], pending'[n], todo'[n], inbox'[n], kept'[n],
                  outbox'[n]} = {<<>>}
              /\ ~writing'[n]
         ELSE seen'[n] >= seen[n] /\ asked'[n] >= asked[n]]_vars

Begins(n) == open'[n] # open[n] /\ open'[n] # <<>>

\* A connection that has just begun carries nothing of the last one.
ConnectionIsFresh ==
  [][\A n \in Node : Begins(n) =>
       /\ missed'[n] = 0 /\ ~writing'[n] /\ dial'[n] = <<>> /\ outbox'[n] = <<>>
       /\ todo'[n] = Numbers(pending'[n])]_vars

Newest(n) == open'[n][Len(open'[n])]

\* An end makes one connection at a time. One that the other end makes counts
\* only if this end has seen none that is as new.
NewestCounts ==
  [][\A n \in Node :
       /\ dial'[n] # dial[n] => <<>> \in {dial[n], dial'[n]}
       /\ Begins(n) => dial[n] = <<Newest(n)>> \/ Newest(n).epoch > seen[n]]_vars

Comes(n, c) == Len(wire'[c][n]) < Len(wire[c][n])
Front(n, c) == wire[c][n][1].frame

\* The process at the other end is the one that has dialled, or that says welcome. The
\* state that belongs to one process does not count for the next.
PeerIsFresh ==
  [][\A n \in Node :
       IF Begins(n)
         THEN /\ peer'[n] = IF dial[n] = <<Newest(n)>> THEN Front(n, Newest(n)).number
                            ELSE Newest(n).incarnation
              /\ IF peer'[n] = peer[n]
                   THEN UNCHANGED <<taken[n], inbox[n], kept[n]>>
                   ELSE taken'[n] = 0 /\ inbox'[n] = <<>> /\ kept'[n] = <<>>
         ELSE peer'[n] = peer[n] \/ incarnation'[n] # incarnation[n]]_vars

\* A request has its end when its answer comes, or its caller leaves, or another process
\* has come in the place of the one that it was sent to. No other request ends with it.
NothingIsGivenUp ==
  [][\A n \in Node : \A i \in DOMAIN pending[n] :
       LET r        == pending[n][i]
           answered == \E c \in Connection :
                         /\ Comes(n, c) /\ Front(n, c).kind = "answer"
                         /\ Front(n, c).number = r.number
       IN  ~Has(pending'[n], r.number) <=>
             \/ answered
             \/ Len(pending'[n]) < Len(pending[n]) /\ UNCHANGED connections
                  /\ pending'[n] = Without(pending[n], r.number)
             \/ incarnation'[n] # incarnation[n]
             \/ Begins(n) /\ r.to \notin {0, peer'[n]}]_vars

\* A request stays as its caller has made it. It counts as sent to a process when it
\* begins to go there, and then is sent to no other one, which would handle it again.
RequestsStay ==
  [][\A n \in Node : incarnation'[n] = incarnation[n] => \A i \in DOMAIN pending'[n] :
       LET new  == pending'[n][i]
           old  == Item(pending[n], new.number)
           goes == todo[n] # <<>> /\ todo'[n] = Tail(todo[n]) /\ new.number = todo[n][1]
                     /\ writing'[n]
       IN  IF Has(pending[n], new.number)
             THEN new = [old EXCEPT !.to = IF goes /\ @ = 0 THEN peer[n] ELSE @]
             ELSE new.number = asked[n] + 1 /\ new.to = 0]_vars

\* What an end writes is true. A request or an answer is the one whose turn it is; each
\* goes out once on a connection. A request names the oldest one that has no answer. A
\* greeting names this process, or the newest epoch.
FramesAreTrue ==
  [][\A n \in Node, c \in Connection :
       LET line == wire'[c][Other(n)]
           f    == line[Len(line)].frame
       IN  Len(line) > Len(wire[c][Other(n)]) =>
             /\ f.kind = "request" => /\ <<f.number>> \o todo'[n] = todo[n]
                                      /\ f.text = Item(pending[n], f.number).text
                                      /\ f.oldest = pending[n][1].number
             /\ f.kind = "answer" =>
                  <<[number |-> f.number, text |-> f.text]>> \o outbox'[n] = outbox[n]
             /\ f.kind = "welcome" => f.number = incarnation[n] /\ Begins(n)
             /\ f.kind = "refused" => f.number = seen[n] /\ c.epoch <= seen[n]]_vars

\* Heartbeats are missed one by one. The end gives up when it has missed Limit of them.
OneByOne ==
  [][\A n \in Node : /\ missed'[n] \in {0, missed[n], missed[n] + 1}
                     /\ TimeOut(n) => missed[n] = Limit]_vars

\* A caller may ask as long as the oldest request in doubt is not too far back.
AsksWithinWindow ==
  \A n \in Node, t \in Text \ TooLong :
    ENABLED Ask(n, t) <=>
      pending[n] = <<>> \/ asked[n] - pending[n][1].number + 1 < Window

\* Each frame shows that the other end is alive. An end that is refused knows the newest
\* epoch then.
FramesShowLife ==
  [][\A c \in Connection, n \in Node : Comes(n, c) =>
       /\ IsMessage(wire[c][n][1]) => missed'[n] = 0
       /\ Front(n, c).kind = "refused" => seen'[n] >= Front(n, c).number]_vars

\* An answer is dropped as soon as a request says that it is not needed, and not before.
\* If the request was here before, its answer goes out again, if there is one.
AnswersAreDropped ==
  [][\A c \in Connection, n \in Node :
       Comes(n, c) /\ Front(n, c).kind = "request" =>
         LET f == Front(n, c)
             needed(items) == SelectSeq(items, LAMBDA a : a.number >= f.oldest)
         IN  /\ kept'[n] = needed(kept[n])
             /\ outbox'[n] = needed(outbox[n])
                               \o SelectSeq(kept[n], LAMBDA a : a.number = f.number)]_vars

\* All steps are those of the spec.
IsNext == [][Next]_vars

(* What must be possible, in whatever state the rest is.                   *)

NothingIsForbidden ==
  \A n \in Node :
    /\ ENABLED Dial(n)          <=> open[n] = <<>> /\ dial[n] = <<>>
    /\ ENABLED DialFails(n)     <=> dial[n] # <<>>
    /\ ENABLED Lose(n)          <=> open[n] # <<>>
    /\ ENABLED SendHeartbeat(n) <=> open[n] # <<>> /\ ~writing[n]
    /\ ENABLED SendsRequest(n)  <=> todo[n] # <<>> /\ ~writing[n]
    /\ ENABLED SendsAnswer(n)   <=> outbox[n] # <<>> /\ ~writing[n]
    /\ ENABLED Finish(n)        <=> writing[n]
    /\ ENABLED Handles(n)       <=> inbox[n] # <<>>
    /\ ENABLED MissHeartbeat(n) <=> open[n] # <<>> /\ missed[n] < Limit
    /\ ENABLED TimeOut(n)       <=> open[n] # <<>> /\ missed[n] = Limit
    /\ ENABLED Restart(n)
    /\ ENABLED Cancels(n)       <=> pending[n] # <<>>
    /\ \A i \in DOMAIN pending[n] : \E sent \in BOOLEAN :
         ENABLED Cancel(n, pending[n][i].number, sent)
    /\ \A c \in Connection : wire[c][n] # <<>> /\ wire[c][n][1].whole =>
         LET f == Front(n, c)
         IN  CASE f.kind = "hello" -> ENABLED Greets(n, c)
                                        /\ (ENABLED Accept(n, c) <=> c.epoch > seen[n])
               [] f.kind \in {"welcome", "refused"} -> ENABLED Greets(n, c) <=> dial[n] = <<c>>
               [] OTHER -> /\ open[n] = <<c>>
                           /\ f.kind = "request" /\ f.number > taken[n] =>
                                Len(inbox[n]) < Room
                           => ENABLED Receives(n, c)
=============================================================================
