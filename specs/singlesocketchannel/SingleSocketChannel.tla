------------------------ MODULE SingleSocketChannel ------------------------
(***************************************************************************)
(* Single-Socket Channel: two processes send each other everything over    *)
(* one connection, requests and answers in both directions, so that it all *)
(* stays in order. After Joshi, Patterns of Distributed Systems, ch. 30.   *)
(*                                                                         *)
(* What is hard about it is that a connection does not last. Both ends may *)
(* dial at once; one end may hold a connection for open that the other has *)
(* long given up; an old one may still have something to deliver when a    *)
(* new one is there. So each has an epoch, and what was not answered goes  *)
(* over the next one again. TCP keeps the order on one connection, and is  *)
(* taken for granted. Left out: bytes (a frame is on the wire as a whole   *)
(* or it is not), the clock (an interval without a word is a step), and    *)
(* what a handler computes (it answers with what it was asked).            *)
(***************************************************************************)
EXTENDS Sockets

CONSTANTS
  Text,      \* what may be asked
  Window,    \* how many requests an end may have that are not answered
  Room,      \* how many requests an end takes in that it has not handled
  Limit      \* so many intervals without a word, and the other end is dead

ASSUME Positive == {Window, Room, Limit} \subseteq Nat \ {0}

VARIABLES     \* by node
  incarnation,      \* the number of its process
  seen,      \* the newest epoch that it has heard of
  dial,      \* the connection that it is making, if any
  open,      \* its open connections
  used,      \* the epoch of the last one that it opened
  peer,      \* the other process, as far as it knows (0: not at all)
  asked,     \* how many requests it has had
  pending,   \* those that are not answered: number, text, and which process
             \*   of the other end it was sent to (0: none)
  todo,      \* the numbers of those that this connection has not carried yet
  unsent,    \* the numbers that it gave up, saying they were never sent
  taken,     \* the last request of the other end that it has taken in
  inbox,     \* those that it has not handled
  kept,      \* answers that the other end may ask for again
  outbox,    \* answers that are to be sent
  writing,   \* is a frame being written?
  missed     \* how many intervals it has heard nothing

session == <<peer, taken, inbox, kept>>
link    == <<seen, dial, open, used>>
mine    == <<asked, pending, todo, unsent>>
theirs  == <<taken, inbox, kept, outbox>>
vars    == <<wire, incarnation, seen, dial, open, used, peer, asked, pending, todo, unsent,
             taken, inbox, kept, outbox, writing, missed>>

\* Nobody at this end waits for the answer to an older one.
Oldest(n) == IF pending[n] = <<>> THEN asked[n] + 1 ELSE pending[n][1].number

With(f, n, value) == [f EXCEPT ![n] = value]

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* Of two connections the one with the greater epoch counts. That decides
\* between two that are made at once, and against one that comes late.
IsNewer(n, c) == c.epoch > seen[n]

\* A connection ends when this end opens a newer one.
IsSuperseded(old, by) == old.epoch < by.epoch

\* Nothing is taken from a connection that is not the open one.
IsCurrent(n, c) == open[n] = <<c>>

\* One frame at a time is written, from its first byte to its last.
MayWrite(n) == ~writing[n]

\* A frame is taken when all of it is there.
IsWhole(onWire) == onWire.whole

\* No frame is longer than was agreed.
Fits(text) == text \notin TooLong

\* Whoever asks has to wait while the oldest request that is not answered is too
\* far back, even if those between were given up: the other end still has them.
HasRoom(n) == asked[n] + 1 < Oldest(n) + Window

\* Whoever cannot handle more reads no more.
MayRead(n) == Len(inbox[n]) < Room

\* An end that says nothing for so long is dead.
IsDead(n) == missed[n] >= Limit

\* What was not answered goes over the next connection in its old order, and
\* before all that is new.
Unanswered(items) == Numbers(items)

\* A request is sent to one process only. If another has taken its place,
\* nobody can say what the first one did.
MayResend(request, to) == request.to \in {0, to}

\* A request that comes again is not handled again.
IsNew(n, number) == number > taken[n]

\* An answer is kept, and waits to be sent, until the other end says that it
\* needs it no more.
MayForget(number, oldest) == number < oldest

\* Who does not wait for an answer any longer hears whether his request may
\* have arrived.
WasSent(request) == request.to # 0

-----------------------------------------------------------------------------

\* What can be taken from a connection: the first frame on it, if any.
Ready(n, c) == {w.frame : w \in {x \in Heads(wire[c][n]) : IsWhole(x)}}

Arrives(n, c, kind, number) ==
  \E f \in Ready(n, c) : f.kind = kind /\ f.number = number

\* Those answers that the other end may still wait for.
Needed(answers, oldest) ==
  SelectSeq(answers, LAMBDA a : ~MayForget(a.number, oldest))

-----------------------------------------------------------------------------
(* Making a connection.                                                    *)

Zero == [n \in Node |-> 0]
None == [n \in Node |-> <<>>]

Init ==
  /\ wire = [c \in {} |-> <<>>] /\ incarnation = [n \in Node |-> 1]
  /\ seen = Zero /\ dial = None /\ open = None /\ used = Zero /\ peer = Zero
  /\ asked = Zero /\ pending = None /\ todo = None /\ unsent = [n \in Node |-> {}]
  /\ taken = Zero /\ inbox = None /\ kept = None /\ outbox = None
  /\ writing = [n \in Node |-> FALSE] /\ missed = Zero

Dial(n) ==
  LET c == [incarnation |-> incarnation[n], epoch |-> EpochAfter(n, seen[n])]
  IN  /\ open[n] = <<>> /\ dial[n] = <<>>
      /\ wire' = Made(n, c)
      /\ dial' = With(dial, n, <<c>>)
      /\ seen' = With(seen, n, c.epoch)
      /\ UNCHANGED <<incarnation, open, used, peer, mine, theirs, writing, missed>>

\* Nobody is there, or he does not answer in time.
DialFails(n) ==
  /\ dial[n] # <<>>
  /\ dial' = With(dial, n, <<>>)
  /\ UNCHANGED <<wire, incarnation, seen, open, used, peer, mine, theirs, writing, missed>>

\* A connection is open, to a process of which the number is known now.
OpenTo(n, c, process) ==
  LET isNew == process # peer[n]
  IN  /\ open' = With(open, n,
               Append(SelectSeq(open[n], LAMBDA d : ~IsSuperseded(d, c)), c))
      /\ used' = With(used, n, c.epoch)
      /\ dial' = With(dial, n, <<>>)
      /\ peer' = With(peer, n, process)
      /\ pending' = [pending EXCEPT ![n] =
                       SelectSeq(@, LAMBDA r : MayResend(r, process))]
      /\ todo' = With(todo, n, Unanswered(pending'[n]))
      /\ taken' = [taken EXCEPT ![n] = IF isNew THEN 0 ELSE @]
      /\ inbox' = [inbox EXCEPT ![n] = IF isNew THEN <<>> ELSE @]
      /\ kept' = [kept EXCEPT ![n] = IF isNew THEN <<>> ELSE @]
      /\ outbox' = With(outbox, n, <<>>)
      /\ writing' = With(writing, n, FALSE) /\ missed' = With(missed, n, 0)
      /\ UNCHANGED <<incarnation, asked, unsent>>

\* The other end dials. Its connection is the one from now on, whatever this
\* end has or makes itself.
Accept(n, c) ==
  /\ Arrives(n, c, "hello", 0)
  /\ IsNewer(n, c)
  /\ wire' = Sent(Rest(n, c), n, c, Plain("welcome", incarnation[n]), TRUE)
  /\ seen' = With(seen, n, c.epoch)
  /\ OpenTo(n, c, c.incarnation)

\* It is too late, and is told the newest epoch.
Reject(n, c) ==
  /\ Arrives(n, c, "hello", 0)
  /\ ~IsNewer(n, c)
  /\ wire' = Sent(Rest(n, c), n, c, Plain("refused", seen[n]), TRUE)
  /\ UNCHANGED <<incarnation, link, peer, mine, theirs, writing, missed>>

Open(n, c, process) ==
  /\ dial[n] = <<c>>
  /\ Arrives(n, c, "welcome", process)
  /\ wire' = Rest(n, c)
  /\ OpenTo(n, c, process)
  /\ UNCHANGED seen

Refused(n, c, newest) ==
  /\ dial[n] = <<c>>
  /\ Arrives(n, c, "refused", newest)
  /\ wire' = Rest(n, c)
  /\ dial' = With(dial, n, <<>>)
  /\ seen' = [seen EXCEPT ![n] = IF newest > @ THEN newest ELSE @]
  /\ UNCHANGED <<incarnation, open, used, peer, mine, theirs, writing, missed>>

-----------------------------------------------------------------------------
(* Asking and sending.                                                     *)

Ask(n, text) ==
  /\ Fits(text)
  /\ HasRoom(n)
  /\ asked' = [asked EXCEPT ![n] = @ + 1]
  /\ pending' = [pending EXCEPT ![n] =
                   Append(@, [number |-> asked'[n], text |-> text, to |-> 0])]
  /\ todo' = [todo EXCEPT ![n] =
                IF open[n] = <<>> THEN @ ELSE Append(@, asked'[n])]
  /\ UNCHANGED <<wire, incarnation, link, peer, unsent, theirs, writing, missed>>

Cancel(n, number, sent) ==
  /\ Has(pending[n], number)
  /\ sent = WasSent(Item(pending[n], number))
  /\ pending' = [pending EXCEPT ![n] = Without(@, number)]
  /\ todo' = [todo EXCEPT ![n] = SelectSeq(@, LAMBDA t : t # number)]
  /\ unsent' = [unsent EXCEPT ![n] = IF sent THEN @ ELSE @ \cup {number}]
  /\ UNCHANGED <<wire, incarnation, link, peer, asked, theirs, writing, missed>>

\* The first bytes of a frame leave, on a connection that is open.
Write(n, frame) ==
  /\ MayWrite(n)
  /\ writing' = With(writing, n, TRUE)
  /\ wire' = Sent(wire, n, open[n][Len(open[n])], frame, FALSE)
  /\ UNCHANGED <<incarnation, link, peer, asked, unsent, taken, inbox, kept, missed>>

SendRequest(n, number) ==
  /\ open[n] # <<>>
  /\ number \in Heads(todo[n])
  /\ todo' = [todo EXCEPT ![n] = Tail(@)]
  /\ pending' = [pending EXCEPT ![n] =
       [i \in 1 .. Len(@) |->
          IF @[i].number = number THEN [@[i] EXCEPT !.to = peer[n]] ELSE @[i]]]
  /\ Write(n, Frame("request", number, Item(pending[n], number).text, Oldest(n)))
  /\ UNCHANGED outbox

SendAnswer(n, number) ==
  /\ open[n] # <<>>
  /\ number \in Heads(Numbers(outbox[n]))
  /\ outbox' = [outbox EXCEPT ![n] = Tail(@)]
  /\ Write(n, Frame("answer", number, Head(outbox[n]).text, 0))
  /\ UNCHANGED <<pending, todo>>

\* Nothing else was to be said in this interval.
SendHeartbeat(n) ==
  /\ open[n] # <<>>
  /\ Write(n, Plain("heartbeat", 0))
  /\ UNCHANGED <<pending, todo, outbox>>

\* The last byte of it leaves.
Finish(n) ==
  /\ open[n] # <<>> /\ writing[n]
  /\ writing' = With(writing, n, FALSE)
  /\ LET c == open[n][Len(open[n])]
         m == Other(n)
     IN  wire' = [wire EXCEPT ![c][m][Len(wire[c][m])].whole = TRUE]
  /\ UNCHANGED <<incarnation, link, peer, mine, theirs, missed>>

-----------------------------------------------------------------------------
(* Receiving and answering.                                                *)

\* A frame has come out of a connection, and the other end is alive.
Takes(n, c, kind, frame) ==
  /\ frame \in Ready(n, c)
  /\ frame.kind = kind
  /\ IsCurrent(n, c)
  /\ wire' = Rest(n, c)
  /\ missed' = With(missed, n, 0)
  /\ UNCHANGED <<incarnation, link, peer, asked, unsent, writing>>

ReceiveRequest(n, c, frame) ==
  /\ Takes(n, c, "request", frame)
  /\ IsNew(n, frame.number)
  /\ MayRead(n)
  /\ taken' = With(taken, n, frame.number)
  /\ inbox' = [inbox EXCEPT ![n] =
                 Append(@, [number |-> frame.number, text |-> frame.text])]
  /\ kept' = With(kept, n, Needed(kept[n], frame.oldest))
  /\ outbox' = With(outbox, n, Needed(outbox[n], frame.oldest))
  /\ UNCHANGED <<pending, todo>>

\* It was here before: it is answered again, as soon as there is an answer.
ReceiveAgain(n, c, frame) ==
  /\ Takes(n, c, "request", frame)
  /\ ~IsNew(n, frame.number)
  /\ kept' = With(kept, n, Needed(kept[n], frame.oldest))
  /\ outbox' = With(outbox, n, Needed(outbox[n], frame.oldest) \o
       IF Has(kept[n], frame.number) THEN <<Item(kept[n], frame.number)>> ELSE <<>>)
  /\ UNCHANGED <<pending, todo, taken, inbox>>

\* Somebody may wait for the answer, or have given up.
ReceiveAnswer(n, c, frame) ==
  /\ Takes(n, c, "answer", frame)
  /\ pending' = [pending EXCEPT ![n] = Without(@, frame.number)]
  /\ todo' = [todo EXCEPT ![n] = SelectSeq(@, LAMBDA t : t # frame.number)]
  /\ UNCHANGED theirs

ReceiveHeartbeat(n, c, frame) ==
  Takes(n, c, "heartbeat", frame) /\ UNCHANGED <<pending, todo, theirs>>

\* The handler has answered the oldest request.
Handle(n, number) ==
  /\ number \in Heads(Numbers(inbox[n]))
  /\ inbox' = [inbox EXCEPT ![n] = Tail(@)]
  /\ kept' = [kept EXCEPT ![n] = Append(@, Head(inbox[n]))]
  /\ outbox' = [outbox EXCEPT ![n] =
                  IF open[n] = <<>> THEN @ ELSE Append(@, Head(inbox[n]))]
  /\ UNCHANGED <<wire, incarnation, link, peer, mine, taken, writing, missed>>

-----------------------------------------------------------------------------
(* The end of a connection, and of a process.                              *)

\* An interval has passed, and nothing was heard.
MissHeartbeat(n) ==
  /\ open[n] # <<>> /\ ~IsDead(n)
  /\ missed' = [missed EXCEPT ![n] = IF @ < Limit THEN @ + 1 ELSE @]
  /\ UNCHANGED <<wire, incarnation, link, peer, mine, theirs, writing>>

Closed(n) ==
  /\ open' = With(open, n, <<>>) /\ todo' = With(todo, n, <<>>)
  /\ outbox' = With(outbox, n, <<>>)
  /\ writing' = With(writing, n, FALSE) /\ missed' = With(missed, n, 0)
  /\ UNCHANGED <<wire, incarnation, seen, dial, used, session, asked, pending, unsent>>

TimeOut(n) == open[n] # <<>> /\ IsDead(n) /\ Closed(n)

\* Reading or writing has failed.
Lose(n) == open[n] # <<>> /\ Closed(n)

\* A write was not over in time: the other end reads too slowly, or not at all.
Stall(n) ==
  /\ open[n] # <<>>
  /\ wire[open[n][Len(open[n])]][Other(n)] # <<>>
  /\ Closed(n)

\* The process is gone, with all that it knew, and there is another one.
Restart(n) ==
  /\ incarnation' = [incarnation EXCEPT ![n] = @ + 1]
  /\ seen' = With(seen, n, 0) /\ dial' = With(dial, n, <<>>)
  /\ open' = With(open, n, <<>>) /\ used' = With(used, n, 0) /\ peer' = With(peer, n, 0)
  /\ asked' = With(asked, n, 0) /\ pending' = With(pending, n, <<>>)
  /\ todo' = With(todo, n, <<>>) /\ unsent' = With(unsent, n, {})
  /\ taken' = With(taken, n, 0) /\ inbox' = With(inbox, n, <<>>)
  /\ kept' = With(kept, n, <<>>) /\ outbox' = With(outbox, n, <<>>)
  /\ writing' = With(writing, n, FALSE) /\ missed' = With(missed, n, 0)
  /\ UNCHANGED wire

-----------------------------------------------------------------------------

Shakes(n, c) ==
  \/ Accept(n, c) \/ Reject(n, c)
  \/ \E f \in Ready(n, c) : Open(n, c, f.number) \/ Refused(n, c, f.number)

Receives(n, c) ==
  \E f \in Ready(n, c) : \/ ReceiveRequest(n, c, f) \/ ReceiveAgain(n, c, f)
                         \/ ReceiveAnswer(n, c, f) \/ ReceiveHeartbeat(n, c, f)

SendsRequest(n) == \E r \in Heads(todo[n]) : SendRequest(n, r)
SendsAnswer(n)  == \E r \in Heads(Numbers(outbox[n])) : SendAnswer(n, r)
Handles(n)      == \E r \in Heads(Numbers(inbox[n])) : Handle(n, r)

Next ==
  \E n \in Node :
    \/ Dial(n) \/ DialFails(n) \/ SendHeartbeat(n) \/ Finish(n)
    \/ MissHeartbeat(n) \/ TimeOut(n) \/ Lose(n) \/ Stall(n) \/ Restart(n)
    \/ \E c \in Connection : Shakes(n, c) \/ Receives(n, c)
    \/ \E t \in Text : Ask(n, t)
    \/ \E i \in 1 .. Len(pending[n]), sent \in BOOLEAN :
         Cancel(n, pending[n][i].number, sent)
    \/ SendsRequest(n) \/ SendsAnswer(n) \/ Handles(n)

\* Both ends do what they have to do, and dial when somebody waits. Nobody must
\* ask, and nothing must break. An interval without a word comes to its end;
\* whether there was a word in it is left open, so this says nothing about a
\* connection that works.
Fairness ==
  \A n \in Node :
    /\ WF_vars(pending[n] # <<>> /\ Dial(n)) /\ WF_vars(Finish(n))
    /\ WF_vars(\E c \in Connection : Shakes(n, c))
    /\ WF_vars(\E c \in Connection : Receives(n, c)) /\ WF_vars(Handles(n))
    /\ SF_vars(SendsRequest(n)) /\ SF_vars(SendsAnswer(n))
    /\ WF_vars(MissHeartbeat(n)) /\ WF_vars(TimeOut(n))

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  \A n \in Node :
    /\ Len(dial[n]) <= 1
    /\ seen[n] \in Nat /\ peer[n] \in 0 .. incarnation[Other(n)]
    /\ \A i \in 1 .. Len(pending[n]) : /\ pending[n][i].number \in 1 .. asked[n]
                                       /\ pending[n][i].to \in 0 .. peer[n]
    /\ \A i \in 1 .. Len(todo[n]) : Has(pending[n], todo[n][i])
    /\ missed[n] \in 0 .. Limit
    /\ open[n] = <<>> => todo[n] = <<>> /\ outbox[n] = <<>> /\ ~writing[n]

OneConnection == \A n \in Node : Len(open[n]) <= 1

Bounded ==
  \A n \in Node : /\ asked[n] < Oldest(n) + Window
                  /\ Len(inbox[n]) <= Room
                  /\ Len(kept[n]) + Len(inbox[n]) < Window + Room
                  /\ Len(outbox[n]) <= 2 * Len(kept[n])

\* Do the two processes know each other? Then numbers mean the same to both.
KnowEachOther(n) == peer[n] = incarnation[Other(n)] /\ peer[Other(n)] = incarnation[n]

\* No request is passed over: if a later one has been taken in, so was this.
NothingPassedOver ==
  \A n \in Node :
    LET m == Other(n)
    IN  KnowEachOther(n) => \A i \in 1 .. Len(pending[n]) :
          LET r == pending[n][i].number
          IN  r <= taken[m] => Has(inbox[m], r) \/ Has(kept[m], r)

\* What a request was sent to, it stays with.
OneProcess ==
  \A n \in Node : \A i \in 1 .. Len(todo[n]) :
    Item(pending[n], todo[n][i]).to \in {0, peer[n]}

\* If somebody was told that his request was not sent, then it was not.
UnsentIsUnsent ==
  \A n \in Node, c \in Connection :
    Dialler(c) = n /\ c.incarnation = incarnation[n] =>
      \A i \in 1 .. Len(wire[c][Other(n)]) :
        LET f == wire[c][Other(n)][i].frame
        IN  f.kind = "request" => f.number \notin unsent[n]

\* Each request is taken in once, each in its turn.
TakenOnce ==
  [][\A n \in Node : Len(inbox'[n]) > Len(inbox[n]) => taken'[n] > taken[n]]_vars

\* A connection that the other end does not hold does not stay open for long.
Held(n) == LET m == Other(n) IN open[m] = open[n] \/ dial[m] = open[n]
DeadPeerIsDetected ==
  \A n \in Node : open[n] # <<>> /\ ~Held(n) ~> open[n] = <<>> \/ Held(n)

\* Where nothing breaks any more, everybody who asks gets an answer.
Fault ==
  \E n \in Node : \/ DialFails(n) \/ Lose(n) \/ Stall(n) \/ Restart(n)
                  \/ open[n] # <<>> /\ Held(n) /\ TimeOut(n)
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

-----------------------------------------------------------------------------
(* Bounds of the models.                                                   *)

Within(first, other, epochs, lives, frames) ==
  /\ \A n \in Node :
       /\ asked[n] <= IF n = First THEN first ELSE other
       /\ incarnation[n] <= IF n = First THEN 1 ELSE lives
       /\ seen[n] <= epochs
       /\ OnWires(Connection, n) <= frames

Both   == Within(0, 0, 2, 1, 2)
Idle   == Within(0, 0, 2, 1, 1)
Small  == Within(1, 0, 2, 1, 1)
Reborn == Within(1, 0, 2, 2, 1)
Old    == Within(1, 0, 3, 1, 2)
Two    == Within(2, 0, 2, 1, 1)
Large  == Within(2, 0, 2, 2, 1)
=============================================================================
