-------------------------- MODULE PipelineProperties --------------------------
(***************************************************************************)
(* What holds of a Request Pipeline. The properties judge by what callers  *)
(* have asked and were told, and by what the server has really processed.  *)
(***************************************************************************)
EXTENDS RequestPipeline, FiniteSets

Outcomes == {"unknown", "not sent"}
Connection == [process : Process \cup {0}, epoch : Epoch \cup {0}]
IsFrame(f) == f.number \in Nat \ {0} /\ f.text \in Text
Numbers(list) == [i \in DOMAIN list |-> list[i].number]
IsConsecutive(list) == \A i \in 2 .. Len(list) : list[i].number = list[i - 1].number + 1

TypeOK ==
  /\ process \in Process \cup {0} /\ epoch \in Epoch \cup {0} /\ status \in {"closed", "down", "open"}
  /\ last \in Nat /\ \A i \in DOMAIN queue : queue[i] \in Text
  /\ \A i \in DOMAIN window : IsFrame(Frame(window[i])) /\ window[i].waits \in BOOLEAN
  /\ todo \in 0 .. Len(window)
  /\ newest \in Connection /\ accepted \in Nat /\ \A i \in DOMAIN memory : IsFrame(memory[i])
  /\ DOMAIN wire \subseteq Connection
  /\ \A c \in DOMAIN wire : \A f \in Frames(c, "up") \cup Frames(c, "down") : IsFrame(f)
  /\ \A k \in DOMAIN calls : calls[k].text \in Text /\ calls[k].told \in Text \cup {""} \cup Outcomes
  /\ \A i \in DOMAIN processed : processed[i] \in Text

Index(text) == CHOOSE k \in DOMAIN calls : calls[k].text = text
IsProcessed(text) == \E i \in DOMAIN processed : processed[i] = text

\* Each call is processed at most once, and none before an earlier one.
ProcessedOnceInOrder ==
  \A i, j \in DOMAIN processed : i < j => Index(processed[i]) < Index(processed[j])
\* Of the calls that wait, none is passed over.
NoneIsPassedOver ==
  \A k \in DOMAIN calls : calls[k].told = "" /\ ~IsProcessed(calls[k].text) =>
    \A j \in k + 1 .. Len(calls) : ~IsProcessed(calls[j].text)
OwnAnswer ==
  \A k \in DOMAIN calls : calls[k].told \in {"", calls[k].text} \cup Outcomes
NotSentIsNotProcessed ==
  \A k \in DOMAIN calls : calls[k].told = "not sent" => ~IsProcessed(calls[k].text)
\* A caller that was told nothing is still known to the client.
NoneIsForgotten ==
  \A k \in DOMAIN calls : calls[k].told = "" =>
    \/ \E i \in DOMAIN queue : queue[i] = calls[k].text
    \/ \E i \in InFlight(calls[k].text) : window[i].waits

\* What is out, by the frames that are on the wire: no more than Max.
Bounded == Len(window) <= Max
OutIsBounded == \A c \in DOMAIN wire : Len(wire[c].up) + Len(wire[c].down) <= Max
\* Each wire carries requests in their order, without a gap.
SentInOrder == \A c \in DOMAIN wire : IsConsecutive(wire[c].up) /\ IsConsecutive(wire[c].down)
\* The answers on the current connection are those that come next: no connection ends
\* because of an answer unless one was lost.
NoFalseAlarm ==
  status = "open" /\ Current \in DOMAIN wire =>
    LET down == wire[Current].down
    IN  IF down = <<>> THEN TRUE
        ELSE Len(down) + todo <= Len(window) /\ \A i \in DOMAIN down : down[i] = Frame(window[i])
\* The server keeps each answer that the client may still ask for.
NeededIsKept ==
  \A i \in DOMAIN window :
    newest.process = process /\ window[i].number <= accepted =>
      \E j \in DOMAIN memory : memory[j].number = window[i].number
\* The server has no reason to refuse the next request of the current connection.
NoFalseRefusal ==
  status = "open" /\ Current \in DOMAIN wire =>
    LET up == wire[Current].up IN up = <<>> \/ (MayServe(Current) /\ up[1].number <= LastOf(Current) + 1)

\* Each caller is told something, if there is a connection at last.
Asked(text) == \E k \in DOMAIN calls : calls[k].text = text
IsTold(text) == \E k \in DOMAIN calls : calls[k].text = text /\ calls[k].told # ""
EndsAtLast(text) == Asked(text) ~> IsTold(text)
IsConnected == status = "open" /\ Current \in DOMAIN wire

Fifo == INSTANCE FifoRpc
RefinesFifoRpc == Fifo!Spec

\* The network keeps the promise of a Single-Socket Channel, if it leaves out no frames, and both
\* ends use it as one. An end has the name of the way that leads to it: "up" is the server. It
\* uses the newest connection from which it has taken a request, as long as that is there.
\* A connection of a later process is newer. The number of epochs is finite in a model.
Age(c) == c.process * (Cardinality(Epoch) + 1) + c.epoch
Opposite(end) == IF end = "up" THEN "down" ELSE "up"
Channel == INSTANCE FifoChannel WITH
  End    <- {"up", "down"},
  Other  <- Opposite,
  line   <- wire,
  using  <- [up   |-> IF newest \in DOMAIN wire THEN <<newest>> ELSE <<>>,
             down |-> IF IsConnected THEN <<Current>> ELSE <<>>],
  newest <- [up |-> Age(newest), down |-> IF epoch = 0 THEN 0 ELSE Age(Current)]
RefinesFifoChannel == Channel!TurnsSpec

THEOREM Spec => [](TypeOK /\ ProcessedOnceInOrder /\ NoneIsPassedOver /\ OwnAnswer)
THEOREM Spec => [](NotSentIsNotProcessed /\ NoneIsForgotten /\ Bounded /\ OutIsBounded)
THEOREM Spec => [](SentInOrder /\ NoFalseAlarm /\ NeededIsKept /\ NoFalseRefusal)
THEOREM Spec => RefinesFifoRpc
THEOREM ~Lossy /\ IsFiniteSet(Epoch) /\ Spec => RefinesFifoChannel
THEOREM Spec /\ <>[]IsConnected => \A text \in Text : EndsAtLast(text)
=============================================================================
