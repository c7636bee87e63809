----------------------------- MODULE PingSteps -----------------------------
EXTENDS Ping, Steps

View(node) ==
  IF node = "network" THEN [waiting |-> Cardinality(net)]
                      ELSE [sent |-> sent[node], got |-> got[node]]

StepsNetwork == net

StepsNext ==
  \/ \E n \in Arg("node", Node), to \in Arg("to", Node) :
       Step("Send", [node |-> n, to |-> to], Send(n, to))
  \/ \E m \in Arg("message", net) :
       \/ Step("Receive", [node |-> m.to, message |-> m], Receive(m))
       \/ Step("Lose", [node |-> "network", message |-> m], Lose(m))
=============================================================================
