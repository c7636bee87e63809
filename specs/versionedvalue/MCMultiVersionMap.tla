-------------------------- MODULE MCMultiVersionMap --------------------------
(***************************************************************************)
(* What MultiVersionMap's model must come to.                              *)
(***************************************************************************)
EXTENDS MultiVersionMap

SeveralAtOnce  == now = 0 /\ now' = 2 /\ low' = 0
AllButNewestGo == low = 0 /\ low' = 2 /\ at'[2] = at[2]
OneGoes        == low = 0 /\ low' = 1 /\ now = 2
KeysChange ==
  now' = 2 /\ low' = 0 /\ \E k \in Key : at'[0][k] = Absent /\ at'[1][k] # Absent
    /\ at'[2][k] = Absent
=============================================================================
