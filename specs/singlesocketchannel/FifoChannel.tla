---------------------------- MODULE FifoChannel ----------------------------
(***************************************************************************)
(* What a single-socket channel is for, said without sockets: between two  *)
(* ends there is a line in each direction. What one end puts in comes out  *)
(* at the other in its order, nothing twice, nothing left out, nothing     *)
(* invented. The line may break at any time, and then a new one is laid.   *)
(* An end uses one at a time, and when it has turned to a new one nothing  *)
(* comes out of an older one any more.                                     *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  End,        \* the two ends
  Other(_),   \* the end across
  Age(_)      \* the lines have names, and the names are in an order

VARIABLES
  line,    \* by name, and by the end it leads to: what is under way
  using,   \* by end: the line that it uses, if any
  newest   \* by end: the age of the last line that it has used

vars == <<line, using, newest>>

Init ==
  /\ line = [c \in {} |-> <<>>]
  /\ using = [n \in End |-> <<>>]
  /\ newest = [n \in End |-> 0]

\* A line is laid, and nobody uses it yet.
Lay(c) ==
  /\ c \notin DOMAIN line
  /\ line' = [d \in DOMAIN line \cup {c} |->
                IF d = c THEN [n \in End |-> <<>>] ELSE line[d]]
  /\ UNCHANGED <<using, newest>>

\* An end turns to a line. It does not come back to an older one.
Use(n, c) ==
  /\ c \in DOMAIN line
  /\ Age(c) > newest[n]
  /\ using' = [using EXCEPT ![n] = <<c>>]
  /\ newest' = [newest EXCEPT ![n] = Age(c)]
  /\ UNCHANGED line

Put(n, message) ==
  /\ using[n] # <<>>
  /\ line' = [line EXCEPT ![using[n][1]][Other(n)] = Append(@, message)]
  /\ UNCHANGED <<using, newest>>

Get(n) ==
  /\ using[n] # <<>>
  /\ line[using[n][1]][n] # <<>>
  /\ line' = [line EXCEPT ![using[n][1]][n] = Tail(@)]
  /\ UNCHANGED <<using, newest>>

\* The line is broken, as this end sees it.
Break(n) ==
  /\ using' = [using EXCEPT ![n] = <<>>]
  /\ UNCHANGED <<line, newest>>

\* An end is made anew, and remembers nothing.
Renew(n) ==
  /\ using' = [using EXCEPT ![n] = <<>>]
  /\ newest' = [newest EXCEPT ![n] = 0]
  /\ UNCHANGED line

\* The message that was put in is the last one then; any will do.
Last(queue) == {queue[i] : i \in {Len(queue)} \ {0}}

Next ==
  \/ \E c \in DOMAIN line' : Lay(c)
  \/ \E n \in End :
       \/ \E c \in DOMAIN line : Use(n, c)
       \/ /\ using[n] # <<>>
          /\ \E m \in Last(line'[using[n][1]][Other(n)]) : Put(n, m)
       \/ Get(n)
       \/ Break(n)
       \/ Renew(n)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What must hold. That nothing overtakes is in MCFifoChannel.             *)

TypeOK ==
  /\ DOMAIN using = End /\ DOMAIN newest = End
  /\ \A c \in DOMAIN line : DOMAIN line[c] = End
  /\ \A n \in End : using[n] = <<>> \/ \E c \in DOMAIN line : using[n] = <<c>>

\* An end uses the newest line that it has ever used.
UsesNewest == \A n \in End : using[n] # <<>> => Age(using[n][1]) = newest[n]

THEOREM Spec => [](TypeOK /\ UsesNewest)
=============================================================================
