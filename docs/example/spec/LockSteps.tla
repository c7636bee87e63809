----------------------------- MODULE LockSteps ------------------------------
EXTENDS Lock, Steps

View(node) == [holder |-> holder]

StepsNext ==
  \E c \in Arg("client", Client) :
    \/ Step("Acquire", [node |-> "server", client |-> c], Acquire(c))
    \/ Step("Release", [node |-> "server", client |-> c], Release(c))
=============================================================================
