---------------------------- MODULE BufferSteps ----------------------------
EXTENDS Buffer, Steps

View(node) == [
  length |-> Len(buffer),
  last   |-> IF buffer = <<>> THEN "none" ELSE buffer[Len(buffer)]]

StepsNext ==
  \/ \E i \in Arg("item", Item) : Step("Put", [node |-> "buffer", item |-> i], Put(i))
  \/ \E i \in Arg("item", Item) : Step("Get", [node |-> "buffer", item |-> i], Get(i))
=============================================================================
