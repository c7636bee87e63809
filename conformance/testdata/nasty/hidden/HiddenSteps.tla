----------------------------- MODULE HiddenSteps -----------------------------
EXTENDS Hidden, Steps

View(node) == [shown |-> shown]

StepsNext ==
  \/ Step("Roll", [node |-> "a"], Roll)
  \/ Step("Show", [node |-> "a"], Show)
  \/ Step("Add", [node |-> "a"], Add)
  \/ Step("Shout", [node |-> "a"], Shout)
  \/ Step("Idle", [node |-> "a"], Idle)
=============================================================================
