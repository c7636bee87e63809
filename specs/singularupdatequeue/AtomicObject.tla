---------------------------- MODULE AtomicObject ----------------------------
(***************************************************************************)
(* The promise of a singular update queue, without a queue: an object that *)
(* many clients ask at once, and that answers as if they had come one by   *)
(* one. Each request takes effect in one step, after it was asked and      *)
(* before it is answered; or it has no effect at all, and its answer says  *)
(* so. Either way it gets one answer.                                      *)
(*                                                                         *)
(* The object is a register. A request puts its value in and gets the one  *)
(* that was there, so that the answers alone show the order.               *)
(***************************************************************************)
EXTENDS Sequences, Naturals

CONSTANTS Value, First

VARIABLES
  object,    \* what is in the register
  asked,     \* the requests, in the order in which they came
  answer     \* the answer of each request

vars == <<object, asked, answer>>

\* The answers to a request that is not served, or not to its end.
No == {"rejected", "dropped", "gaveUp", "stopped", "failed", "panicked"}

Nothing   == [told |-> "none", value |-> ""]
Told(how) == [told |-> how, value |-> ""]
Done(old) == [told |-> "done", value |-> old]

Pending == {r \in DOMAIN answer : answer[r] = Nothing}

Refused(S, how) ==
  [r \in DOMAIN answer |-> IF r \in S THEN Told(how) ELSE answer[r]]

Init == object = First /\ asked = <<>> /\ answer = <<>>

\* A request comes; if one must go for that, it is the new one or another.
Ask(request) ==
  /\ asked' = Append(asked, request)
  /\ \/ answer' = Append(answer, Nothing)
     \/ answer' = Append(answer, Told("rejected"))
     \/ \E r \in Pending : answer' = Append(Refused({r}, "dropped"), Nothing)
  /\ UNCHANGED object

\* The moment in which a request takes effect.
Perform(r) ==
  /\ r \in Pending
  /\ object' = asked[r].value
  /\ answer' = [answer EXCEPT ![r] = Done(object)]
  /\ UNCHANGED asked

\* One request is refused, or at the end all that are left.
Refuse(S, how) ==
  /\ UNCHANGED <<object, asked>>
  /\ answer' = Refused(S, how)

Next ==
  \/ \E v \in Value, from \in {"client", "worker"} :
       Ask([value |-> v, from |-> from])
  \/ \E r \in Pending : Perform(r)
  \/ \E r \in Pending, how \in No : Refuse({r}, how)
  \/ \E S \in SUBSET Pending : Refuse(S, "stopped")

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What must hold.                                                         *)

Request == [value : Value, from : {"client", "worker"}]

TypeOK ==
  /\ object \in Value \cup {First}
  /\ \A r \in DOMAIN asked : asked[r] \in Request
  /\ DOMAIN answer = DOMAIN asked
  /\ \A r \in DOMAIN answer :
       answer[r] \in {Nothing} \cup {Told(how) : how \in No}
                               \cup {Done(v) : v \in Value \cup {First}}

\* The requests that were served can be put in an order in which each gets the
\* value of the one before it, and the last one's value is in the register.
Served == {r \in DOMAIN answer : answer[r].told = "done"}

Orders(n) == {f \in [1 .. n -> Served] : \A i, j \in 1 .. n : f[i] = f[j] => i = j}

OneByOne ==
  \E n \in {Len(asked) - k : k \in 0 .. Len(asked)} :
    \E f \in Orders(n) :
      LET put(i) == IF i = 0 THEN First ELSE asked[f[i]].value
      IN  /\ {f[i] : i \in 1 .. n} = Served
          /\ \A i \in 1 .. n : answer[f[i]].value = put(i - 1)
          /\ object = put(n)

\* A request gets one answer.
AnsweredOnce ==
  [][\A r \in DOMAIN answer :
       /\ r \in DOMAIN answer'
       /\ answer[r] = Nothing \/ answer'[r] = answer[r]]_vars

THEOREM Spec => [](TypeOK /\ OneByOne)
THEOREM Spec => AnsweredOnce
=============================================================================
