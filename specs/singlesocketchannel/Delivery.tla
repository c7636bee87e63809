------------------------------ MODULE Delivery ------------------------------
(***************************************************************************)
(* What must hold of SingleSocketChannel. What each of its steps must do   *)
(* is in StepProperties.                                                   *)
(***************************************************************************)
EXTENDS StepProperties

IsConnection(c) ==
  c \in [incarnation : Nat \ {0}, epoch : Nat \ {0}]

IsFrame(f) ==
  /\ f.kind \in {"hello", "welcome", "refused", "request", "answer", "heartbeat"}
  /\ f.number \in Nat /\ f.oldest \in 0 .. f.number
  /\ IF f.kind \in {"request", "answer"} THEN f.text \in Text ELSE f.text = ""

AreMessages(items) ==
  \A i \in DOMAIN items : items[i].number \in Nat \ {0} /\ items[i].text \in Text

TypeOK ==
  /\ \A c \in Connection :
       /\ IsConnection(c) /\ DOMAIN wire[c] = Node
       /\ \A n \in Node : \A i \in DOMAIN wire[c][n] :
            wire[c][n][i].whole \in BOOLEAN /\ IsFrame(wire[c][n][i].frame)
  /\ \A n \in Node :
       /\ incarnation[n] \in Nat \ {0} /\ used[n] \in 0 .. seen[n]
       /\ peer[n] \in 0 .. incarnation[Other(n)]
       /\ \A i \in DOMAIN dial[n] : i = 1 /\ dial[n][i] \in Connection
       /\ \A i \in DOMAIN open[n] : open[n][i] \in Connection
       /\ asked[n] \in Nat /\ AreMessages(pending[n])
       /\ \A i \in DOMAIN pending[n] : /\ pending[n][i].number <= asked[n]
                                       /\ pending[n][i].to \in {0, peer[n]}
       /\ \A i \in DOMAIN todo[n] : Has(pending[n], todo[n][i])
       /\ taken[n] \in Nat
       /\ AreMessages(inbox[n]) /\ AreMessages(kept[n]) /\ AreMessages(outbox[n])
       /\ writing[n] \in BOOLEAN /\ missed[n] \in 0 .. Limit
       /\ open[n] = <<>> =>
            todo[n] = <<>> /\ outbox[n] = <<>> /\ ~writing[n] /\ missed[n] = 0

\* An end has one connection, or makes one.
OneConnection == \A n \in Node : Len(open[n]) + Len(dial[n]) <= 1

\* Only the last frame on a wire can be one of which the end is missing.
FramesAreSeparate ==
  \A c \in Connection, n \in Node :
    \A i \in 1 .. Len(wire[c][n]) - 1 : wire[c][n][i].whole

FramesFit ==
  \A c \in Connection, n \in Node :
    \A i \in DOMAIN wire[c][n] : wire[c][n][i].frame.text \notin TooLong

Bounded ==
  \A n \in Node : /\ asked[n] < Oldest(n) + Window
                  /\ Len(inbox[n]) <= Room
                  /\ Len(kept[n]) + Len(inbox[n]) < Window + Room
                  /\ Len(outbox[n]) <= 2 * Len(kept[n])

\* Numbers mean the same to two processes that know each other.
KnowEachOther(n) == peer[n] = incarnation[Other(n)] /\ peer[Other(n)] = incarnation[n]

Ascending(numbers) ==
  \A i, j \in DOMAIN numbers : i < j => numbers[i] < numbers[j]

\* Requests go out, come in and are handled in the order in which they were made.
InOrder ==
  \A n \in Node : /\ Ascending(Numbers(pending[n])) /\ Ascending(todo[n])
                  /\ Ascending(Numbers(kept[n]) \o Numbers(inbox[n]))

\* No request is passed over: if a later one has been taken in, so was this.
NoRequestIsPassedOver ==
  \A n \in Node : KnowEachOther(n) => \A i \in DOMAIN pending[n] :
    LET r == pending[n][i].number
        m == Other(n)
    IN  r <= taken[m] => Has(inbox[m], r) \/ Has(kept[m], r)

\* A request that has arrived over the newest connection is taken, unless others fill the
\* room: its caller need not wait for anything else.
ArrivedCanBeTaken ==
  \A n \in Node : open[n] # <<>> => \A f \in Ready(n, Last(n)) :
    /\ f.kind = "request"
    /\ f.number > taken[n] => Len(inbox[n]) < Room
    => ENABLED Receives(n, Last(n))

\* A request that waits to be sent was sent to no other process.
OneProcess ==
  \A n \in Node : \A i \in DOMAIN todo[n] :
    Item(pending[n], todo[n][i]).to \in {0, peer[n]}

\* What waits for a caller on its connection is the answer to its own request,
\* and so is what waits to be sent to it.
AnswersMatch ==
  \A n \in Node : \A i \in DOMAIN pending[n] :
    LET r == pending[n][i]
        m == Other(n)
        Match(items) == \A j \in DOMAIN items :
                          items[j].number = r.number => items[j].text = r.text
    IN  /\ \A c \in Connection : open[n] = <<c>> =>
             LET answers == SelectSeq(wire[c][n], LAMBDA w : w.frame.kind = "answer")
             IN  Match([j \in DOMAIN answers |-> answers[j].frame])
        /\ KnowEachOther(n) => Match(kept[m]) /\ Match(inbox[m]) /\ Match(outbox[m])

\* A caller that is told that its request was not sent can believe it; and it is told so
\* if nothing was sent.
Arrived(n, r) ==
  \/ \E c \in Connection : /\ Dialler(c) = n /\ c.incarnation = incarnation[n]
                           /\ \E i \in DOMAIN wire[c][Other(n)] :
                                LET f == wire[c][Other(n)][i].frame
                                IN  f.kind = "request" /\ f.number = r
  \/ KnowEachOther(n) /\ r <= taken[Other(n)]

UnsentIsUnsent ==
  [][\A n \in Node : \A i \in DOMAIN pending[n] :
       /\ Cancel(n, pending[n][i].number, FALSE) => ~Arrived(n, pending[n][i].number)
       /\ Cancel(n, pending[n][i].number, TRUE) => pending[n][i].to # 0]_vars

\* No frame is taken of which a part is missing.
OnlyWholeFramesAreTaken ==
  [][\A c \in Connection, n \in Node :
       Len(wire'[c][n]) < Len(wire[c][n]) => wire[c][n][1].whole]_vars

\* Each request is taken in once, each in its turn.
TakenOnce ==
  [][\A n \in Node : Len(inbox'[n]) > Len(inbox[n]) => taken'[n] > taken[n]]_vars

\* The connection of this end is half-open: the other end neither has nor makes it.
IsHalfOpen(n) == \A m \in Node \ {n} : open[n] \notin {open[m], dial[m]}

\* An end does not keep a connection for long that the other end does not hold.
DeadPeerIsDetected ==
  \A n \in Node : open[n] # <<>> /\ IsHalfOpen(n) ~> open[n] = <<>> \/ ~IsHalfOpen(n)

\* When faults end, every caller is told something.
Fault ==
  \E n \in Node : \/ DialFails(n) \/ Lose(n) \/ Stall(n) \/ Restart(n)
                  \/ Held(n) /\ MissHeartbeat(n)
                  \/ ~MustDial(n) /\ Dial(n)
Calm == <>[][~Fault]_vars
EveryRequestIsAnswered ==
  Calm => \A n \in Node : pending[n] # <<>> ~> pending[n] = <<>>

\* Seen from outside it is a line for each epoch, in which everything stays in
\* its order, and of which only the newest one counts.
Fifo == INSTANCE FifoChannel WITH
  End    <- Node,
  Age    <- Epoch,
  line   <- [c \in Connection |-> [n \in Node |-> SelectSeq(wire[c][n], IsMessage)]],
  using  <- open,
  newest <- used

RefinesFifoChannel == Fifo!Spec

THEOREM Spec => []TypeOK
THEOREM Spec => [](OneConnection /\ FramesAreSeparate /\ FramesFit /\ Bounded)
THEOREM Spec => [](InOrder /\ NoRequestIsPassedOver /\ ArrivedCanBeTaken)
THEOREM Spec => [](OneProcess /\ AnswersMatch)
THEOREM Spec => UnsentIsUnsent /\ OnlyWholeFramesAreTaken /\ TakenOnce
THEOREM Spec => [](EpochTellsDialler /\ AsksWithinWindow /\ NothingIsForbidden)
THEOREM Spec => NewestCounts /\ FramesAreTrue /\ RequestsStay /\ OneByOne
THEOREM Spec => ProcessKnowsNothing /\ ConnectionIsFresh /\ PeerIsFresh
THEOREM Spec => NothingIsGivenUp /\ FramesShowLife /\ AnswersAreDropped /\ IsNext
THEOREM Spec => DeadPeerIsDetected /\ EveryRequestIsAnswered
THEOREM Spec => RefinesFifoChannel
=============================================================================
