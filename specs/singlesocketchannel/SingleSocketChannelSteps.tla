---------------------- MODULE SingleSocketChannelSteps ----------------------
(***************************************************************************)
(* How the two ends in impl/singlesocketchannel speak of their steps.      *)
(***************************************************************************)
EXTENDS SingleSocketChannel, Steps

Lives(items) == [i \in 1 .. Len(items) |-> items[i].to]

View(n) ==
  [life    |-> life[n],
   seen    |-> seen[n],
   dial    |-> IF dial[n] = <<>> THEN 0 ELSE dial[n][1].epoch,
   open    |-> open[n],
   peer    |-> peer[n],
   asked   |-> asked[n],
   pending |-> Numbers(pending[n]),
   to      |-> Lives(pending[n]),
   todo    |-> todo[n],
   taken   |-> taken[n],
   inbox   |-> Numbers(inbox[n]),
   kept    |-> Numbers(kept[n]),
   outbox  |-> Numbers(outbox[n]),
   writing |-> writing[n],
   silent  |-> silent[n]]

\* What stands next on a connection, if there is something.
NextFrames(n, c) ==
  {wire[c][n][i].frame : i \in {1} \cap 1 .. Len(wire[c][n])}
NextNumbers(n, c) == {f.number : f \in NextFrames(n, c)}
Heads(items) == {items[i].number : i \in {1} \cap 1 .. Len(items)}

StepsNext ==
  \E n \in Arg("node", Node) :
    \/ Step("Dial", [node |-> n], Dial(n))
    \/ Step("DialFails", [node |-> n], DialFails(n))
    \/ \E c \in Arg("connection", Connection) :
         \/ Step("Accept", [node |-> n, connection |-> c], Accept(n, c))
         \/ Step("Reject", [node |-> n, connection |-> c], Reject(n, c))
         \/ \E p \in Arg("process", NextNumbers(n, c)) :
              Step("Open", [node |-> n, connection |-> c, process |-> p],
                   Open(n, c, p))
         \/ \E e \in Arg("newest", NextNumbers(n, c)) :
              Step("Refused", [node |-> n, connection |-> c, newest |-> e],
                   Refused(n, c, e))
         \/ \E f \in Arg("frame", NextFrames(n, c)) :
              \/ Step("ReceiveRequest",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveRequest(n, c, f))
              \/ Step("ReceiveAgain",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveAgain(n, c, f))
              \/ Step("ReceiveAnswer",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveAnswer(n, c, f))
              \/ Step("ReceiveBeat",
                      [node |-> n, connection |-> c, frame |-> f],
                      ReceiveBeat(n, c, f))
    \/ \E t \in Arg("text", Text) : Step("Ask", [node |-> n, text |-> t], Ask(n, t))
    \/ \E i \in 1 .. Len(pending[n]) : \E r \in Arg("number", {pending[n][i].number}) :
       \E s \in Arg("sent", BOOLEAN) :
         Step("GiveUp", [node |-> n, number |-> r, sent |-> s], GiveUp(n, r, s))
    \/ \E i \in {1} \cap 1 .. Len(todo[n]) : \E r \in Arg("number", {todo[n][i]}) :
         Step("SendRequest", [node |-> n, number |-> r], SendRequest(n, r))
    \/ \E r \in Arg("number", Heads(outbox[n])) :
         Step("SendAnswer", [node |-> n, number |-> r], SendAnswer(n, r))
    \/ Step("Beat", [node |-> n], Beat(n))
    \/ Step("Finish", [node |-> n], Finish(n))
    \/ \E r \in Arg("number", Heads(inbox[n])) :
         Step("Handle", [node |-> n, number |-> r], Handle(n, r))
    \/ Step("Quiet", [node |-> n], Quiet(n))
    \/ Step("TimeOut", [node |-> n], TimeOut(n))
    \/ Step("Lose", [node |-> n], Lose(n))
    \/ Step("Restart", [node |-> n], Restart(n))

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------

Sane ==
  /\ OneConnection
  /\ Bounded
  /\ NothingPassedOver
  /\ OneProcess

Explored == Within(1, 0, 2, 1, 1)
=============================================================================
