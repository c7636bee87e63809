---------------------------- MODULE RecordsSteps ----------------------------
EXTENDS Records, Steps

View(node) == [box |-> box[node], list |-> list, marks |-> Members(marks)]

StepsNext ==
  \E n \in Arg("node", Node) :
    \/ \E v \in Arg("value", Value) : Step("Put", [node |-> n, value |-> v], Put(n, v))
    \/ Step("Keep", [node |-> n], Keep(n))
    \/ \E m \in Arg("mark", {"p", "q"}) : Step("Mark", [node |-> n, mark |-> m], Mark(n, m))
    \/ \E all \in Arg("all", BOOLEAN) : Step("Clear", [node |-> n, all |-> all], Clear(n, all))

Small == box["b"].inner.deep.words = <<>> /\ box["a"].inner.n = 0
=============================================================================
