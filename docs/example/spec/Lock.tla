-------------------------------- MODULE Lock --------------------------------
CONSTANT Client
VARIABLE holder
vars == <<holder>>

Acquire(c) == holder = "nobody" /\ holder' = c
Release(c) == holder = c /\ holder' = "nobody"

Init == holder = "nobody"
Next == \E c \in Client : Acquire(c) \/ Release(c)
Spec == Init /\ [][Next]_vars
=============================================================================
