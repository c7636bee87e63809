------------------------- MODULE ClockBoundWaitSteps -------------------------
(***************************************************************************)
(* How the nodes in impl/clockboundwait record their steps, and the        *)
(* harness the time.                                                       *)
(***************************************************************************)
EXTENDS StrictProperties, Steps

Environment == "environment"     \* the node of the steps that no node takes

Smaller(w, S) == Cardinality({v \in S : v.ver < w.ver})
ByVersion(S) ==
  [i \in 1 .. Cardinality(S) |->
    LET w == CHOOSE w \in S : Smaller(w, S) = i - 1 IN [key |-> w.key, ver |-> w.ver]]

View(node) ==
  IF node = Environment THEN [now |-> now]
  ELSE [earliest |-> earliest[node],
        latest   |-> latest[node],
        fresh    |-> fresh[node],
        arrived  |-> arrived[node] # None,
        last     |-> last[node],
        pending  |-> ByVersion(pending[node]),
        data     |-> ByVersion(data[node])]

\* A read under way changes no node until it is answered. No step reads the ghosts.
StepsState == <<now, clocks, [n \in Node |-> View(n)]>>
StepsNetwork == {[from |-> r.from, to |-> r.to, key |-> r.key, stamp |-> r.ver] : r \in asked}

Write(n, v) == CHOOSE w \in pending[n] : w.ver = v
Reads(n, from, k) == {r \in asked : r.to = n /\ r.from = from /\ r.key = k}
TheRead(n, from, k, v) == CHOOSE r \in Reads(n, from, k) : r.ver = v

StepsNext ==
  \/ \E to \in Arg("time", Time) : Step("Tick", [node |-> Environment, time |-> to], Tick(to))
  \/ \E n \in Arg("node", Node), from \in Arg("earliest", Time), to \in Arg("latest", Time) :
       Step("Read", [node |-> n, earliest |-> from, latest |-> to], Read(n, from, to))
  \/ \E n \in Arg("node", Node) : Step("Arrive", [node |-> n], Arrive(n))
  \/ \E n \in Arg("node", Node), k \in Arg("key", Key) :
       Step("Begin", [node |-> n, key |-> k], Begin(n, k))
  \/ \E n \in Arg("node", Node), m \in Arg("home", Node), k \in Arg("key", Key) :
       Step("Ask", [node |-> n, home |-> m, key |-> k], Ask(n, m, k))
  \/ \E n \in Arg("node", Node) : \E v \in Arg("version", {w.ver : w \in pending[n]}) :
       \/ Step("Commit", [node |-> n, version |-> v], Commit(n, Write(n, v)))
       \/ Step("Abandon", [node |-> n, version |-> v], Abandon(n, Write(n, v)))
  \/ \E n \in Arg("node", Node), from \in Arg("from", Node), k \in Arg("key", Key) :
     \E v \in Arg("stamp", {r.ver : r \in Reads(n, from, k)}) :
     \E a \in Arg("answer", {Answer(TheRead(n, from, k, v))}) :
       Step("Serve", [node |-> n, from |-> from, key |-> k, stamp |-> v, answer |-> a],
            Serve(TheRead(n, from, k, v)))
  \/ \E n \in Arg("node", Node) : Step("Restart", [node |-> n], Restart(n))
  \/ Step("End", [node |-> Environment], End)

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
\* What costs the same however long a trace is.
IsConsistent ==
  /\ EndedIsPast
  /\ \A n \in Node : \A w \in pending[n] : w.ver <= last[n] /\ w.ver > w.after

\* The model that is explored: n1 has the keys, and n2 reads one, early.
Explored ==
  /\ last["n1"] <= 2 /\ last["n2"] <= 1
  /\ latest["n2"] = 0
  /\ Cardinality(asked) + Cardinality(served) <= 1
  /\ Cardinality(pending["n1"] \cup data["n1"]) <= 2
  /\ pending["n2"] \cup data["n2"] = {}
  /\ \A r \in asked : r.from = "n2" /\ r.to = "n1"
  /\ latest["n1"] = 0 \/ latest["n1"] = earliest["n1"] + 1
  /\ served # {} => arrived["n2"] = None
=============================================================================
