---------------------------- MODULE MCDurableMap ----------------------------
EXTENDS DurableMap

UpToTwo == Len(batches) <= 2
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

KeyIsDeleted   == \E key \in DOMAIN map : taken' > taken /\ key \notin DOMAIN map'
KeyIsReplaced ==
  \E key \in DOMAIN map : taken' > taken /\ key \in DOMAIN map' /\ map'[key] # map[key]
KeyIsLeftAlone ==
  taken' = 2 /\ taken = 1 /\ \E key \in DOMAIN map : key \notin DOMAIN batches[2]
    /\ key \in DOMAIN map'
OneIsWithdrawn == serving /\ serving' /\ Len(batches) = 2 /\ Len(batches') = 1
TakenIsLost    == taken = 2 /\ promised = 1 /\ ~serving' /\ Len(batches') = 1
AllComeBack    == ~serving /\ serving' /\ taken' = 2 /\ promised < 2
BothPromised   == promised = 0 /\ promised' = 2 /\ serving
=============================================================================
