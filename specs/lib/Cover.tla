-------------------------------- MODULE Cover -------------------------------
(***************************************************************************)
(* What of a spec is evaluated at all. The checker numbers its definitions *)
(* and their branches, and puts the word CoverMark before each of them in  *)
(* a copy of the spec; it speaks the first time that TLC comes by.         *)
(***************************************************************************)
LOCAL INSTANCE TLC
LOCAL INSTANCE Output
LOCAL INSTANCE Covered

ASSUME CoverNothingYet == \A n \in CoveredNumbers : TLCSet(CoveredRegister(n), FALSE)

CoverMark(n) ==
  IF TLCGet(CoveredRegister(n))
  THEN TRUE
  ELSE TLCSet(CoveredRegister(n), TRUE) /\ OutputPrint(<<"covered", n>>)
=============================================================================
