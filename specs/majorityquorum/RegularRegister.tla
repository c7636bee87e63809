--------------------------- MODULE RegularRegister --------------------------
(***************************************************************************)
(* A regular register for several readers and writers, after Lamport, On   *)
(* Interprocess Communication (1986). Values are known by their versions,  *)
(* which are numbers. A read returns the newest version whose write was    *)
(* complete when the read began, or a newer one, complete or not. So two   *)
(* reads may see two versions in the wrong order while the newer one is    *)
(* being written, or if its writer gave up. A write gets a version that no *)
(* other one has, above those that were complete when it began.            *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS Client, Version    \* numbers from 1; finite in a model

VARIABLES
  op,       \* of each client, its last or present operation
  written,  \* the versions that writers have chosen
  floor     \* the newest one that was complete

vars == <<op, written, floor>>

Greater(a, b) == IF a > b THEN a ELSE b

Init ==
  /\ op = [c \in Client |-> [kind |-> "none", since |-> 0, version |-> 0, outcome |-> "done"]]
  /\ written = {} /\ floor = 0

Under(c, kind) == op[c].kind = kind /\ op[c].outcome = ""

Begin(c, kind) ==
  /\ op[c].outcome # ""
  /\ op' = [op EXCEPT ![c] = [kind |-> kind, since |-> floor, version |-> 0, outcome |-> ""]]
  /\ UNCHANGED <<written, floor>>

\* Readers may see the version from now on.
Choose(c, v) ==
  /\ Under(c, "write") /\ op[c].version = 0
  /\ v > op[c].since /\ v \notin written
  /\ op' = [op EXCEPT ![c].version = v]
  /\ written' = written \cup {v}
  /\ UNCHANGED floor

Written(c) ==
  /\ Under(c, "write") /\ op[c].version # 0
  /\ op' = [op EXCEPT ![c].outcome = "done"]
  /\ floor' = Greater(floor, op[c].version)
  /\ UNCHANGED written

May(c, v) == v \in written \cup {0} /\ v >= op[c].since

Returned(c, v) ==
  /\ Under(c, "read") /\ May(c, v)
  /\ op' = [op EXCEPT ![c].version = v, ![c].outcome = "done"]
  /\ UNCHANGED <<written, floor>>

\* A write that has failed has no version. One whose outcome is unknown has one.
GivesUp(c) ==
  /\ op[c].outcome = ""
  /\ op' = [op EXCEPT ![c].outcome = IF op[c].version = 0 THEN "failed" ELSE "unknown"]
  /\ UNCHANGED <<written, floor>>

Others(c) ==
  \/ Begin(c, "read") \/ Begin(c, "write") \/ Written(c) \/ GivesUp(c)
  \/ \E v \in Version : Choose(c, v)
Next == \E c \in Client : Others(c) \/ \E v \in Version \cup {0} : Returned(c, v)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ \A c \in Client :
       /\ op[c].kind \in {"none", "read", "write"} /\ op[c].outcome \in {"", "done", "failed", "unknown"}
       /\ {op[c].since, op[c].version} \subseteq Version \cup {0}
  /\ written \subseteq Version /\ floor \in written \cup {0}

\* A client learns of no version that was replaced before it asked.
IsRecent == \A c \in Client : op[c].outcome = "done" => op[c].version >= op[c].since
\* Each version has one writer, and no write that has failed has one.
OneWriter ==
  \A c, d \in Client : op[c].kind = "write" /\ op[d].kind = "write" /\ op[c].version = op[d].version
                         => c = d \/ op[c].version = 0
FailedIsNotWritten == \A c \in Client : op[c].outcome = "failed" => op[c].version = 0
\* Readers return what was written, and the client of an operation under way keeps its version.
ReadIsWritten == \A c \in Client : op[c].version \in written \cup {0}
EndsOnce ==
  [][\A c \in Client : op'[c] # op[c] =>
       IF op[c].outcome # "" THEN op'[c].outcome = "" /\ op'[c].version = 0
       ELSE /\ op'[c].kind = op[c].kind /\ op'[c].since = op[c].since
            /\ op[c].version \in {0, op'[c].version}]_vars
\* Nothing that was complete is forgotten.
CompleteStays == [][written \subseteq written' /\ floor <= floor']_vars

THEOREM Spec => [](TypeOK /\ IsRecent /\ OneWriter /\ FailedIsNotWritten /\ ReadIsWritten)
THEOREM Spec => EndsOnce /\ CompleteStays
=============================================================================
