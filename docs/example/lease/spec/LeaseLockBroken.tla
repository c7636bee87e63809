--------------------------- MODULE LeaseLockBroken ---------------------------
(***************************************************************************)
(* Each rule of LeaseLock left out, for broken/RULE.cfg to choose one.     *)
(***************************************************************************)
EXTENDS MCLeaseLock

\* MayGrant: the lock goes to each client that asks.
Always == TRUE

\* NextToken: all leases have the same token.
TheSame == 1

\* MayApply: the store does not look at the token.
AnyToken(m) == TRUE
=============================================================================
