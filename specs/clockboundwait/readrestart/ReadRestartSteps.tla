--------------------------- MODULE ReadRestartSteps ---------------------------
(***************************************************************************)
(* How the keys and the reads in impl/clockboundwait record their steps,   *)
(* and the harness the time and the clients of writes.                     *)
(***************************************************************************)
EXTENDS ReadRestart, FiniteSets, Steps

Environment == "environment"     \* the node of the steps that no node takes

View(node) ==
  CASE node = Environment -> [now |-> now]
    [] node \in Client -> asked[node]
    [] OTHER -> [versions |-> Cardinality(data[node]), newest |-> Max(data[node] \cup {0})]

\* No step reads the ghosts, and no step reads the version of an operation that has ended.
StepsState ==
  <<now, data, asked,
    [c \in Client, k \in Key |-> IF op[c, k].outcome = "" THEN <<op[c, k].kind, op[c, k].version>> ELSE <<>>]>>

\* Nothing waits any more.
End == (\A c \in Client : Idle(c)) /\ UNCHANGED vars

StepsNext ==
  \/ \E to \in Arg("time", Time) : Step("Tick", [node |-> Environment, time |-> to], Tick(to))
  \/ \E c \in Arg("node", Client), k \in Arg("key", Key) :
       \/ Step("Send", [node |-> c, key |-> k], Send(c, k))
       \/ Step("Acknowledge", [node |-> c, key |-> k], Acknowledge(c, k))
       \/ Step("Restart", [node |-> c, key |-> k], Restart(c, k))
  \/ \E k \in Arg("node", Key), c \in Arg("client", Client),
        from \in Arg("earliest", Time), to \in Arg("latest", Time) :
       Step("Install", [node |-> k, client |-> c, earliest |-> from, latest |-> to],
            Install(c, k, from, to))
  \/ \E c \in Arg("node", Client), k \in Arg("key", Key),
        from \in Arg("earliest", Time), to \in Arg("latest", Time) :
       Step("Ask", [node |-> c, key |-> k, earliest |-> from, latest |-> to], Ask(c, k, from, to))
  \/ \E k \in Arg("node", Key), c \in Arg("client", Client) :
     \E a \in Arg("answer", {Answer(c, k)}) :
       Step("Serve", [node |-> k, client |-> c, answer |-> a], Serve(c, k))
  \/ Step("End", [node |-> Environment], End)

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
\* What costs the same however long a trace is.
IsConsistent == \A c \in Client : asked[c].stamp <= asked[c].limit /\ asked[c].restarts <= Width
=============================================================================
