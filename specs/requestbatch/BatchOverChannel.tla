-------------------------- MODULE BatchOverChannel --------------------------
(***************************************************************************)
(* Request Batch over a Single-Socket Channel. Batches and replies are the *)
(* messages of a FifoChannel: each step that sends one is a Put, and each  *)
(* that takes one is a Get. A batch leaves once on each line. No clock     *)
(* says that it is to be sent again.                                       *)
(* RequestBatch allows all this, so its properties hold. Over a channel    *)
(* more is true: see the end.                                              *)
(***************************************************************************)
EXTENDS BatchProperties

Line == Nat \ {0}   \* the names of lines, in their order; finite in a model

VARIABLES
  line, using, age,   \* of FifoChannel, where age is called newest
  carried             \* the number of the batch that the client's line has carried, or 0

channel == <<line, using, age>>
all     == <<vars, channel, carried>>

Ends == {"client", "server"}
Across(end) == IF end = "client" THEN "server" ELSE "client"
Itself(c) == c
Channel == INSTANCE FifoChannel WITH End <- Ends, Other <- Across, Age <- Itself, newest <- age

\* The messages that an end has before it.
Before(end) == IF using[end] = <<>> THEN <<>> ELSE line[using[end][1]][end]

ChannelInit == Init /\ Channel!Init /\ carried = 0
-----------------------------------------------------------------------------
SendOnce == carried < number /\ Send /\ Channel!Put("client", Attempt) /\ carried' = number

\* The server looks at the next batch when it has done the last one.
TakeFirst ==
  /\ work = <<>> /\ Before("server") # <<>>
  /\ Take(Head(Before("server"))) \/ Reject(Head(Before("server")))
  /\ Channel!Get("server") /\ UNCHANGED carried

\* The reply leaves on the line that the server uses now, or is lost.
AnswerOnLine ==
  /\ \E order \in Orders :
       /\ Answer(order)
       /\ IF using["server"] = <<>> THEN UNCHANGED channel
          ELSE Channel!Put("server", [number  |-> newest,
                                      answers |-> [i \in DOMAIN order |-> answers[order[i]]]])
  /\ UNCHANGED carried

ReceiveFirst ==
  /\ Before("client") # <<>> /\ Receive(Head(Before("client")))
  /\ Channel!Get("client") /\ UNCHANGED carried

NextProcess == Restart /\ Channel!Restart("server") /\ UNCHANGED carried

\* Lines come, one after the other, and break.
NextLine ==
  /\ LET c == Cardinality(DOMAIN line) + 1 IN c \in Line /\ Channel!AddLine(c)
  /\ UNCHANGED <<vars, carried>>
UseLine(end) ==
  /\ \E c \in DOMAIN line : Channel!Use(end, c)
  /\ carried' = IF end = "client" THEN 0 ELSE carried
  /\ UNCHANGED vars
BreakLine(end) == using[end] # <<>> /\ Channel!Break(end) /\ UNCHANGED <<vars, carried>>

Carries == SendOnce \/ TakeFirst \/ AnswerOnLine \/ ReceiveFirst
Lines   == NextLine \/ \E end \in Ends : UseLine(end) \/ BreakLine(end)
Work    == \E outcome \in Results : Execute(outcome)
\* The other steps leave the channel alone.
Alone   == UNCHANGED <<channel, carried>>
Others  ==
  \/ (\E size \in Size : Ask(size)) \/ Refuse \/ Cut \/ Fail \/ GiveUp \/ Close
  \/ Work \/ \E to \in Time : Tick(to)

ChannelNext == Carries \/ Lines \/ NextProcess \/ (Others /\ Alone)
ChannelSpec == ChannelInit /\ [][ChannelNext]_all
ChannelFairness ==
  /\ WF_all((\E to \in Time : Tick(to)) /\ Alone) /\ WF_all(Cut /\ Alone) /\ WF_all(SendOnce)
  /\ WF_all(TakeFirst) /\ WF_all(Work /\ Alone) /\ WF_all(AnswerOnLine) /\ WF_all(ReceiveFirst)
-----------------------------------------------------------------------------
RefinesRequestBatch == Init /\ [][Next]_vars
RefinesFifoChannel  == Channel!Spec

\* On each line batches and replies are in their order.
Ascending(list) == \A i, j \in DOMAIN list : i < j => list[i].number <= list[j].number
AllInOrder == \A c \in DOMAIN line, end \in Ends : Ascending(line[c][end])

\* As long as the server's process goes on, no batch comes that it has to reject.
NothingIsLate == \A i \in DOMAIN Before("server") : Before("server")[i].number >= newest
\* As long as there is also only one line, no batch comes again.
NothingComesAgain == \A i \in DOMAIN Before("server") : Before("server")[i].number > newest

\* If both ends use one line at last, each caller is told its answer.
AreConnected == using["client"] # <<>> /\ using["client"] = using["server"]
DeliveredAtLast(c) == <>[]AreConnected => AnsweredAtLast(c)

THEOREM ChannelSpec => RefinesRequestBatch /\ RefinesFifoChannel /\ []AllInOrder
THEOREM ChannelSpec /\ [][~NextProcess]_all => []NothingIsLate
THEOREM ChannelSpec /\ [][~NextProcess]_all => [](Cardinality(DOMAIN line) <= 1 => NothingComesAgain)
THEOREM ChannelSpec /\ ChannelFairness /\ [][~NextProcess /\ ~GiveUp]_all
          => \A c \in Call : DeliveredAtLast(c)
=============================================================================
