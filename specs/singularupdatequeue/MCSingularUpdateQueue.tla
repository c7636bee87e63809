----------------------- MODULE MCSingularUpdateQueue -----------------------
(***************************************************************************)
(* What the models of SingularUpdateQueue need beside it.                  *)
(***************************************************************************)
EXTENDS QueueProperties, TLC

\* In place of Nat: the numbers of the requests, and the capacities.
UpToThree == 0 .. 3

\* A queue that has stopped does nothing more, which is no deadlock.
HasStopped == mode = "stopped" /\ UNCHANGED vars

MCSpec == Init /\ [][Next \/ HasStopped]_vars /\ Fairness

\* Three requests, of which the second may come from the worker.
Three == Len(asked) <= 3
Small == Three /\ \A r \in Request : asked[r].from = "worker" => r = 2

\* Each request puts in another value, so that none can be taken for another.
ValuesDiffer == \A r \in Request : asked[r].value = ToString(r)

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

QueueIsFull      == mode = "open" /\ ~HasRoom /\ capacity = 2
ClientWaits      == waiting # <<>>
WorkerIsRefused  == \E r \in Request : asked[r].from = "worker" /\ answer[r].told # "none" /\ answer[r].told # "done"
CallIsOut        == out # <<>> /\ busy # <<>>
CallIsBack       == \E i \in DOMAIN queue : queue[i].back
SeveralAreTaken  == \E w \in DOMAIN busy : Len(busy[w].items) > 1
Answered(told)   == \E r \in Request : answer[r].told = told
OldestGoes       == Answered("dropped")
HandlerPanics    == Answered("panicked")
ClientGivesUp    == Answered("gaveUp")
ServedWhileDraining  == mode = "drain" /\ state' # state
ServedWhileAbandoned == mode = "abandon" /\ state' # state
=============================================================================
