------------------------- MODULE VersionVectorSteps -------------------------
(***************************************************************************)
(* The steps of the replicas in impl/versionvector, for one key.           *)
(***************************************************************************)
EXTENDS SiblingProperties, Steps

Clients == "clients"     \* the node of the step that no replica takes

\* Clients see what all replicas show, together.
View(node) ==
  IF node = Clients THEN [shown |-> Members(UNION {Values(store[n]) : n \in Replica})]
  ELSE [store  |-> store[node],
        disk   |-> disk[node],
        latest |-> latest[node],
        heard  |-> Members(heard[node])]

StepsNetwork == msgs

\* A message or a reply under way changes no replica until it arrives. The ghosts are there
\* for the properties.
StepsState == <<store, disk, latest, heard>>

StepsNext ==
  \/ \E n \in Arg("node", Replica) :
       \/ \E s \in Arg("answer", {store[n]}), v \in Arg("context", {SeenByReader(store[n])}),
            known \in Arg("latest", {latest[n]}) :
            Step("Read", [node |-> n, answer |-> s, context |-> v, latest |-> known], Read(n))
       \/ Step("Flush", [node |-> n], Flush(n))
       \/ \E v \in Arg("context", {SeenByReader(r.state) : r \in replies}),
            known \in Arg("latest", {r.latest : r \in replies}), val \in Arg("value", Value) :
            Step("Put", [node |-> n, context |-> v, latest |-> known, value |-> val],
                 \E read \in replies : SeenByReader(read.state) = v /\ read.latest = known
                                        /\ Put(n, read, val))
       \/ \E kept \in Arg("kept", {disk[n], store[n]}), known \in Arg("latest", Started(n)) :
            Step("Restart", [node |-> n, kept |-> kept, latest |-> known], Restart(n, kept, known))
       \/ \E o \in Arg("of", Replica), i \in Arg("upTo", Incarnation) :
            Step("Prune", [node |-> n, of |-> o, upTo |-> i], Prune(n, o, i))
       \/ \E to \in Arg("to", Replica) :
            \/ Step("Send", [node |-> n, to |-> to], Send(n, to))
            \/ Step("Ask", [node |-> n, to |-> to], Ask(n, to))
  \/ \E m \in Arg("message", msgs) :
       \/ Step("Answer", [node |-> m.to, message |-> m], Answer(m))
       \/ Step("Ignore", [node |-> m.to, message |-> m], Ignore(m))
       \/ Step("Merge", [node |-> m.to, message |-> m], Merge(m))
       \/ Step("Learn", [node |-> m.to, message |-> m], Learn(m))
  \/ Step("End", [node |-> Clients], End)

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------

\* The model that is explored: the first replica writes first, and restarts once. One message
\* is under way, or a question with its answer. One client has read, before the second write.
\* What a replica hears counts when both have written, and the restart is known.
Explored ==
  /\ Cardinality(replies) <= 2 /\ \A r \in replies : "y" \notin Values(r.state)
  /\ \A m, o \in msgs : m = o \/ m.type # o.type
  /\ \A m \in msgs : m.type = "state" /\ Cardinality(msgs) = 2 =>
       /\ m.state = store[m.from] /\ m.latest = latest[m.from]
       /\ \A o \in msgs : o.type = "ask" => o.to = m.from
  /\ "y" \in DOMAIN writes => "x" \in DOMAIN writes
  /\ "x" \in DOMAIN writes => writes["x"].actor = "n1.1"
  /\ latest["n2"]["n2"] = 1
  /\ \A n \in Replica : heard[n] # {} => latest[n]["n1"] = 2 /\ DOMAIN writes = {"x", "y"}
  /\ \E n \in Replica : \A o \in Replica : disk[o] # store[o] => o = n

\* Cheap, however long a trace is, because the values are few. So is NoLostUpdate.
EntriesAreWhole ==
  \A n \in Replica : \A a \in DOMAIN store[n] : Len(store[n][a].vals) <= store[n][a].n
ShowsNoReplaced ==
  \A n \in Replica : \A v, w \in Values(store[n]) : v # w => v \notin writes[w].past
=============================================================================
