------------------------------- MODULE Compare ------------------------------
(***************************************************************************)
(* Equality for what comes from outside. TLC ends with an error where a    *)
(* number is compared with a string; here they are different, no more. It  *)
(* takes longer, so Replay uses it only after an evaluation error.         *)
(*                                                                         *)
(* The text of a value tells its kind: TLC has no other way to ask.        *)
(***************************************************************************)
LOCAL INSTANCE Naturals
LOCAL INSTANCE Sequences
LOCAL INSTANCE FiniteSets
LOCAL INSTANCE TLC

CompareKind(v) ==
  LET text == ToString(v)
      first == SubSeq(text, 1, 1)
  IN  CASE first = "\"" -> "string"
        [] first = "<" -> "sequence"
        [] first \in {"[", "("} -> "function"
        [] first = "{" -> "set"
        [] first \in {"-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} ->
             IF \E i \in 1 .. Len(text) : SubSeq(text, i, i) = "." THEN "set" ELSE "number"   \* 1..9
        [] text \in {"TRUE", "FALSE"} -> "boolean"
        [] OTHER -> "model value"      \* TLC compares it with anything

LOCAL Sample(S) == CHOOSE v \in S : TRUE

RECURSIVE CompareSame(_, _)

LOCAL SameFunction(f, g) ==
  IF DOMAIN f = {} \/ DOMAIN g = {}
  THEN DOMAIN f = {} /\ DOMAIN g = {}
  ELSE /\ CompareKind(Sample(DOMAIN f)) = CompareKind(Sample(DOMAIN g))
       /\ DOMAIN f = DOMAIN g
       /\ \A x \in DOMAIN f : CompareSame(f[x], g[x])

CompareSame(a, b) ==
  /\ CompareKind(a) = CompareKind(b)
  /\ IF CompareKind(a) \in {"sequence", "function"} THEN SameFunction(a, b) ELSE a = b

\* The text of a set that TLC does not enumerate says what its members are:
\* the set is infinite, or too large.
LOCAL KindsOfMembers(S) ==
  LET text == ToString(S)
      begins(word) == Len(text) > Len(word) /\ SubSeq(text, 1, Len(word)) = word
  IN  CASE text \in {"Int", "Nat"} -> {"number"}
        [] text = "STRING" -> {"string"}
        [] begins("Seq(") -> {"sequence"}
        [] begins("[") -> {"sequence", "function"}
        [] begins("SUBSET ") -> {"set"}
        [] OTHER -> {}

\* One member stands for the kind of all: TLC could not hold S if they were not alike. An
\* empty function is a sequence.
LOCAL MayHold(S, v) ==
  LET kind == CompareKind(Sample(S))
  IN  kind \in {CompareKind(v), "model value"} \/ {kind, CompareKind(v)} = {"sequence", "function"}

\* The members of S that are the value v: one or none. It is the spec's own value, except in a
\* set that TLC does not enumerate, and where it can be no other: a range of numbers is long.
CompareMembers(S, v) ==
  LET kinds == KindsOfMembers(S)
  IN  IF kinds # {} THEN {x \in {v} : CompareKind(x) \in kinds /\ x \in S}
      ELSE IF IF S = {} THEN TRUE ELSE ~MayHold(S, v) THEN {}
      ELSE IF CompareKind(v) \in {"number", "boolean"} THEN {x \in {v} : x \in S}
      ELSE {x \in S : IF CompareKind(x) = "model value" THEN x = v ELSE CompareSame(x, v)}
=============================================================================
