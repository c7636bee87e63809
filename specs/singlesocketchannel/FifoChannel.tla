---------------------------- MODULE FifoChannel ----------------------------
(***************************************************************************)
(* A single-socket channel without sockets: between two ends there is a    *)
(* line with a queue in each direction. Messages leave a queue in the      *)
(* order in which they entered it, each once. A line may break at any      *)
(* time, and then there is a new one. An end uses one line at a time, and  *)
(* no older one after it.                                                  *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  End,        \* the two ends
  Other(_),   \* the other end
  Age(_)      \* the number of a line; the newest has the greatest

VARIABLES
  line,    \* by name, and by the end that it leads to: the messages on it
  using,   \* by end: the line that it uses, if any
  newest   \* by end: the age of the last line that it has used

vars == <<line, using, newest>>

Init ==
  /\ line = [c \in {} |-> <<>>]
  /\ using = [n \in End |-> <<>>]
  /\ newest = [n \in End |-> 0]

\* There is a new line, which no end uses yet.
AddLine(c) ==
  /\ c \notin DOMAIN line
  /\ line' = [d \in DOMAIN line \cup {c} |->
                IF d = c THEN [n \in End |-> <<>>] ELSE line[d]]
  /\ UNCHANGED <<using, newest>>

\* An end uses a line from now on, and does not return to an older one.
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

\* An end begins anew, and remembers nothing.
Restart(n) ==
  /\ using' = [using EXCEPT ![n] = <<>>]
  /\ newest' = [newest EXCEPT ![n] = 0]
  /\ UNCHANGED line

\* The message that was put in is the last one then, and may be any.
Last(queue) == {queue[i] : i \in {Len(queue)} \ {0}}

Next ==
  \/ \E c \in DOMAIN line' : AddLine(c)
  \/ \E n \in End :
       \/ \E c \in DOMAIN line : Use(n, c)
       \/ /\ using[n] # <<>>
          /\ \E m \in Last(line'[using[n][1]][Other(n)]) : Put(n, m)
       \/ Get(n)
       \/ Break(n)
       \/ Restart(n)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What must hold. That no message overtakes another is in MCFifoChannel.  *)

TypeOK ==
  /\ DOMAIN using = End /\ DOMAIN newest = End
  /\ \A c \in DOMAIN line : DOMAIN line[c] = End
  /\ \A n \in End : using[n] = <<>> \/ \E c \in DOMAIN line : using[n] = <<c>>

\* An end uses the newest line that it has ever used.
UsesNewest == \A n \in End : using[n] # <<>> => Age(using[n][1]) = newest[n]

\* An end that begins to use a line has never used that one or a newer one, as far as it knows.
NoReturn ==
  [][\A n \in End : using'[n] \notin {<<>>, using[n]} => Age(using'[n][1]) > newest[n]]_vars

THEOREM Spec => [](TypeOK /\ UsesNewest) /\ NoReturn
=============================================================================
