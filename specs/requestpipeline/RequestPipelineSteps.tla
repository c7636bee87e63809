------------------------ MODULE RequestPipelineSteps ------------------------
(***************************************************************************)
(* How the two ends in impl/requestpipeline record their steps.            *)
(***************************************************************************)
EXTENDS RequestPipeline, FiniteSets, Steps

CONSTANTS
  Client, Server,   \* their names
  MaxProcess

View(node) ==
  CASE node = Client -> [process |-> process, epoch |-> epoch, status |-> status, last |-> last,
                         queue |-> queue, window |-> window, todo |-> todo]
    [] node = Server -> [newest |-> newest, accepted |-> accepted, memory |-> memory]

\* The frames on the wires, with their two ends.
Places == UNION {{<<c, way, i>> : i \in DOMAIN wire[c][way]} : c \in DOMAIN wire, way \in {"up", "down"}}
FrameAt(place) ==
  [from |-> IF place[2] = "up" THEN Client ELSE Server, to |-> IF place[2] = "up" THEN Server ELSE Client,
   frame |-> wire[place[1]][place[2]][place[3]]]
StepsNetwork ==
  [f \in {FrameAt(place) : place \in Places} |->
     Cardinality({place \in Places : FrameAt(place) = f})]

\* A frame on a wire changes neither end until one receives it.
StepsState == <<client, server>>

\* Those that are told so when the client closes, in the order of their places.
Waiting == queue \o [i \in DOMAIN window |-> IF window[i].waits THEN window[i].text ELSE ""]
ToldSo(outcome) == SelectSeq(Waiting, LAMBDA t : t # "" /\ MustFail(t) /\ Outcome(t) = outcome)

ClientSteps(n) ==
  \/ \E t \in Arg("text", Text) : Step("Ask", [node |-> n, text |-> t], Ask(t))
  \/ Step("Send", [node |-> n], Send)
  \/ Step("Resend", [node |-> n], Resend)
  \/ \E t \in Arg("text", Text) : \E o \in Arg("outcome", {Outcome(t)}) :
       Step("Cancel", [node |-> n, text |-> t, outcome |-> o], Cancel(t))
  \/ \E c \in Arg("connection", DOMAIN wire) : \E f \in Arg("frame", Frames(c, "down")) :
       \/ Step("Receive", [node |-> n, connection |-> c, frame |-> f], Receive(c, f))
       \/ Step("ProtocolError", [node |-> n, connection |-> c, frame |-> f], ProtocolError(c, f))
  \/ Step("Lose", [node |-> n], Lose)
  \/ Step("Connect", [node |-> n], Connect)
  \/ Step("Close", [node |-> n, unknown |-> ToldSo("unknown"), unsent |-> ToldSo("not sent")], Close)
  \/ \E p \in Arg("process", 0 .. MaxProcess) :
       Step("Restart", [node |-> n, process |-> p], Restart(p))
  \/ Step("Quiet", [node |-> n], Quiet)

ServerSteps(n) ==
  \/ \E c \in Arg("connection", DOMAIN wire) : \E f \in Arg("frame", Frames(c, "up")) :
       \/ Step("Accept", [node |-> n, connection |-> c, frame |-> f], Accept(c, f))
       \/ Step("Repeat", [node |-> n, connection |-> c, frame |-> f], Repeat(c, f))
       \/ Step("Refuse", [node |-> n, connection |-> c, frame |-> f], Refuse(c, f))
  \/ Step("Recover", [node |-> n], Recover)

StepsNext ==
  \/ \E n \in Arg("node", {Client}) : ClientSteps(n)
  \/ \E n \in Arg("node", {Server}) : ServerSteps(n)

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after every step.                  *)
InFlightIsBounded == Len(window) <= Max

(* The bounds of the model that is explored. *)
InTurn == \A k \in DOMAIN calls : calls[k].text = <<"a", "b", "c">>[k]
\* Three calls of one process, on one connection without losses.
OneConnection == process <= 1 /\ epoch <= 1 /\ (status = "closed" => queue = <<>> /\ Len(calls) <= 2)
\* Two calls, on two connections.
TwoConnections == process <= 1 /\ epoch <= 2 /\ Len(calls) <= 2 /\ status # "closed"
\* A call of each of two processes.
TwoProcesses ==
  /\ epoch <= 1 /\ Len(calls) <= 2
  /\ process = 1 => Len(calls) <= 1
  /\ process = 2 => \A i \in DOMAIN queue \cup DOMAIN window : Len(calls) = 2
Explored == InTurn /\ (OneConnection \/ TwoConnections \/ TwoProcesses)
=============================================================================
