---- MODULE S5113 ----
EXTENDS VersionVectorBroken, TLC
KeepSome(m) == {o \in msgs : o.type = "state" /\ o.latest # [r \in Replica |-> 2] /\ RandomElement(1..10) > 1} \cup {m}
ManyClients(r) == {NoReply, r} \cup {o \in replies : RandomElement(1..6) > 1}
SimNext ==
  \/ \E n \in Replica :
       \/ RandomElement(1..4) = 1 /\ Read(n)
       \/ Flush(n)
       \/ RandomElement(1..3) = 1 /\ \E read \in replies, val \in Value : (\A u \in Value : u < val => u \in Written) /\ Put(n, read, val)
       \/ RandomElement(1..4) = 1 /\ \E kept \in {disk[n], store[n]}, i \in Incarnation : i = latest[n][n] + 1 /\ Restart(n, kept, latest[n], i)
       \/ \E to \in Replica : (RandomElement(1..3) = 1 /\ Send(n, to)) \/ (RandomElement(1..3) = 1 /\ Ask(n, to))
       \/ \E o \in Replica, i \in Incarnation : Prune(n, o, i)
  \/ \E m \in msgs : Answer(m) \/ Ignore(m) \/ Merge(m) \/ Learn(m)
SimSpec == Init /\ [][SimNext]_vars
====
