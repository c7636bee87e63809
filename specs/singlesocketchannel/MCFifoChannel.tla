--------------------------- MODULE MCFifoChannel ---------------------------
(***************************************************************************)
(* FifoChannel with two lines, and two messages one way and one the other  *)
(* on each, and with a memory of what went in and came out.                *)
(***************************************************************************)
EXTENDS FifoChannel

VARIABLES
  into,    \* by line, and by the end that it leads to: what was put in
  outOf    \* and what came out

Line    == {1, 2}
Ends    == {"a", "b"}
Across(n) == IF n = "a" THEN "b" ELSE "a"
Itself(c) == c

None == [c \in Line |-> [n \in End |-> <<>>]]

MCInit == Init /\ into = None /\ outOf = None

MCPut(n) ==
  /\ using[n] # <<>>
  /\ LET c == using[n][1]
         m == Len(into[c][Other(n)]) + 1
     IN  /\ m <= IF n = "a" THEN 2 ELSE 1
         /\ Put(n, m)
         /\ into' = [into EXCEPT ![c][Other(n)] = Append(@, m)]
  /\ UNCHANGED outOf

MCGet(n) ==
  /\ Get(n)
  /\ outOf' = [outOf EXCEPT ![using[n][1]][n] = Append(@, Head(line[using[n][1]][n]))]
  /\ UNCHANGED into

MCNext ==
  \/ \E n \in End : MCPut(n) \/ MCGet(n)
  \/ /\ \/ \E c \in Line : Lay(c)
        \/ \E n \in End : \E c \in DOMAIN line : Use(n, c)
        \/ \E n \in End : Break(n) \/ Renew(n)
     /\ UNCHANGED <<into, outOf>>

MCSpec == MCInit /\ [][MCNext]_<<vars, into, outOf>>

InOrder ==
  \A c \in DOMAIN line : \A n \in End : into[c][n] = outOf[c][n] \o line[c][n]
=============================================================================
