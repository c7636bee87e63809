-------------------------- MODULE MCRegularRegister --------------------------
(***************************************************************************)
(* What RegularRegister's model must come to, and AtomicRegister's.        *)
(***************************************************************************)
EXTENDS RegularRegister

Ends(c, kind, outcome) == op[c].kind = kind /\ op[c].outcome = "" /\ op'[c].outcome = outcome

ReadsWhatIsBeingWritten == \E c \in Client : Ends(c, "read", "done") /\ op'[c].version > floor
ReadsNothing            == \E c \in Client : Ends(c, "read", "done") /\ op'[c].version = 0
ReadsWhatIsComplete ==
  \E c \in Client : Ends(c, "read", "done") /\ op'[c].version = op[c].since /\ op[c].since > 0
ReadFails               == \E c \in Client : Ends(c, "read", "failed")
WriteFails              == \E c \in Client : Ends(c, "write", "failed")
WriteIsUnknown          == \E c \in Client : Ends(c, "write", "unknown")
OlderWriteIsDoneLater   == \E c \in Client : Ends(c, "write", "done") /\ op[c].version < floor
TwoChooseAtOnce ==
  Client = {c \in Client : op[c].kind = "write" /\ op[c].outcome = "" /\ op[c].version > 0}

\* No atomic register does.
ReadsOlderThanRead ==
  \E c, d \in Client : Ends(c, "read", "done") /\ op[d].kind = "read"
    /\ op[d].outcome = "done" /\ op'[c].version < op[d].version /\ op'[c].since = floor
=============================================================================
