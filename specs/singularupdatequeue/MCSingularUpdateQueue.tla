----------------------- MODULE MCSingularUpdateQueue -----------------------
(***************************************************************************)
(* What the models of SingularUpdateQueue need beside it.                  *)
(***************************************************************************)
EXTENDS QueueProperties

\* In place of Nat: the numbers of the requests, and the capacities.
UpToThree == 0 .. 3

\* A queue that has stopped does nothing more, which is no deadlock.
HasStopped == mode = "stopped" /\ UNCHANGED vars

MCSpec == Init /\ [][Next \/ HasStopped]_vars /\ Fairness

\* Three requests, of which the second may come from the worker.
Three == Len(asked) <= 3
Small == Three /\ \A r \in Request : asked[r].from = "worker" => r = 2
=============================================================================
