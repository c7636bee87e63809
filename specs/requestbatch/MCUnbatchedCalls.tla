-------------------------- MODULE MCUnbatchedCalls ---------------------------
(***************************************************************************)
(* What UnbatchedCalls' model must come to.                                *)
(***************************************************************************)
EXTENDS UnbatchedCalls

CallIsPassedOver ==
  executed' # executed /\ \E c \in DOMAIN calls : calls[c] = Unknown /\ c \notin Numbers
    /\ c + 1 \in {executed'[i].id : i \in DOMAIN executed'}
RefusedIsPassedOver == \E c \in DOMAIN calls : calls[c] = Refused /\ c + 1 \in Numbers
ExecutedIsUnknown  == \E c \in Numbers : calls[c] = Unknown
UnknownIsExecuted  == executed' # executed /\ calls[executed'[Len(executed')].id] = Unknown
FailureIsTold      == \E c \in DOMAIN calls : calls[c].outcome = "failed"
SuccessIsTold      == \E c \in DOMAIN calls : calls[c].outcome = "ok"
ThreeAreTold ==
  \E c \in DOMAIN calls : c = 3 /\ \A d \in DOMAIN calls : calls[d] = Waits /\ calls'[d] # Waits
LaterIsToldFirst ==
  \E c \in DOMAIN calls : c > 1 /\ calls[c].outcome = "ok" /\ calls[1] = Waits /\ 1 \in Numbers
=============================================================================
