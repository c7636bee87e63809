--------------------------- MODULE LeaseLockSteps ----------------------------
(***************************************************************************)
(* How the server, the clients and the store name their steps. A step that *)
(* sends a message has it as an argument.                                  *)
(***************************************************************************)
EXTENDS LeaseLock, Steps

View(node) ==
  CASE node = Server -> [holder |-> holder, token |-> token]
    [] node = Store  -> [written |-> written]
    [] OTHER         -> [held |-> held[node]]

StepsNetwork == msgs

\* What can still matter: a message changes a node only when the node receives it.
StepsState == <<holder, token, held, written>>

Of(type) == {m \in msgs : m.type = type}

StepsNext ==
  \/ \E m \in Arg("message", Of("request")) :
     \E g \in Arg("granted", {GrantedTo(m.from, NextToken)}) :
       Step("Grant", [node |-> Server, message |-> m, granted |-> g], Grant(m))
  \/ Step("Expire", [node |-> Server], Expire)
  \/ \E c \in Arg("node", Client) :
       \/ \E m \in Arg("message", {RequestOf(c)}) :
            Step("Request", [node |-> c, message |-> m], Request(c))
       \/ \E m \in Arg("message", Of("granted")) :
            Step("Hold", [node |-> c, message |-> m], Hold(c, m))
       \/ \E m \in Arg("message", {WriteOf(c)}) :
            Step("Write", [node |-> c, message |-> m], Write(c))
       \/ Step("Lapse", [node |-> c], Lapse(c))
       \/ \E m \in Arg("message", Of("rejected")) :
            Step("Stop", [node |-> c, message |-> m], Stop(c, m))
  \/ \E m \in Arg("message", Of("write")) :
       \/ Step("Apply", [node |-> Store, message |-> m], Apply(m))
       \/ \E r \in Arg("rejection", {RejectionOf(m)}) :
            Step("Reject", [node |-> Store, message |-> m, rejection |-> r], Reject(m))

StepsSpec == Init /\ [][StepsNext]_vars

\* The bounds of the model that Explore drives.
TwoLeases == token <= 2
=============================================================================
