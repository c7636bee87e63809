------------------------------- MODULE Base --------------------------------
EXTENDS Naturals

VARIABLES count, color

vars == <<count, color>>

MayAdd == LET Odd(n) == n % 2 = 1
          IN  color = "green" => Odd(count)
=============================================================================
