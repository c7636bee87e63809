-------------------------- MODULE ReadRestartBroken --------------------------
(***************************************************************************)
(* Each rule of ReadRestart left out, for broken/RULE.cfg to choose one.   *)
(***************************************************************************)
EXTENDS MCReadRestart

\* StampOf: the stamp of a write is the end of the interval.
TheEnd(from, to) == to

\* IsNewest: a write does not look at the versions.
Anyhow(k, stamp) == stamp # 0

\* LimitOf: a read believes its clock.
TheBeginning(from, to) == from

\* IsUncertain: the limit itself is left out.
BelowTheLimit(r, v) == r.stamp < v /\ v < r.limit

\* StampAfter: the read starts again as it was.
AsItWas(r, uncertain) == r.stamp

\* LimitAfter: the read gets a new limit each time.
Renewed(r) == now + Width
=============================================================================
