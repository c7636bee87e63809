------------------------------ MODULE Branches ------------------------------
(* A spec with branches of every kind, for the tests of coverage. The word   *)
(* EXTENDS in a comment means nothing.                                       *)
EXTENDS Naturals, Sequences

VARIABLES x, y, z
rest == <<y, z>>
vars == <<x, y, z>>

Init == x = 0 /\ y = 0 /\ z = <<>>

Max(a, b) == IF a > b THEN a ELSE b

Kind(n) == CASE n = 0 -> "none"
             [] n = 1 -> "one"
             [] OTHER -> "many"

half[n \in 0 .. 9] == IF n < 2 THEN 0 ELSE 1 + half[n - 2]

MaySet(n) == n > 5 => n < 8

Wide(n) == n = 9 \/ n = 1 \/ n = 2

Set(n) ==
  LET far == IF n > 3 THEN TRUE ELSE FALSE
  IN
  /\ MaySet(n)
  /\ \/ Wide(n)
     \/ n = 3
     \/ n = 7
  /\ IF far
       THEN x' = Max(x, n) /\ UNCHANGED rest
       ELSE
         /\ x' = Max(x, n)
         /\ y' = half[n]
         /\ UNCHANGED z

Name == z' = Append(z, Kind(x)) /\ UNCHANGED <<x, y>>

Unused == x' = 0 /\ y' = y /\ z' = [z EXCEPT ![1] = IF x = 1 THEN 2 ELSE @]

Next == (\E n \in 0 .. 9 : Set(n)) \/ Name \/ Unused
=============================================================================
