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
=============================================================================
