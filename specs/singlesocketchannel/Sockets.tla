------------------------------- MODULE Sockets -------------------------------
(***************************************************************************)
(* TCP between the two ends of a SingleSocketChannel: connections, each    *)
(* with a sequence of frames in each direction. Frames arrive in their     *)
(* order, or not at all.                                                   *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  Node,      \* the two ends
  First,     \* the one of them whose epochs are odd
  TooLong    \* the texts that do not fit into a frame

ASSUME TwoEnds == First \in Node /\ \A n \in Node : \E m \in Node : m # n

VARIABLE wire   \* by connection, and by the end that it leads to: its frames

\* The first of a list, if there is one; and lists of items that have numbers.
Heads(items) == {items[i] : i \in {1} \cap DOMAIN items}
Numbers(items) == [i \in 1 .. Len(items) |-> items[i].number]
Has(items, number) == \E i \in 1 .. Len(items) : items[i].number = number
Item(items, number) == items[CHOOSE i \in 1 .. Len(items) :
                               items[i].number = number]
Without(items, number) == SelectSeq(items, LAMBDA x : x.number # number)

Other(n) == CHOOSE m \in Node : m # n

\* A connection is named by the incarnation that has dialled it, and an epoch. The
\* dialling end chooses an epoch that it has not seen; one end has the odd ones.
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

\* The last frame that was put in is there to its end.
Completed(n, c) ==
  LET m == Other(n) IN [wire EXCEPT ![c][m][Len(wire[c][m])].whole = TRUE]

\* A connection is made, with the greeting on its way.
Made(n, c) ==
  [d \in Connection \cup {c} |->
     IF d = c THEN [m \in Node |-> IF m = n THEN <<>>
                                   ELSE <<OnWire(Plain("hello", 0), TRUE)>>]
              ELSE wire[d]]

IsMessage(onWire) ==
  onWire.whole /\ onWire.frame.kind \notin {"hello", "welcome", "refused"}
=============================================================================
