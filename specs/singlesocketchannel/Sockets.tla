------------------------------- MODULE Sockets -------------------------------
(***************************************************************************)
(* What lies between the two ends of a SingleSocketChannel: connections,   *)
(* each with its own order of frames in each direction. TCP is taken for   *)
(* granted: frames arrive in their order, or no more at all.               *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  Node,      \* the two ends
  First,     \* the one of them whose epochs are odd
  TooLong    \* the texts that do not fit into a frame

ASSUME TwoEnds == First \in Node /\ \A n \in Node : \E m \in Node : m # n

VARIABLE wire   \* by connection, and by the end it leads to: the frames on it

\* The first of a list, if there is one; and lists of what has a number.
Heads(items) == {items[i] : i \in {1} \cap DOMAIN items}
Numbers(items) == [i \in 1 .. Len(items) |-> items[i].number]
Has(items, number) == \E i \in 1 .. Len(items) : items[i].number = number
Item(items, number) == items[CHOOSE i \in 1 .. Len(items) :
                               items[i].number = number]
Without(items, number) == SelectSeq(items, LAMBDA x : x.number # number)

Other(n) == CHOOSE m \in Node : m # n

\* A connection has the number of the process that has dialled it, and an epoch.
\* Who dials chooses an epoch that he has not seen; no two choose the same.
Odd(n) == IF n = First THEN 1 ELSE 0
EpochAfter(n, seen) == LET e == seen + 1
                       IN  IF e % 2 = Odd(n) THEN e ELSE e + 1
Dialler(c) == CHOOSE n \in Node : c.epoch % 2 = Odd(n)
Epoch(c) == c.epoch

Frame(kind, number, text, oldest) ==
  [kind |-> kind, number |-> number, text |-> text, oldest |-> oldest]
Plain(kind, number) == Frame(kind, number, "", 0)

OnWire(frame, whole) == [frame |-> frame, whole |-> whole]

Connection == DOMAIN wire

\* What is left of the wires when the first frame for n has come out of c, and
\* when a frame was put in.
Rest(n, c) == [wire EXCEPT ![c][n] = Tail(@)]
Sent(w, n, c, frame, whole) ==
  [w EXCEPT ![c][Other(n)] = Append(@, OnWire(frame, whole))]

\* A connection is made, with the greeting on its way.
Made(n, c) ==
  [d \in Connection \cup {c} |->
     IF d = c THEN [m \in Node |-> IF m = n THEN <<>>
                                   ELSE <<OnWire(Plain("hello", 0), TRUE)>>]
              ELSE wire[d]]

-----------------------------------------------------------------------------
(* Properties and bounds that speak of the wires alone.                    *)

\* Only the last frame on a wire can be one that is not there to its end, and
\* then nothing comes behind it.
FramesAreSeparate ==
  \A c \in Connection, n \in Node :
    \A i \in 1 .. Len(wire[c][n]) - 1 : wire[c][n][i].whole

FramesFit ==
  \A c \in Connection, n \in Node :
    \A i \in 1 .. Len(wire[c][n]) : wire[c][n][i].frame.text \notin TooLong

\* Nobody takes a frame of which a part is missing.
OnlyWholeFramesAreTaken ==
  [][\A c \in Connection, n \in Node :
       Len(wire'[c][n]) < Len(wire[c][n]) => wire[c][n][1].whole]_wire

IsMessage(onWire) ==
  onWire.whole /\ onWire.frame.kind \notin {"hello", "welcome", "refused"}

RECURSIVE OnWires(_, _)
OnWires(cs, n) ==
  IF cs = {} THEN 0
  ELSE LET c == CHOOSE c \in cs : TRUE
       IN  Len(wire[c][n]) + OnWires(cs \ {c}, n)
=============================================================================
