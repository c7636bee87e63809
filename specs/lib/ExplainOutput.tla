---------------------------- MODULE ExplainOutput ---------------------------
(***************************************************************************)
(* How an explained spec says what its expressions come to. The checker    *)
(* numbers the expressions, and puts the uses of these operators into a    *)
(* copy of the spec.                                                       *)
(***************************************************************************)
LOCAL INSTANCE Output

ExplainPrint(what) == OutputPrint(what)

\* The next to be evaluated: if TLC fails, it was this one.
ExplainAt(number) == ExplainPrint(<<"at", number>>)

\* A value travels as text, because not all that TLC prints can be read back.
ExplainIs(number, value) == ExplainPrint(<<"is", number, OutputText(value)>>)

ExplainBound(name, value) == ExplainPrint(<<"bound", name, OutputText(value)>>)

ExplainVariable(name, value) == ExplainPrint(<<"variable", name, OutputText(value)>>)

\* An action, gone through as a state function: TLC would go on behind it. If all
\* holds that speaks of the state before, it is taken.
ExplainTried(truth) == IF truth THEN ExplainPrint(<<"held", 0>>) ELSE FALSE

\* A part about the next state comes next; it holds; an operand of it; TLC comes
\* back to before it.
ExplainBegin(number) == ExplainPrint(<<"begin", number>>)
ExplainPassed(number) == ExplainPrint(<<"passed", number>>)
ExplainOperand(number, value) == ExplainPrint(<<"operand", number, OutputText(value)>>)
ExplainEnd(number) == ExplainPrint(<<"end", number>>) /\ FALSE

\* A quantifier of the Steps module is entered.
ExplainScope(number) == ExplainPrint(<<"scope", number>>)

\* What is said meanwhile explains what was said last.
ExplainWithin(truth) ==
  /\ ExplainPrint(<<"in", 0>>)
  /\ IF truth THEN ExplainPrint(<<"out", 0>>)
              ELSE ExplainPrint(<<"out", 0>>) /\ FALSE

\* It goes without saying why, but these are its values.
ExplainAside(truth) ==
  ExplainPrint(<<"aside", 0>>) /\ truth /\ ExplainPrint(<<"out", 0>>)
=============================================================================
