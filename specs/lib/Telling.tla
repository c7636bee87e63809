------------------------------ MODULE Telling ------------------------------
(***************************************************************************)
(* How an explained spec says what its expressions come to. The checker    *)
(* numbers the expressions, and puts the uses of these operators into a    *)
(* copy of the spec.                                                       *)
(***************************************************************************)
LOCAL INSTANCE Voice

ExplainTell(what) == VoiceSays(what)

\* The next to be evaluated: if TLC fails, it was this one.
ExplainAt(number) == ExplainTell(<<"at", number>>)

\* A value travels as text, because not all that TLC prints can be read back.
ExplainIs(number, value) == ExplainTell(<<"is", number, VoiceText(value)>>)

ExplainBound(name, value) == ExplainTell(<<"bound", name, VoiceText(value)>>)

ExplainVariable(name, value) == ExplainTell(<<"variable", name, VoiceText(value)>>)

\* An action, gone through as a state function: TLC would go on behind it.
ExplainTried(truth) == IF truth THEN ExplainTell(<<"held", 0>>) /\ FALSE ELSE FALSE

\* A quantifier of the Steps module is entered.
ExplainScope(number) == ExplainTell(<<"scope", number>>)

\* What is said meanwhile explains what was said last.
ExplainWithin(truth) ==
  /\ ExplainTell(<<"in", 0>>)
  /\ IF truth THEN ExplainTell(<<"out", 0>>)
              ELSE ExplainTell(<<"out", 0>>) /\ FALSE

\* It goes without saying why, but these are its values.
ExplainAside(truth) ==
  ExplainTell(<<"aside", 0>>) /\ truth /\ ExplainTell(<<"out", 0>>)
=============================================================================
