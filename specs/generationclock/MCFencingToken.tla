--------------------------- MODULE MCFencingToken ---------------------------
(***************************************************************************)
(* What FencingToken's model must come to.                                 *)
(***************************************************************************)
EXTENDS FencingToken

RaisedAboveAllWrites == token' > token /\ last' = last /\ last < token
WriteRaises          == last' > token /\ token' = last'
WriteHasTheToken     == last' = token /\ last' # last
HeardOfMoreMeanwhile == last' > last /\ token' > last'
=============================================================================
