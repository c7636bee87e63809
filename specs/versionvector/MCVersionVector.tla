--------------------------- MODULE MCVersionVector ---------------------------
(***************************************************************************)
(* The bounds of VersionVector's models.                                   *)
(***************************************************************************)
EXTENDS SiblingProperties

\* The first replica restarts once.
Names == [n1 |-> <<"n1.1", "n1.2">>, n2 |-> <<"n2.1">>]

\* For Sent: a new message shows that the one before is lost. Before that it may have
\* arrived, more than once too.
OneAtATime(m) == {m}

\* For Replied: one client has read last, and one has read nothing.
TwoClients(s) == {Nothing, s}

IsDirty(n) == disk[n] # store[n]

\* The values are written in one order, the first by the replica that restarts.
BoundedPut(n, read, val) ==
  /\ val = "x" => n = "n1"
  /\ val = "y" => "x" \in Written
  /\ val = "z" => "y" \in Written
  /\ Put(n, read, val)

\* A client reads in order to write.
BoundedRead(n) == "z" \notin Written /\ store[n] # Nothing /\ Read(n)

\* A restart loses something. A replica that sends without being asked does so before its
\* flush.
BoundedRestart(n, i) == "z" \notin Written /\ IsDirty(n) /\ Restart(n, disk[n], i)
BoundedSend(n, to) == IsDirty(n) /\ Send(n, to)

MCNext ==
  \/ \E n \in Replica :
       \/ BoundedRead(n) \/ Flush(n)
       \/ \E read \in replies, val \in Value : BoundedPut(n, read, val)
       \/ \E i \in DOMAIN Name[n] : BoundedRestart(n, i)
       \/ \E to \in Replica : BoundedSend(n, to) \/ Ask(n, to)
  \/ \E m \in msgs : Answer(m) \/ Merge(m)

MCSpec == Init /\ [][MCNext]_vars /\ Fairness

\* One replica at a time has something that is not durable.
OneIsDirty == \E n \in Replica : \A o \in Replica : IsDirty(o) => o = n
=============================================================================
