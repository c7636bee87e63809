----------------------------- MODULE MCLeaseLock -----------------------------
(***************************************************************************)
(* What the models of LeaseLock need beside it.                            *)
(***************************************************************************)
EXTENDS LeaseLock

\* There are two leases.
Bounded == token <= 2
-----------------------------------------------------------------------------
(* What the model must come to: else it keeps all promises by doing nothing. *)

\* A client was paused while its lease ended, and believes that it has the lock still.
TwoBelieveIt     == \A c \in Client : held[c] > 0
LaterHolderWrote == written = 2
LateWriteIsRejected == \E m \in msgs : m.type = "rejected"
RejectionIsHeard == \E c \in Client, m \in msgs : m.type = "rejected" /\ Stop(c, m)
=============================================================================
