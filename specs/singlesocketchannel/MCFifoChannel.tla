--------------------------- MODULE MCFifoChannel ---------------------------
(***************************************************************************)
(* FifoChannel with two lines, two messages one way and one the other on   *)
(* each, and with a history of the messages that entered and left.         *)
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

MCPut(n) ==
  /\ using[n] # <<>>
  /\ LET c == using[n][1]
         m == Len(entered[c][Other(n)]) + 1
     IN  /\ m <= IF n = "a" THEN 2 ELSE 1
         /\ Put(n, m)
         /\ entered' = [entered EXCEPT ![c][Other(n)] = Append(@, m)]
  /\ UNCHANGED left

MCGet(n) ==
  /\ Get(n)
  /\ left' = [left EXCEPT ![using[n][1]][n] = Append(@, Head(line[using[n][1]][n]))]
  /\ UNCHANGED entered

MCNext ==
  \/ \E n \in End : MCPut(n) \/ MCGet(n)
  \/ /\ \/ \E c \in Line : AddLine(c)
        \/ \E n \in End : \E c \in DOMAIN line : Use(n, c)
        \/ \E n \in End : Break(n) \/ Restart(n)
     /\ UNCHANGED <<entered, left>>

MCSpec == MCInit /\ [][MCNext]_<<vars, entered, left>>

InOrder ==
  \A c \in DOMAIN line : \A n \in End : entered[c][n] = left[c][n] \o line[c][n]

\* An end remembers when a line breaks, and forgets when it begins anew.
EndsRemember ==
  [][\A n \in End :
       /\ Break(n) => using'[n] = <<>> /\ newest'[n] = newest[n]
       /\ Restart(n) => using'[n] = <<>> /\ newest'[n] = 0]_vars

\* What must be possible, in whatever state the rest is.
NothingIsForbidden ==
  \A n \in End :
    /\ ENABLED Break(n) /\ ENABLED Restart(n)
    /\ ENABLED Put(n, 1) <=> using[n] # <<>>
    /\ ENABLED Get(n) <=> \E c \in DOMAIN line : using[n] = <<c>> /\ line[c][n] # <<>>
    /\ \A c \in DOMAIN line : ENABLED Use(n, c) <=> c > newest[n]

THEOREM MCSpec => [](InOrder /\ NothingIsForbidden) /\ EndsRemember
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

EndsOnTwoLines   == using["a"] = <<1>> /\ using["b"] = <<2>>
LineWithTwo      == \E c \in DOMAIN line : Len(line[c]["b"]) = 2
NewerLineIsUsed  == using["a"] = <<1>> /\ using'["a"] = <<2>>
MessagesAreLeft  == \E n \in End : using[n] = <<>> /\ newest[n] = 1 /\ line[1][n] # <<>>
EndIsRestarted   == \E n \in End : newest[n] = 2 /\ newest'[n] = 0 /\ using[n] # <<>>
OldLineIsUsedNow == \E n \in End : newest[n] = 0 /\ using'[n] = <<1>> /\ 2 \in DOMAIN line
=============================================================================
