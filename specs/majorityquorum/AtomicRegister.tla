--------------------------- MODULE AtomicRegister ---------------------------
(***************************************************************************)
(* An atomic register: as RegularRegister, except that a version which a   *)
(* client has read is complete. No later operation goes back behind it.    *)
(*                                                                         *)
(* This is linearizability: order the operations by their versions, each   *)
(* write before the reads of its version, and these by their time. An      *)
(* operation that has ended before another one began stands before it.     *)
(***************************************************************************)
EXTENDS RegularRegister

Sees(c, v) ==
  /\ Under(c, "read") /\ May(c, v)
  /\ op' = [op EXCEPT ![c].version = v, ![c].outcome = "done"]
  /\ floor' = Greater(floor, v)
  /\ UNCHANGED written

AtomicNext == \E c \in Client : Others(c) \/ \E v \in Version \cup {0} : Sees(c, v)

AtomicSpec == Init /\ [][AtomicNext]_vars
-----------------------------------------------------------------------------
\* What a client has learned, all that begin later learn, or something newer.
DoneIsComplete ==
  \A c \in Client : op[c].outcome = "done" => op[c].version <= floor
DoneIsSeen ==
  [][\A c, d \in Client :
       op[c].outcome = "done" /\ op[d].outcome # "" /\ op'[d].outcome = "" => op'[d].since >= op[c].version]_vars

THEOREM AtomicSpec => [](TypeOK /\ IsRecent /\ OneWriter /\ DoneIsComplete)
THEOREM AtomicSpec => CompleteStays /\ DoneIsSeen
=============================================================================
