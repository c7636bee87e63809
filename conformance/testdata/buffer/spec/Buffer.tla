------------------------------- MODULE Buffer -------------------------------
(* A bounded buffer: what goes in comes out, in the same order. A spec that  *)
(* is not one of the patterns, for the tests of the checker.                 *)
EXTENDS Naturals, Sequences

CONSTANTS
  Item,      \* what can be put in
  Capacity   \* how many items it holds

VARIABLE buffer   \* the items inside, oldest first

vars == <<buffer>>

Init == buffer = <<>>

HasRoom == Len(buffer) < Capacity

Put(item) == HasRoom /\ buffer' = Append(buffer, item)

Get(item) == Len(buffer) > 0 /\ item = Head(buffer) /\ buffer' = Tail(buffer)

Next == \E item \in Item : Put(item) \/ Get(item)

Spec == Init /\ [][Next]_vars

Bounded == Len(buffer) <= Capacity
=============================================================================
