---------------------------- MODULE FencingToken ----------------------------
(***************************************************************************)
(* What Generation Clock gives to an outside resource, said without        *)
(* leaders: a register of the highest token that the resource has accepted.*)
(* The register never falls, and no write is applied whose token is below  *)
(* it.                                                                     *)
(***************************************************************************)
EXTENDS Naturals

CONSTANT Token    \* the numbers; finite in a model

VARIABLES
  token,    \* the highest token that the resource has accepted
  last      \* the token of the last write that it has applied; 0 for none

vars == <<token, last>>

Init == token = 0 /\ last = 0

\* The resource hears of a higher token.
Raise(t) ==
  /\ t > token
  /\ token' = t
  /\ UNCHANGED last

\* It applies a write. It may have heard of a higher token by the time when the
\* write is durable, but not when it decided to apply it.
Apply(t, known) ==
  /\ t >= token
  /\ known >= t
  /\ token' = known
  /\ last' = t

Next ==
  \/ \E t \in Token : Raise(t)
  \/ \E t, known \in Token : Apply(t, known)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

TypeOK == token \in Token /\ last \in Token

NoWriteAboveTheToken == last <= token

TokenNeverFalls == [][token' >= token]_vars

WritesComeInOrder == [][last' >= last /\ (last' # last => last' >= token)]_vars

THEOREM Spec => [](TypeOK /\ NoWriteAboveTheToken) /\ TokenNeverFalls /\ WritesComeInOrder
=============================================================================
