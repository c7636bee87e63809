---------------------------- MODULE FifoChannel ----------------------------
(***************************************************************************)
(* A single-socket channel without sockets: between two ends there is a    *)
(* line with a queue in each direction. Messages leave a queue in the      *)
(* order in which they entered it, each once. A line may break at any      *)
(* time, and then there is a new one. An end uses one line at a time, and  *)
(* no older one after it.                                                  *)
(*                                                                         *)
(* SingleSocketChannel refines Spec, and BatchOverChannel builds on it.    *)
(* The ends of a RequestPipeline do more in one step: see TurnsSpec.       *)
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

\* What an end does in one step. It goes on with its line, or uses a newer one from now on,
\* which may be there only since now. It takes the next message or none, and puts one in or none.
Turn(n, c, takes, puts) ==
  /\ using[n] = <<c>> \/ Age(c) > newest[n]
  /\ LET queue == IF c \in DOMAIN line THEN line[c] ELSE [m \in End |-> <<>>]
     IN  /\ takes => queue[n] # <<>>
         /\ line' = [d \in DOMAIN line \cup {c} |->
                       IF d # c THEN line[d]
                       ELSE [m \in End |-> IF m # n THEN queue[m] \o puts
                                           ELSE IF takes THEN Tail(queue[n]) ELSE queue[n]]]
  /\ using' = [using EXCEPT ![n] = <<c>>]
  /\ newest' = [newest EXCEPT ![n] = Age(c)]

\* The parts of a turn, each by itself.
Use(n, c)       == c \in DOMAIN line /\ Age(c) > newest[n] /\ Turn(n, c, FALSE, <<>>)
Put(n, message) == \E c \in DOMAIN line : using[n] = <<c>> /\ Turn(n, c, FALSE, <<message>>)
Get(n)          == \E c \in DOMAIN line : using[n] = <<c>> /\ Turn(n, c, TRUE, <<>>)

\* The line is broken, as this end sees it.
Break(n) ==
  /\ using' = [using EXCEPT ![n] = <<>>]
  /\ UNCHANGED <<line, newest>>

\* Lines are gone, with what was on them. No end uses them any longer.
Vanish(lines) ==
  /\ line' = [c \in DOMAIN line \ lines |-> line[c]]
  /\ using' = [n \in End |-> IF \E c \in lines : using[n] = <<c>> THEN <<>> ELSE using[n]]
  /\ UNCHANGED newest

\* An end begins anew, and remembers nothing.
Restart(n) ==
  /\ using' = [using EXCEPT ![n] = <<>>]
  /\ newest' = [newest EXCEPT ![n] = 0]
  /\ UNCHANGED line

\* The message that was put in is the last one then, and may be any.
Last(queue) == {queue[i] : i \in {Len(queue)} \ {0}}

\* One thing at a time.
Next ==
  \/ \E c \in DOMAIN line' : AddLine(c)
  \/ \E n \in End :
       \/ \E c \in DOMAIN line : Use(n, c)
       \/ \E c \in DOMAIN line' : \E m \in Last(line'[c][Other(n)]) : using[n] = <<c>> /\ Put(n, m)
       \/ Get(n)
       \/ Break(n)
       \/ Restart(n)

\* Whole turns, and lines that vanish.
TurnsNext ==
  \/ \E c \in DOMAIN line' : AddLine(c)
  \/ \E n \in End :
       \/ \E c \in DOMAIN line', takes \in BOOLEAN :
            \E puts \in {<<>>} \cup {<<m>> : m \in Last(line'[c][Other(n)])} :
              Turn(n, c, takes, puts)
       \/ Break(n)
       \/ Restart(n)
  \/ Vanish(DOMAIN line \ DOMAIN line')

Spec      == Init /\ [][Next]_vars
TurnsSpec == Init /\ [][TurnsNext]_vars
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

THEOREM Spec => TurnsSpec
THEOREM TurnsSpec => [](TypeOK /\ UsesNewest) /\ NoReturn
=============================================================================
