--------------------------- MODULE BranchesSteps ---------------------------
EXTENDS Branches, Steps

View(node) == [x |-> x, y |-> y, names |-> Len(z)]

StepsNext ==
  \/ \E n \in Arg("n", 0 .. 9) : Step("Set", [node |-> "b", n |-> n], Set(n))
  \/ Step("Name", [node |-> "b"], Name)
  \/ Step("Unused", [node |-> "b"], Unused)
=============================================================================
