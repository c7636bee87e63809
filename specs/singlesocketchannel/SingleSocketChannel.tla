------------------------ MODULE SingleSocketChannel ------------------------
(***************************************************************************)
(* Single-Socket Channel: two processes send each other requests and       *)
(* answers over one connection, in both directions, in order. After Joshi, *)
(* Patterns of Distributed Systems, ch. 30.                                *)
(*                                                                         *)
(* The hard part is that a connection breaks. Both ends may dial at once;  *)
(* one end may hold a connection that the other one has given up; an old   *)
(* one may still deliver when a new one is open. So a connection has an    *)
(* epoch, and requests without an answer go over the next one again.       *)
(* Left out: bytes (a frame is whole or not), the clock (a missed          *)
(* heartbeat is a step), and the handler (it answers with the request).    *)
(***************************************************************************)
EXTENDS Connections

CONSTANTS
  Text,      \* the bodies of requests
  Window,    \* how far a request may be ahead of the oldest one in doubt
  Room       \* how many requests an end takes in before it handles one

ASSUME Positive == {Window, Room} \subseteq Nat \ {0}

VARIABLES    \* by node
  peer,      \* the other end's incarnation, 0 while it is not known
  asked,     \* how many requests its callers have made
  pending,   \* those without an answer: number, text, and the incarnation
             \*   of the other end that they were sent to (0: none)
  todo,      \* the numbers of those that this connection has not carried
  taken,     \* the last request of the other end that it has taken in
  inbox,     \* those that it has not handled
  kept,      \* answers that the other end may ask for again
  outbox     \* answers that are to be sent

asking   == <<asked, pending, todo>>
serving  == <<taken, inbox, kept, outbox>>
exchange == <<peer, asking, serving>>
vars     == <<connections, exchange>>

\* The oldest request that a caller waits for.
Oldest(n) == IF pending[n] = <<>> THEN asked[n] + 1 ELSE pending[n][1].number

(* The rules, beside those in Connections.                                 *)

\* A caller waits while the oldest request in doubt is too far back. The other
\* end may still have later ones, even if their callers have left.
HasRoom(n) == asked[n] + 1 < Oldest(n) + Window

\* An end reads no request that it has no room for.
MayRead(n) == Len(inbox[n]) < Room

\* Requests without an answer go over the next connection in their old order,
\* before new ones.
Unanswered(items) == Numbers(items)

\* A request goes to one process only. If another one has taken its place,
\* this end cannot know what the first one did.
MayResend(request, to) == request.to \in {0, to}

\* A request that comes again is not handled again.
IsNew(n, number) == number > taken[n]

\* An answer is kept until the other end says that it does not need it.
MayForget(number, oldest) == number < oldest

\* A caller that leaves is told whether its request may have arrived.
WasSent(request) == request.to # 0

(* Making a connection.                                                    *)

Init ==
  /\ ConnectionsInit
  /\ peer = [n \in Node |-> 0]
  /\ asked = [n \in Node |-> 0] /\ taken = [n \in Node |-> 0]
  /\ pending = [n \in Node |-> <<>>] /\ todo = [n \in Node |-> <<>>]
  /\ inbox = [n \in Node |-> <<>>] /\ kept = [n \in Node |-> <<>>]
  /\ outbox = [n \in Node |-> <<>>]

Dial(n) == DialNext(n) /\ UNCHANGED exchange

\* The other end does not answer in time.
DialFails(n) == StopDialling(n) /\ UNCHANGED <<wire, seen, exchange>>

\* A connection is open, to a process of which the number is known now.
OpenTo(n, process) ==
  LET isNew == process # peer[n]
  IN  /\ peer' = With(peer, n, process)
      /\ pending' = [pending EXCEPT ![n] =
                       SelectSeq(@, LAMBDA r : MayResend(r, process))]
      /\ todo' = With(todo, n, Unanswered(pending'[n]))
      /\ taken' = [taken EXCEPT ![n] = IF isNew THEN 0 ELSE @]
      /\ inbox' = [inbox EXCEPT ![n] = IF isNew THEN <<>> ELSE @]
      /\ kept' = [kept EXCEPT ![n] = IF isNew THEN <<>> ELSE @]
      /\ UNCHANGED asked

\* The other end dials. Its connection counts from now on, whatever this end
\* has open or makes itself.
Accept(n, c) ==
  AcceptHello(n, c) /\ OpenTo(n, c.incarnation) /\ outbox' = With(outbox, n, <<>>)
Reject(n, c) == RejectHello(n, c) /\ UNCHANGED exchange

\* This end has dialled, and is answered. It had nothing open, and so nothing to send.
Open(n, c, process) == TakeWelcome(n, c, process) /\ OpenTo(n, process) /\ UNCHANGED outbox
Refused(n, c, newest) == TakeRefusal(n, c, newest) /\ UNCHANGED exchange

(* Requests and their answers.                                             *)

Ask(n, text) ==
  /\ Fits(text)
  /\ HasRoom(n)
  /\ asked' = [asked EXCEPT ![n] = @ + 1]
  /\ pending' = [pending EXCEPT ![n] =
                   Append(@, [number |-> asked'[n], text |-> text, to |-> 0])]
  /\ todo' = [todo EXCEPT ![n] =
                IF open[n] = <<>> THEN @ ELSE Append(@, asked'[n])]
  /\ UNCHANGED <<connections, peer, serving>>

\* The caller does not wait any more, or has its answer.
Leave(n, number) ==
  /\ pending' = [pending EXCEPT ![n] = Without(@, number)]
  /\ todo' = [todo EXCEPT ![n] = SelectSeq(@, LAMBDA t : t # number)]
  /\ UNCHANGED <<peer, asked, serving>>

Cancel(n, number, sent) ==
  /\ Has(pending[n], number)
  /\ sent = WasSent(Item(pending[n], number))
  /\ Leave(n, number)
  /\ UNCHANGED connections

SendRequest(n, number) ==
  /\ number \in Heads(todo[n])
  /\ Write(n, Frame("request", number, Item(pending[n], number).text, Oldest(n)))
  /\ todo' = [todo EXCEPT ![n] = Tail(@)]
  /\ pending' = [pending EXCEPT ![n] = [i \in DOMAIN @ |->
       IF @[i].number = number THEN [@[i] EXCEPT !.to = peer[n]] ELSE @[i]]]
  /\ UNCHANGED <<peer, asked, serving>>

SendAnswer(n, number) ==
  /\ number \in Heads(Numbers(outbox[n]))
  /\ Write(n, Frame("answer", number, Head(outbox[n]).text, 0))
  /\ outbox' = [outbox EXCEPT ![n] = Tail(@)]
  /\ UNCHANGED <<peer, asking, taken, inbox, kept>>

SendHeartbeat(n) == Write(n, Plain("heartbeat", 0)) /\ UNCHANGED exchange
Finish(n)        == WriteEnd(n) /\ UNCHANGED exchange

\* The answers that the other end may still wait for.
Needed(answers, oldest) ==
  SelectSeq(answers, LAMBDA a : ~MayForget(a.number, oldest))

ReceiveRequest(n, c, frame) ==
  /\ Take(n, c, "request", frame)
  /\ IsNew(n, frame.number)
  /\ MayRead(n)
  /\ taken' = With(taken, n, frame.number)
  /\ inbox' = [inbox EXCEPT ![n] =
                 Append(@, [number |-> frame.number, text |-> frame.text])]
  /\ kept' = With(kept, n, Needed(kept[n], frame.oldest))
  /\ outbox' = With(outbox, n, Needed(outbox[n], frame.oldest))
  /\ UNCHANGED <<peer, asking>>

\* It was here before. It is answered again, as soon as there is an answer.
ReceiveAgain(n, c, frame) ==
  /\ Take(n, c, "request", frame)
  /\ ~IsNew(n, frame.number)
  /\ kept' = With(kept, n, Needed(kept[n], frame.oldest))
  /\ outbox' = With(outbox, n, Needed(outbox[n], frame.oldest) \o
       IF Has(kept[n], frame.number) THEN <<Item(kept[n], frame.number)>> ELSE <<>>)
  /\ UNCHANGED <<peer, asking, taken, inbox>>

ReceiveAnswer(n, c, frame) == Take(n, c, "answer", frame) /\ Leave(n, frame.number)
ReceiveHeartbeat(n, c, frame) == Take(n, c, "heartbeat", frame) /\ UNCHANGED exchange

\* The handler has answered the oldest request.
Handle(n, number) ==
  /\ number \in Heads(Numbers(inbox[n]))
  /\ inbox' = [inbox EXCEPT ![n] = Tail(@)]
  /\ kept' = [kept EXCEPT ![n] = Append(@, Head(inbox[n]))]
  /\ outbox' = [outbox EXCEPT ![n] =
                  IF open[n] = <<>> THEN @ ELSE Append(@, Head(inbox[n]))]
  /\ UNCHANGED <<connections, peer, asking, taken>>

(* The end of a connection, and of a process.                              *)

MissHeartbeat(n) == MissOne(n) /\ UNCHANGED exchange

Closed(n) ==
  /\ Close(n)
  /\ todo' = With(todo, n, <<>>)
  /\ outbox' = With(outbox, n, <<>>)
  /\ UNCHANGED <<peer, asked, pending, taken, inbox, kept>>

TimeOut(n) == IsDead(n) /\ Closed(n)

\* Reading or writing has failed.
Lose(n) == Closed(n)

\* A write was not over in time: the other end reads too slowly, or not at all.
Stall(n) == open[n] # <<>> /\ wire[Last(n)][Other(n)] # <<>> /\ Closed(n)

\* Another process takes the place of this one, and knows nothing of it.
Restart(n) ==
  /\ NextProcess(n)
  /\ peer' = With(peer, n, 0) /\ asked' = With(asked, n, 0)
  /\ pending' = With(pending, n, <<>>) /\ todo' = With(todo, n, <<>>)
  /\ taken' = With(taken, n, 0) /\ inbox' = With(inbox, n, <<>>)
  /\ kept' = With(kept, n, <<>>) /\ outbox' = With(outbox, n, <<>>)

\* An observer says that no caller waits, and that all requests were handled. A part of Steps.
Quiet ==
  /\ \A n \in Node : pending[n] = <<>> /\ inbox[n] = <<>> /\ "request" \notin OnWay(n)
  /\ UNCHANGED vars

Greets(n, c) ==
  \/ Accept(n, c) \/ Reject(n, c)
  \/ \E f \in Ready(n, c) : Open(n, c, f.number) \/ Refused(n, c, f.number)

Receives(n, c) ==
  \E f \in Ready(n, c) : \/ ReceiveRequest(n, c, f) \/ ReceiveAgain(n, c, f)
                         \/ ReceiveAnswer(n, c, f) \/ ReceiveHeartbeat(n, c, f)

Cancels(n) ==
  \E i \in DOMAIN pending[n], sent \in BOOLEAN : Cancel(n, pending[n][i].number, sent)
SendsRequest(n) == \E r \in Heads(todo[n]) : SendRequest(n, r)
SendsAnswer(n)  == \E r \in Heads(Numbers(outbox[n])) : SendAnswer(n, r)
Handles(n)      == \E r \in Heads(Numbers(inbox[n])) : Handle(n, r)

Next ==
  \E n \in Node :
    \/ Dial(n) \/ DialFails(n) \/ SendHeartbeat(n) \/ Finish(n)
    \/ MissHeartbeat(n) \/ TimeOut(n) \/ Lose(n) \/ Stall(n) \/ Restart(n)
    \/ \E c \in Connection : Greets(n, c) \/ Receives(n, c)
    \/ \E t \in Text : Ask(n, t)
    \/ Cancels(n) \/ SendsRequest(n) \/ SendsAnswer(n) \/ Handles(n)

\* An end must dial for a caller that waits, unless the other end has dialled.
MustDial(n) ==
  pending[n] # <<>> /\ ~\E c \in Connection : Arrives(n, c, "hello", 0)

\* An end that the other one does not hold misses heartbeats. Callers owe
\* nothing, and no fault must happen.
Fairness ==
  \A n \in Node :
    /\ WF_vars(MustDial(n) /\ Dial(n)) /\ WF_vars(Finish(n))
    /\ WF_vars(\E c \in Connection : Greets(n, c))
    /\ WF_vars(\E c \in Connection : Receives(n, c)) /\ WF_vars(Handles(n))
    /\ SF_vars(SendsRequest(n)) /\ SF_vars(SendsAnswer(n))
    /\ WF_vars(~Held(n) /\ MissHeartbeat(n)) /\ WF_vars(TimeOut(n))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
