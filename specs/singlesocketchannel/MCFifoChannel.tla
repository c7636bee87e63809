--------------------------- MODULE MCFifoChannel ---------------------------
(***************************************************************************)
(* FifoChannel with two lines, two messages one way on the first and one   *)
(* each otherwise, and a history of the messages that entered and left.    *)
(***************************************************************************)
EXTENDS FifoChannel

VARIABLES
  entered,    \* by line, and by the end that it leads to: messages that were put in
  left        \* and those that came out

Line    == {1, 2}
Ends    == {"a", "b"}
Across(n) == IF n = "a" THEN "b" ELSE "a"
Itself(c) == c

None == [c \in Line |-> [n \in End |-> <<>>]]

MCInit == Init /\ entered = None /\ left = None

\* No new line has the name of one that has vanished with messages.
MayBegin(c) == c \notin DOMAIN line /\ entered[c] = None[c]

\* A turn in which n takes the next message or none, and puts in what comes next, or nothing.
MCTurn(n, c, takes, puts) ==
  LET m == Other(n)
      next == Len(entered[c][m]) + 1
      message == IF puts THEN <<next>> ELSE <<>>
  IN  /\ c \in DOMAIN line \/ MayBegin(c)
      /\ puts => next <= IF n = "a" /\ c = 1 THEN 2 ELSE 1
      /\ Turn(n, c, takes, message)
      /\ entered' = [entered EXCEPT ![c][m] = @ \o message]
      /\ left' = [left EXCEPT ![c][n] = IF takes THEN Append(@, Head(line[c][n])) ELSE @]

MCNext ==
  \/ \E n \in End, c \in Line, takes, puts \in BOOLEAN : MCTurn(n, c, takes, puts)
  \/ /\ \/ \E c \in Line : MayBegin(c) /\ AddLine(c)
        \/ \E lines \in SUBSET DOMAIN line : lines # {} /\ Vanish(lines)
        \/ \E n \in End : Break(n) \/ Restart(n)
     /\ UNCHANGED <<entered, left>>

MCSpec == MCInit /\ [][MCNext]_<<vars, entered, left>>

InOrder ==
  \A c \in Line, n \in End :
    IF c \in DOMAIN line THEN entered[c][n] = left[c][n] \o line[c][n]
    ELSE left[c][n] = SubSeq(entered[c][n], 1, Len(left[c][n]))

\* An end remembers when a line breaks, and forgets when it begins anew.
EndsRemember ==
  [][\A n \in End :
       /\ Break(n) => using'[n] = <<>> /\ newest'[n] = newest[n]
       /\ Restart(n) => using'[n] = <<>> /\ newest'[n] = 0]_vars

\* A turn moves no end but its own, and no line but its own.
TurnsAreApart ==
  [][\A n \in End, c \in Line : using'[n] = <<c>> /\ using'[n] # using[n] =>
       /\ \A m \in End \ {n} : using'[m] = using[m] /\ newest'[m] = newest[m]
       /\ \A d \in DOMAIN line \ {c} : d \in DOMAIN line' /\ line'[d] = line[d]]_vars

\* Each part of a turn is a step, and each step is a turn or a part of one.
PartsAreSteps ==
  [][\A n \in End :
       \/ \E c \in DOMAIN line : Use(n, c)
       \/ Put(n, 1) \/ Put(n, 2) \/ Get(n) \/ Break(n) \/ Restart(n)
       => Next]_vars
StepsAreTurns == [][(\E c \in Line : AddLine(c)) => Next]_vars /\ [][Next => TurnsNext]_vars

\* What must be possible, in whatever state the rest is.
NothingIsForbidden ==
  \A n \in End :
    /\ ENABLED Break(n) /\ ENABLED Restart(n)
    /\ ENABLED Put(n, 1) <=> using[n] # <<>>
    /\ ENABLED Get(n) <=> \E c \in DOMAIN line : using[n] = <<c>> /\ line[c][n] # <<>>
    /\ \A c \in DOMAIN line : ENABLED Use(n, c) <=> c > newest[n]
    /\ \A c \in Line : ENABLED Turn(n, c, FALSE, <<1>>) <=> using[n] = <<c>> \/ c > newest[n]
    /\ \A lines \in SUBSET DOMAIN line : ENABLED Vanish(lines)

THEOREM MCSpec => [](InOrder /\ NothingIsForbidden) /\ EndsRemember /\ TurnsAreApart /\ PartsAreSteps
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

EndsOnTwoLines   == using["a"] = <<1>> /\ using["b"] = <<2>>
LineWithTwo      == \E c \in DOMAIN line : Len(line[c]["b"]) = 2
NewerLineIsUsed  == using["a"] = <<1>> /\ using'["a"] = <<2>>
MessagesAreLeft  ==
  1 \in DOMAIN line /\ \E n \in End : using[n] = <<>> /\ newest[n] = 1 /\ line[1][n] # <<>>
EndIsRestarted   == \E n \in End : newest[n] = 2 /\ newest'[n] = 0 /\ using[n] # <<>>
OldLineIsUsedNow == \E n \in End : newest[n] = 0 /\ using'[n] = <<1>> /\ 2 \in DOMAIN line
AnsweredAtOnce   == \E n \in End : using[n] = <<1>> /\ left'[1][n] # left[1][n] /\ entered'[1] # entered[1]
NewLineIsUsed    == DOMAIN line = {} /\ using'["a"] = <<1>> /\ entered'[1]["b"] = <<1>>
LineVanishes     == using = [n \in End |-> <<1>>] /\ line' = <<>> /\ line[1]["b"] # <<>>
=============================================================================
