--------------------------- MODULE MCVersionVector ---------------------------
(***************************************************************************)
(* The bounds of VersionVector's models.                                   *)
(***************************************************************************)
EXTENDS SiblingProperties

\* For Sent: a new message shows that the one before is lost. Before that it may have
\* arrived, more than once too.
OneAtATime(m) == {m}

\* For Replied: one client has read last, and one has read nothing.
TwoClients(r) == {NoReply, r}

IsDirty(n) == disk[n] # store[n]

\* The values are written in one order, the first at the replica that restarts, and the last
\* by a client that has read something.
BoundedPut(n, read, val) ==
  /\ val = "x" => n = "n1"
  /\ val = "y" => "x" \in Written
  /\ val = "z" => "y" \in Written /\ read # NoReply
  /\ Put(n, read, val)

\* A client reads in order to write.
BoundedRead(n) == "z" \notin Written /\ store[n] # Nothing /\ Read(n)

\* The first replica sends what its disk has not. It restarts, and loses that.
BoundedSend == IsDirty("n1") /\ latest["n1"]["n1"] = 1 /\ Send("n1", "n2")
RestartOfFirst ==
  \E i \in Incarnation : Restart("n1", disk["n1"], [latest["n1"] EXCEPT !["n1"] = i])
BoundedRestart == "z" \notin Written /\ IsDirty("n1") /\ RestartOfFirst

MCNext ==
  \/ \E n \in Replica :
       \/ BoundedRead(n) \/ Flush(n)
       \/ \E read \in replies, val \in Value : BoundedPut(n, read, val)
       \/ \E to \in Replica : Ask(n, to)
       \/ \E i \in Incarnation : Prune(n, "n1", i)
  \/ BoundedSend
  \/ BoundedRestart
  \/ \E m \in msgs : Answer(m) \/ Ignore(m) \/ Merge(m) \/ Learn(m)

MCSpec == Init /\ [][MCNext]_vars /\ Fairness

\* For Heard: no entry is pruned, so that the model is small.
HeardNothing(m) == heard

-----------------------------------------------------------------------------
(* The model in which entries are pruned. The first replica restarts once, and a message of *)
(* its first incarnation may still arrive at the end.                                       *)

HasRestarted == latest["n1"]["n1"] = 2
OldAndLast(m) == {o \in msgs : o.type = "state" /\ o.from = "n1" /\ o.latest["n1"] = 1} \cup {m}

PrunedPut(n, read, val) ==
  /\ val = "x" => n = "n1"
  /\ val = "y" => "x" \in Written /\ IF n = "n1" THEN ~HasRestarted ELSE read # NoReply
  /\ val = "z" => "y" \in Written /\ read # NoReply /\ ((n = "n1") = HasRestarted)
  /\ Put(n, read, val)

\* The replicas exchange what they have when all is written, or when only a client is left that
\* has read something old.
BoundedAsk(n, to) ==
  /\ HasRestarted /\ ("z" \in Written \/ writes["y"].actor = "n2.1")
  /\ Ask(n, to)

PrunedNext ==
  \/ \E n \in Replica :
       \/ n = "n1" /\ replies = {NoReply} /\ ~HasRestarted /\ BoundedRead(n)
       \/ Flush(n)
       \/ \E read \in replies, val \in Value : PrunedPut(n, read, val)
       \/ \E i \in Incarnation : Prune(n, "n1", i)
       \/ \E to \in Replica : BoundedAsk(n, to)
  \/ ~HasRestarted /\ msgs = {} /\ BoundedSend
  \/ "y" \in Written /\ RestartOfFirst
  \/ \E m \in msgs : Answer(m) \/ Ignore(m) \/ Merge(m) \/ Learn(m)

PrunedSpec == Init /\ [][PrunedNext]_vars

\* The second replica restarts too, and loses what it has sent when it knew of the first one's
\* restart. That message may still arrive at the end, too.
SentByBoth(m) ==
  OldAndLast(m) \cup {o \in msgs : o.type = "state" /\ o.from = "n2" /\ o.latest = [n1 |-> 2, n2 |-> 1]}

RestartOfSecond ==
  /\ IsDirty("n2") /\ latest["n2"]["n1"] = 2
  /\ \E i \in Incarnation : Restart("n2", disk["n2"], [latest["n2"] EXCEPT !["n2"] = i])

BothRestartSpec == Init /\ [][PrunedNext \/ RestartOfSecond]_vars

\* One replica at a time has something that is not durable.
OneIsDirty == \E n \in Replica : \A o \in Replica : IsDirty(o) => o = n

\* For the last one: only the first replica writes.
FirstWrites == OneIsDirty /\ \A v \in Written : writes[v].actor \in {"n1.1", "n1.2"}

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

SiblingsOfOneActor  == \E n \in Replica : Cardinality(Values(disk[n])) = 2 /\ DOMAIN disk[n] = {"n1.1"}
SiblingsOfTwoActors == \E n \in Replica : Cardinality(Values(disk[n])) = 2 /\ Cardinality(DOMAIN disk[n]) = 2
SiblingsAreReplaced == \E n \in Replica : Cardinality(Values(store[n])) = 2 /\ Values(store[n])' = {"z"}
OneOfTwoIsReplaced  == \E v, w \in Written : writes[w].past = {v, w} /\ \E n \in Replica :
                         Values(disk[n]) = (Written \ {v}) /\ Cardinality(Values(disk[n])) = 2
ReplacedMayArrive   == \E m \in Messages("state") : Values(m.state) # {} /\
                         Values(m.state) \subseteq Past(store[m.to]) \ Values(store[m.to])
UnflushedIsLost     == \E n \in Replica : latest'[n][n] # latest[n][n] /\ store'[n] # store[n]
LostWasSent         == \E m \in Messages("state") : \E v \in Values(m.state) \ Past(store["n1"]) :
                         writes[v].actor = "n1.1" /\ latest["n1"]["n1"] = 2
LostWasRead         == \E r \in replies : \E v \in Values(r.state) \ Past(store["n1"]) :
                         writes[v].actor = "n1.1" /\ latest["n1"]["n1"] = 2
WriterIsTold        == \E n \in Replica : disk'[n] # disk[n] /\ \E v \in told' \ told : writes[v].actor = Self(n)
BothNamesHaveWritten == \E n \in Replica : {"n1.1", "n1.2"} \subseteq DOMAIN disk[n]

\* In the models in which actors are pruned:
IsPrunedAt(n) == IsPruned(ContextOf(store[n]), "n1.1")
HasOldActor(s) == "n1.1" \in DOMAIN s
EntryIsPruned       == \E n \in Replica : HasOldActor(store[n]) /\ IsPrunedAt(n)'
FloorIsDurable      == \A n \in Replica : IsPrunedAt(n) /\ ~IsDirty(n)
OldContextArrives   == \E n \in Replica : IsPrunedAt(n) /\ "z" \in Written' \ Written
                         /\ "z" \in Values(store[n])' /\ \E r \in replies : HasOldActor(r.state)
OldMessageMayArrive == \E m \in Messages("state") : m.latest["n1"] = 1 /\ IsPrunedAt(m.to)
OldMessageIsRefused == \E m \in Messages("state") : ~MayTake(m.to, ContextOf(m.state), m.latest)
OldContextIsRefused == \E n \in Replica, r \in replies : ~MayTake(n, ContextOf(r.state), r.latest)
=============================================================================
