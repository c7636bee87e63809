---------------------- MODULE SingleSocketChannelSteps ----------------------
(***************************************************************************)
(* How the two ends in impl/singlesocketchannel record their steps.        *)
(***************************************************************************)
EXTENDS Delivery, Steps, FiniteSets

Destinations(items) == [i \in 1 .. Len(items) |-> items[i].to]

View(n) ==
  [incarnation |-> incarnation[n],
   seen        |-> seen[n],
   dial        |-> IF dial[n] = <<>> THEN 0 ELSE dial[n][1].epoch,
   open        |-> open[n],
   peer        |-> peer[n],
   asked       |-> asked[n],
   pending     |-> Numbers(pending[n]),
   to          |-> Destinations(pending[n]),
   last        |-> IF pending[n] = <<>> THEN "" ELSE pending[n][Len(pending[n])].text,
   todo        |-> todo[n],
   taken       |-> taken[n],
   inbox       |-> Numbers(inbox[n]),
   kept        |-> Numbers(kept[n]),
   outbox      |-> Numbers(outbox[n]),
   writing     |-> writing[n],
   missed      |-> missed[n]]

ReadyNumbers(n, c) == {f.number : f \in Ready(n, c)}

\* The frames on the wires. A frame does not name its ends.
Places == UNION {{<<c, n, i>> : i \in DOMAIN wire[c][n]} : c \in Connection, n \in Node}
FrameAt(place) == [from |-> Other(place[2]), to |-> place[2],
                   frame |-> wire[place[1]][place[2]][place[3]].frame]
StepsNetwork ==
  [f \in {FrameAt(place) : place \in Places} |->
     Cardinality({place \in Places : FrameAt(place) = f})]

\* A frame on a wire changes neither end until one receives it.
StepsState == <<incarnation, seen, dial, open, used, writing, missed, exchange>>

StepsNext ==
  \E n \in Arg("node", Node) :
    \/ Step("Dial", [node |-> n], Dial(n))
    \/ Step("DialFails", [node |-> n], DialFails(n))
    \/ \E c \in Arg("connection", Connection) :
         \/ Step("Accept", [node |-> n, connection |-> c], Accept(n, c))
         \/ Step("Reject", [node |-> n, connection |-> c], Reject(n, c))
         \/ \E p \in Arg("process", ReadyNumbers(n, c)) :
              Step("Open", [node |-> n, connection |-> c, process |-> p],
                   Open(n, c, p))
         \/ \E e \in Arg("newest", ReadyNumbers(n, c)) :
              Step("Refused", [node |-> n, connection |-> c, newest |-> e],
                   Refused(n, c, e))
         \/ \E f \in Arg("frame", Ready(n, c)) :
              \/ Step("ReceiveRequest",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveRequest(n, c, f))
              \/ Step("ReceiveAgain",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveAgain(n, c, f))
              \/ Step("ReceiveAnswer",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveAnswer(n, c, f))
              \/ Step("ReceiveHeartbeat",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveHeartbeat(n, c, f))
    \/ \E t \in Arg("text", Text) : Step("Ask", [node |-> n, text |-> t], Ask(n, t))
    \/ \E i \in 1 .. Len(pending[n]) : \E r \in Arg("number", {pending[n][i].number}) :
       \E s \in Arg("sent", BOOLEAN) :
         Step("Cancel", [node |-> n, number |-> r, sent |-> s], Cancel(n, r, s))
    \/ \E r \in Arg("number", Heads(todo[n])) :
         Step("SendRequest", [node |-> n, number |-> r], SendRequest(n, r))
    \/ \E r \in Arg("number", Heads(Numbers(outbox[n]))) :
         Step("SendAnswer", [node |-> n, number |-> r], SendAnswer(n, r))
    \/ Step("SendHeartbeat", [node |-> n], SendHeartbeat(n))
    \/ Step("Finish", [node |-> n], Finish(n))
    \/ \E r \in Arg("number", Heads(Numbers(inbox[n]))) :
         Step("Handle", [node |-> n, number |-> r], Handle(n, r))
    \/ Step("MissHeartbeat", [node |-> n], MissHeartbeat(n))
    \/ Step("TimeOut", [node |-> n], TimeOut(n))
    \/ Step("Lose", [node |-> n], Lose(n))
    \/ Step("Stall", [node |-> n], Stall(n))
    \/ Step("Restart", [node |-> n], Restart(n))
    \/ Step("Quiet", [node |-> n], Quiet)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* Invariants that are cheap enough for each step of a long trace.         *)

IsConsistent ==
  /\ OneConnection
  /\ Bounded
  /\ NoRequestIsPassedOver
  /\ OneProcess
  /\ InOrder

RECURSIVE OnWires(_, _)
OnWires(cs, n) ==
  IF cs = {} THEN 0
  ELSE LET c == CHOOSE c \in cs : TRUE
       IN  Len(wire[c][n]) + OnWires(cs \ {c}, n)

\* The model that is explored: one thing at a time. It bounds the requests of each end,
\* the epochs, and the frames on their way to each end.
Small(first, second, epochs, frames) ==
  \A n \in Node :
    /\ asked[n] <= IF n = First THEN first ELSE second
    /\ seen[n] <= epochs
    /\ OnWires(Connection, n) <= frames
    /\ n = First => incarnation[n] = 1

OneProcessEach == \A n \in Node : incarnation[n] = 1
NoSilence == \A n \in Node : missed[n] = 0
NoHeartbeats ==
  \A c \in Connection, n \in Node : \A i \in DOMAIN wire[c][n] :
    wire[c][n][i].frame.kind # "heartbeat"

\* Both dial; heartbeats; silence; a request over two connections; one over two
\* connections to two processes; two on one connection that works; one back.
BothDial     == OneProcessEach /\ NoSilence /\ NoHeartbeats /\ Small(0, 0, 2, 2)
Heartbeats   == OneProcessEach /\ Small(0, 0, 1, 1)
Silence      == OneProcessEach /\ NoHeartbeats /\ Small(1, 0, 1, 1)
Again        == OneProcessEach /\ NoSilence /\ NoHeartbeats /\ Small(1, 0, 2, 1)
OtherProcess == /\ NoSilence /\ NoHeartbeats /\ Small(1, 0, 2, 1)
                /\ \A n \in Node \ {First} : incarnation[n] <= 2
                /\ (OneProcessEach \/ open[First] # <<>>)
InTurn       == /\ OneProcessEach /\ NoSilence /\ NoHeartbeats /\ Small(2, 0, 1, 2)
                /\ \A n \in Node : used[n] > 0 => open[n] # <<>>
\* A silent end is dialled by the other one, which has lost their connection; an end dials
\* after the other end's process was replaced; a request that comes again says that the
\* answer to the one before is not needed.
FirstDials(frames) ==
  /\ NoHeartbeats
  /\ \A n \in Node : missed[n] > 0 => n # First /\ asked[First] = 2 /\ kept[n] # <<>>
  /\ \A c \in Connection : Dialler(c) = First /\ c.epoch <= 3
  /\ \A n \in Node : OnWires({c \in Connection : c.epoch = 1}, n) = 0
  /\ OnWires(Connection, First) + OnWires(Connection, Other(First)) <= frames
  /\ seen[First] = 1 => open[First] = <<>>
  /\ seen[Other(First)] = 3 => open[Other(First)] # <<>>
  /\ asked[Other(First)] = 0
Missed       == /\ OneProcessEach /\ NoHeartbeats /\ Small(0, 0, 2, 1)
                /\ \A n \in Node : missed[n] > 0 => n = First /\ used[n] = 1
DialAgain    == /\ incarnation = [n \in Node |-> IF n = First THEN 1 ELSE 2]
                /\ FirstDials(IF open[First] = <<>> THEN 1 ELSE 0)
                /\ asked[First] + taken[First] <= 1 /\ todo[First] = <<>>
                /\ seen[First] = 1 => Len(pending[First]) + taken[First] = 1
ComesAgain   == /\ OneProcessEach /\ FirstDials(1)
                /\ asked[First] = 2 /\ Numbers(pending[First]) = <<2>>
                /\ taken[Other(First)] = 2 /\ inbox[Other(First)] = <<>>
Back         == OneProcessEach /\ NoSilence /\ NoHeartbeats /\ Small(0, 1, 1, 1)

Explored ==
  \/ BothDial \/ Heartbeats \/ Silence \/ Again \/ OtherProcess \/ InTurn \/ Back
  \/ Missed \/ DialAgain \/ ComesAgain
=============================================================================
