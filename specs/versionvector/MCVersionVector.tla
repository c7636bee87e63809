--------------------------- MODULE MCVersionVector ---------------------------
(***************************************************************************)
(* The bounds of VersionVector's models.                                   *)
(***************************************************************************)
EXTENDS SiblingProperties

\* For Sent: a new message shows that the one before is lost. Before that it may have
\* arrived, more than once too.
OneAtATime(m) == {m}

\* For Replied: one client has read last, and one has read nothing.
TwoClients(s) == {Nothing, s}

IsDirty(n) == disk[n] # store[n]

\* The values are written in one order, the first at the replica that restarts, and the last
\* by a client that has read something.
BoundedPut(n, read, val) ==
  /\ val = "x" => n = "n1"
  /\ val = "y" => "x" \in Written
  /\ val = "z" => "y" \in Written /\ read # Nothing
  /\ Put(n, read, val)

\* A client reads in order to write.
BoundedRead(n) == "z" \notin Written /\ store[n] # Nothing /\ Read(n)

\* The first replica sends what its disk has not. It restarts, and loses that.
BoundedSend == IsDirty("n1") /\ Send("n1", "n2")
BoundedRestart(i) ==
  "z" \notin Written /\ IsDirty("n1") /\ Restart("n1", disk["n1"], i)

MCNext ==
  \/ \E n \in Replica :
       \/ BoundedRead(n) \/ Flush(n)
       \/ \E read \in replies, val \in Value : BoundedPut(n, read, val)
       \/ \E to \in Replica : Ask(n, to)
  \/ BoundedSend
  \/ \E i \in Incarnation : BoundedRestart(i)
  \/ \E m \in msgs : Answer(m) \/ Ignore(m) \/ Merge(m)

MCSpec == Init /\ [][MCNext]_vars /\ Fairness

\* One replica at a time has something that is not durable.
OneIsDirty == \E n \in Replica : \A o \in Replica : IsDirty(o) => o = n

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

SiblingsOfOneActor  == \E n \in Replica : Cardinality(Values(disk[n])) = 2 /\ DOMAIN disk[n] = {"n1.1"}
SiblingsOfTwoActors == \E n \in Replica : Cardinality(Values(disk[n])) = 2 /\ Cardinality(DOMAIN disk[n]) = 2
SiblingsAreReplaced == \E n \in Replica : Cardinality(Values(store[n])) = 2 /\ Values(store[n])' = {"z"}
OneOfTwoIsReplaced  == \E v, w \in Written : writes[w].past = {v, w} /\ \E n \in Replica :
                         Values(disk[n]) = (Written \ {v}) /\ Cardinality(Values(disk[n])) = 2
ReplacedMayArrive   == \E m \in Messages("state") : Values(m.state) # {} /\
                         Values(m.state) \subseteq Past(store[m.to]) \ Values(store[m.to])
UnflushedIsLost     == \E n \in Replica : incarnation'[n] # incarnation[n] /\ store'[n] # store[n]
LostWasSent         == \E m \in Messages("state") : \E v \in Values(m.state) \ Past(store["n1"]) :
                         writes[v].actor = "n1.1" /\ incarnation["n1"] = 2
LostWasRead         == \E s \in replies : \E v \in Values(s) \ Past(store["n1"]) :
                         writes[v].actor = "n1.1" /\ incarnation["n1"] = 2
WriterIsTold        == \E n \in Replica : disk'[n] # disk[n] /\ \E v \in told' \ told : writes[v].actor = Self(n)
BothNamesHaveWritten == \E n \in Replica : {"n1.1", "n1.2"} \subseteq DOMAIN disk[n]
=============================================================================
