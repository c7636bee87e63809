---------------------------- MODULE UnbatchedCalls ----------------------------
(***************************************************************************)
(* Requests to a server, each by itself, as their callers see them. The    *)
(* server executes one at a time, each at most once, in the order in which *)
(* they were asked. It never executes some. A caller is told once: the     *)
(* answer to its own request, after that was executed; or that its request *)
(* was refused, and is not executed; or that the outcome is unknown.       *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANT Call    \* the numbers of calls, from 1, in the order in which they are asked

VARIABLES
  calls,      \* what the callers were told: an outcome, and whose answer it is
  executed    \* the requests that were executed, with how that has ended

vars == <<calls, executed>>

Waits == [outcome |-> "", of |-> 0]
Refused == [outcome |-> "refused", of |-> 0]
Unknown == [outcome |-> "unknown", of |-> 0]
Result == {"ok", "failed"}
Told == {Waits, Refused, Unknown} \cup [outcome : Result, of : Call]
Numbers == {executed[i].id : i \in DOMAIN executed}

Init == calls = <<>> /\ executed = <<>>

Ask ==
  /\ Len(calls) + 1 \in Call
  /\ \E told \in {Waits, Refused} : calls' = Append(calls, told)
  /\ UNCHANGED executed

\* A request is passed over only if its caller waits no longer.
Execute ==
  /\ \E c \in DOMAIN calls, result \in Result :
       /\ calls[c] # Refused /\ \A d \in Numbers : d < c
       /\ \A d \in 1 .. c - 1 : calls[d] = Waits => d \in Numbers
       /\ executed' = Append(executed, [id |-> c, outcome |-> result])
  /\ UNCHANGED calls

\* Any number of callers are told at once.
Answers(c) == {[outcome |-> executed[i].outcome, of |-> c] : i \in {i \in DOMAIN executed : executed[i].id = c}}
Tell ==
  /\ calls' \in [DOMAIN calls -> Told]
  /\ \A c \in DOMAIN calls :
       calls'[c] = calls[c] \/ (calls[c] = Waits /\ calls'[c] \in {Unknown} \cup Answers(c))
  /\ UNCHANGED executed

Next == Ask \/ Execute \/ Tell
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ \A c \in DOMAIN calls : calls[c] \in Told
  /\ \A i \in DOMAIN executed : executed[i] \in [id : Call, outcome : Result]

InOrder == \A i, j \in DOMAIN executed : i < j => executed[i].id < executed[j].id
\* No request is executed before one whose caller waits.
WaitingIsNext ==
  \A c \in DOMAIN calls : calls[c] = Waits /\ c \notin Numbers => \A d \in Numbers : d < c
AnsweredIsExecuted ==
  \A c \in DOMAIN calls : calls[c].outcome \in Result =>
    calls[c].of = c /\ \E i \in DOMAIN executed : executed[i] = [id |-> c, outcome |-> calls[c].outcome]
RefusedIsNotExecuted == \A c \in DOMAIN calls : calls[c] = Refused => c \notin Numbers
ToldIsFinal == [][\A c \in DOMAIN calls : calls[c] # Waits => calls'[c] = calls[c]]_vars

THEOREM Spec => [](TypeOK /\ InOrder /\ WaitingIsNext /\ AnsweredIsExecuted /\ RefusedIsNotExecuted)
THEOREM Spec => ToldIsFinal
=============================================================================
