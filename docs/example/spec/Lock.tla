-------------------------------- MODULE Lock --------------------------------
CONSTANT Client
VARIABLE holder
vars == <<holder>>

Acquire(c) == holder = "nobody" /\ holder' = c
Release(c) == holder = c /\ holder' = "nobody"

Init == holder = "nobody"
Next == \E c \in Client : Acquire(c) \/ Release(c)
Spec == Init /\ [][Next]_vars

TypeOK == holder \in Client \cup {"nobody"}

\* The promise: no client gets the lock while another one holds it.
NotStolen == [][\A c \in Client : holder = c => holder' \in {c, "nobody"}]_vars

THEOREM Spec => []TypeOK /\ NotStolen
=============================================================================
