--------------------------- MODULE ArgumentsSteps ---------------------------
EXTENDS Arguments, Steps

View(node) == [votes |-> votes[node], leads |-> leader = node, term |-> term]

StepsNext ==
  \/ \E n \in Arg("node", Node) : Step("Elect", [node |-> n], Elect(n))
  \/ \E m \in Arg("to", Node) : Step("Give", [node |-> leader, to |-> m], Give(m))
  \/ \E k \in Arg("name", {"all", "none"}) :
       Step("Give", [node |-> leader, name |-> k], IF k = "all" THEN Drop ELSE Wait)
  \/ \E n \in Arg("node", Node) : Step("Wait", [node |-> n], Wait)
=============================================================================
