--------------------------- MODULE RequestPipeline ---------------------------
(***************************************************************************)
(* Request Pipeline: a client sends further requests on one connection     *)
(* before earlier answers have come. After Joshi, Patterns of Distributed  *)
(* Systems, ch. 32.                                                        *)
(*                                                                         *)
(* Answers come in the order of the requests. A connection may be lost at  *)
(* any time. Under the next epoch the client sends all that is unanswered  *)
(* again. The server may still read the old connection then. The client's  *)
(* process ends, and the next one counts its requests from 1. The server's *)
(* process ends, too, and the next one knows what it has known.            *)
(*                                                                         *)
(* Left out: bytes, the work of the handler (it answers with the request), *)
(* and other clients, of which the server knows each alone.                *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  Text,     \* the bodies of requests; each is asked once, so it names its call
  Max,      \* how many requests may be in flight
  Lossy     \* connections leave out frames, as with a defective proxy
ASSUME Max \in Nat \ {0} /\ Lossy \in BOOLEAN /\ Text \cap {"", "unknown", "not sent"} = {}

Process == Nat \ {0}   \* finite in a model, like the next one
Epoch   == Nat \ {0}

VARIABLES
  (* the client *)
  process,    \* the number of its process, which is durable
  epoch,      \* how many connections the process has made
  status,     \* "closed", "down" (there is no connection) or "open"
  last,       \* the number of the last request that has got one
  queue,      \* the texts of callers that wait for a place in flight
  window,     \* the requests in flight: number, text, and if the caller waits
  todo,       \* how many of the last of these this connection has not carried yet
  (* the server *)
  newest,     \* the newest connection from which it has taken a request
  accepted,   \* the number of the last request that it has processed
  memory,     \* the answers that may be asked for again
  (* the network *)
  wire,       \* by connection: the requests and the answers that are under way
  (* ghosts *)
  calls,      \* what callers have asked, in order, and what each was told
  processed   \* the texts of what the server has processed, in order

client == <<process, epoch, status, last, queue, window, todo>>
server == <<newest, accepted, memory>>
vars   == <<client, server, wire, calls, processed>>

Current == [process |-> process, epoch |-> epoch]
Older(c, d) == c.process < d.process \/ (c.process = d.process /\ c.epoch < d.epoch)
InFlight(text) == {i \in DOMAIN window : window[i].text = text}    \* its place
Frame(entry) == [number |-> entry.number, text |-> entry.text]
\* The last request that the server has processed of the process that has made c.
LastOf(c) == IF c.process = newest.process THEN accepted ELSE 0
MemoryOf(c) == IF c.process = newest.process THEN memory ELSE <<>>
-----------------------------------------------------------------------------
(* The client's rules. Each is one reason why this works.                  *)

\* The server keeps as many answers as there may be requests in flight.
HasRoom == Len(window) < Max
\* Callers are served in the order in which they have come.
NextInQueue == 1
\* Nothing new leaves before all that is unanswered has left again.
MaySend == todo = 0
\* A new connection carries all that is unanswered, whatever the last one has carried.
MustResend == Len(window)
\* A cancelled request stays in flight: its answer comes all the same, in its turn.
Cancelled(entry) == <<[entry EXCEPT !.waits = FALSE]>>
\* The head of those that this connection has carried, by its number, too.
Matches(n) == todo < Len(window) /\ window[1].number = n
\* An earlier connection may still bring answers, to requests with the same numbers.
IsCurrent(c) == status = "open" /\ c = Current
\* A request that was ever sent may have been processed, on whatever connection.
MayHaveRun(text) == InFlight(text) # {}
\* All callers are told when the client closes.
MustFail(text) == TRUE
\* No process has the number of an earlier one: it is durable.
IsNewProcess(p) == p > process

(* The server's rules. *)

\* What comes from an earlier process or connection comes too late.
MayServe(c) == ~Older(c, newest)
\* No request is passed over.
IsNext(c, n) == n <= LastOf(c) + 1
\* A request that comes again is answered from memory.
IsRepeated(c, n) == n <= LastOf(c)
\* The client has had the answer if a request so much later was in flight.
MayForget(n, newer) == n + Max <= newer
\* What the server knows of requests is as durable as what they have done.
SurvivesRestart == UNCHANGED server
-----------------------------------------------------------------------------
Init ==
  /\ process = 0 /\ epoch = 0 /\ status = "closed" /\ last = 0
  /\ queue = <<>> /\ window = <<>> /\ todo = 0
  /\ newest = [process |-> 0, epoch |-> 0] /\ accepted = 0 /\ memory = <<>>
  /\ wire = <<>> /\ calls = <<>> /\ processed = <<>>

Without(list, i) == SubSeq(list, 1, i - 1) \o SubSeq(list, i + 1, Len(list))
\* A frame is put onto the current connection, or gets lost if the other end has closed it.
Put(frame) ==
  wire' = IF Current \in DOMAIN wire THEN [wire EXCEPT ![Current].up = Append(@, frame)] ELSE wire
\* A frame arrives. Those before it are lost.
Arrives(c, way, frame) ==
  c \in DOMAIN wire /\ \E i \in DOMAIN wire[c][way] : wire[c][way][i] = frame /\ (i = 1 \/ Lossy)
Rest(c, way, frame) ==
  LET i == CHOOSE i \in DOMAIN wire[c][way] : wire[c][way][i] = frame
  IN  SubSeq(wire[c][way], i + 1, Len(wire[c][way]))
Told(text, outcome) ==
  [k \in DOMAIN calls |->
    IF calls[k].text = text /\ calls[k].told = "" THEN [calls[k] EXCEPT !.told = outcome] ELSE calls[k]]

(* The client. *)

Ask(text) ==
  /\ status # "closed" /\ \A k \in DOMAIN calls : calls[k].text # text
  /\ queue' = Append(queue, text)
  /\ calls' = Append(calls, [text |-> text, told |-> ""])
  /\ UNCHANGED <<process, epoch, status, last, window, todo, server, wire, processed>>

Send ==
  /\ status = "open" /\ queue # <<>> /\ HasRoom /\ MaySend
  /\ last' = last + 1
  /\ window' = Append(window, [number |-> last', text |-> queue[NextInQueue], waits |-> TRUE])
  /\ queue' = Without(queue, NextInQueue)
  /\ Put(Frame(window'[Len(window')]))
  /\ UNCHANGED <<process, epoch, status, todo, server, calls, processed>>

Resend ==
  /\ status = "open" /\ todo \in 1 .. Len(window)
  /\ Put(Frame(window[Len(window) - todo + 1]))
  /\ todo' = todo - 1
  /\ UNCHANGED <<process, epoch, status, last, queue, window, server, calls, processed>>

\* A caller does not wait any longer.
Outcome(text) == IF MayHaveRun(text) THEN "unknown" ELSE "not sent"
Cancel(text) ==
  /\ (\E i \in DOMAIN queue : queue[i] = text) \/ \E i \in InFlight(text) : window[i].waits
  /\ queue' = SelectSeq(queue, LAMBDA t : t # text)
  /\ window' = IF InFlight(text) = {} THEN window
               ELSE LET i == CHOOSE i \in InFlight(text) : TRUE
                    IN  SubSeq(window, 1, i - 1) \o Cancelled(window[i]) \o SubSeq(window, i + 1, Len(window))
  /\ calls' = Told(text, Outcome(text))
  /\ UNCHANGED <<process, epoch, status, last, todo, server, wire, processed>>

\* The answer to the head of those in flight.
Receive(c, frame) ==
  /\ Arrives(c, "down", frame) /\ IsCurrent(c) /\ Matches(frame.number)
  /\ wire' = [wire EXCEPT ![c].down = Rest(c, "down", frame)]
  /\ window' = Tail(window)
  /\ calls' = Told(window[1].text, frame.text)
  /\ UNCHANGED <<process, epoch, status, last, queue, todo, server, processed>>

\* Another answer: one was lost, or the server is defective. No later one counts.
ProtocolError(c, frame) ==
  /\ Arrives(c, "down", frame) /\ IsCurrent(c) /\ ~Matches(frame.number)
  /\ status' = "down"
  /\ UNCHANGED <<process, epoch, last, queue, window, todo, server, wire, calls, processed>>

\* The client gives its connection up. The server may read on what is under way.
Lose ==
  /\ status = "open" /\ status' = "down"
  /\ UNCHANGED <<process, epoch, last, queue, window, todo, server, wire, calls, processed>>

Connect ==
  /\ status = "down" /\ epoch + 1 \in Epoch
  /\ epoch' = epoch + 1 /\ status' = "open" /\ todo' = MustResend /\ UNCHANGED process
  /\ wire' = [c \in DOMAIN wire \cup {Current'} |->
               IF c \in DOMAIN wire THEN wire[c] ELSE [up |-> <<>>, down |-> <<>>]]
  /\ UNCHANGED <<last, queue, window, server, calls, processed>>

\* The client closes, or its process ends. Its callers know no more then.
Close ==
  /\ status # "closed"
  /\ status' = "closed" /\ queue' = <<>> /\ window' = <<>> /\ todo' = 0
  /\ calls' = [k \in DOMAIN calls |->
       IF calls[k].told = "" /\ MustFail(calls[k].text)
       THEN [calls[k] EXCEPT !.told = Outcome(calls[k].text)] ELSE calls[k]]
  /\ UNCHANGED <<process, epoch, last, server, wire, processed>>

Restart(p) ==
  /\ status = "closed" /\ IsNewProcess(p)
  /\ process' = p /\ epoch' = 0 /\ status' = "down" /\ last' = 0
  /\ UNCHANGED <<queue, window, todo, server, wire, calls, processed>>

(* The server. *)

\* It answers on the connection on which the request has come.
Serve(c, frame, answer) ==
  wire' = [wire EXCEPT ![c] = [up |-> Rest(c, "up", frame), down |-> Append(@.down, answer)]]

\* The request is processed, and answered.
Accept(c, frame) ==
  /\ Arrives(c, "up", frame) /\ MayServe(c)
  /\ IsNext(c, frame.number) /\ ~IsRepeated(c, frame.number)
  /\ Serve(c, frame, frame)
  /\ newest' = c /\ accepted' = frame.number
  /\ memory' = SelectSeq(Append(MemoryOf(c), frame), LAMBDA a : ~MayForget(a.number, frame.number))
  /\ processed' = Append(processed, frame.text)
  /\ UNCHANGED <<client, calls>>

\* It was processed before, and is answered again.
Repeat(c, frame) ==
  /\ Arrives(c, "up", frame) /\ MayServe(c) /\ IsRepeated(c, frame.number)
  /\ \E i \in DOMAIN memory : memory[i].number = frame.number /\ Serve(c, frame, memory[i])
  /\ newest' = c
  /\ UNCHANGED <<client, accepted, memory, calls, processed>>

\* It takes no such request, and closes the connection.
Refuse(c, frame) ==
  /\ Arrives(c, "up", frame)
  /\ ~MayServe(c) \/ ~IsNext(c, frame.number)
  /\ wire' = [d \in DOMAIN wire \ {c} |-> wire[d]]
  /\ UNCHANGED <<client, server, calls, processed>>

\* The process of the server ends, and the next one begins.
Recover ==
  /\ SurvivesRestart /\ wire' = <<>>
  /\ UNCHANGED <<client, calls, processed>>
\* An observer says that nothing is owed any more: all callers have been told, and no request
\* is in flight. It is a part of Steps, and not of Next.
Quiet ==
  /\ \A k \in DOMAIN calls : calls[k].told # ""
  /\ window = <<>>
  /\ UNCHANGED vars
-----------------------------------------------------------------------------
Frames(c, way) == {wire[c][way][i] : i \in DOMAIN wire[c][way]}
Receives == \E c \in DOMAIN wire : \E f \in Frames(c, "down") : Receive(c, f) \/ ProtocolError(c, f)
Serves ==
  \E c \in DOMAIN wire : \E f \in Frames(c, "up") : Accept(c, f) \/ Repeat(c, f) \/ Refuse(c, f)

\* Steps that follow by themselves, and the others beside new calls.
MustAct == Send \/ Resend \/ Connect \/ Receives \/ Serves
MayAct ==
  \/ (\E text \in Text : Cancel(text)) \/ Lose \/ Close \/ Recover \/ \E p \in Process : Restart(p)
Next == (\E text \in Text : Ask(text)) \/ MustAct \/ MayAct

\* The client sends what it may, connects again, and finds out when its connection has ended.
IsEnded == status = "open" /\ Current \notin DOMAIN wire
Fairness ==
  /\ WF_vars(Send) /\ WF_vars(Resend) /\ WF_vars(Connect) /\ WF_vars(IsEnded /\ Lose)
  /\ WF_vars(Receives) /\ WF_vars(Serves)
Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
