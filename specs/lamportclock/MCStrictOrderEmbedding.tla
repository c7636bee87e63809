----------------------- MODULE MCStrictOrderEmbedding -----------------------
(***************************************************************************)
(* StrictOrderEmbedding for three events, of which two may happen at once. *)
(* It does not say how its variables change, so this tries all ways.       *)
(***************************************************************************)
EXTENDS StrictOrderEmbedding, FiniteSets

Event == {"e", "f", "g"}
Place == (1 .. 3) \X (1 .. 2)

MCInit == past = <<>> /\ place = <<>>

Extended(f, g) == [e \in DOMAIN f \cup DOMAIN g |-> IF e \in DOMAIN f THEN f[e] ELSE g[e]]

MCNext ==
  \E a, b \in Event \ DOMAIN past :
    \E p \in [{a, b} -> SUBSET (DOMAIN past \cup {a, b})], q \in [{a, b} -> Place] :
      /\ past' = Extended(past, p)
      /\ place' = Extended(place, q)
      /\ Happen

MCSpec == MCInit /\ [][MCNext]_vars

\* What the model must come to.
TwoAtOnce       == Cardinality(DOMAIN past' \ DOMAIN past) = 2
NumbersAreEqual == \E a, b \in DOMAIN past : a # b /\ place[a][1] = place[b][1]
HasAPast        == \E a, b \in DOMAIN past : a \in past[b]
=============================================================================
