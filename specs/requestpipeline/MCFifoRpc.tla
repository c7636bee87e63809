------------------------------ MODULE MCFifoRpc ------------------------------
(***************************************************************************)
(* What FifoRpc's model must come to.                                      *)
(***************************************************************************)
EXTENDS FifoRpc

Is(k, told) == k \in DOMAIN calls /\ calls[k].told = told

CallIsPassedOver    == Is(1, "unknown") /\ Is(2, "") /\ processed' = <<calls[2].text>>
NotSentIsPassedOver == Is(1, "not sent") /\ Is(2, "") /\ processed' = <<calls[2].text>>
UnknownIsProcessed  == Is(1, "unknown") /\ processed = <<>> /\ processed' = <<calls[1].text>>
ProcessedIsUnknown  == Is(1, "") /\ processed # <<>> /\ calls'[1].told = "unknown"
LaterIsToldFirst    == Is(1, "") /\ Is(2, "b") /\ IsProcessed("a")
TwoAreTold ==
  Is(1, "") /\ Is(2, "") /\ calls'[1].told = calls[1].text /\ calls'[2].told = calls[2].text
=============================================================================
