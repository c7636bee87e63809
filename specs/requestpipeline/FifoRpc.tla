------------------------------- MODULE FifoRpc -------------------------------
(***************************************************************************)
(* Calls to a server, as their callers see them. The server processes them *)
(* in the order in which they were asked, each once. A caller is told the  *)
(* answer to its own request, or that the outcome is unknown, or that its  *)
(* request was not sent and will not be processed.                         *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANT Text    \* the bodies of requests, which name their calls

VARIABLES
  calls,       \* in the order in which they were asked: text, and what the caller was told
  processed    \* the texts of those that the server has processed

vars == <<calls, processed>>

Outcome(text) == {"unknown", "not sent", text}
IsProcessed(text) == \E i \in DOMAIN processed : processed[i] = text
Index(text) == CHOOSE k \in DOMAIN calls : calls[k].text = text

Init == calls = <<>> /\ processed = <<>>

Ask ==
  \E text \in Text :
    /\ \A k \in DOMAIN calls : calls[k].text # text
    /\ calls' = Append(calls, [text |-> text, told |-> ""])
    /\ UNCHANGED processed

\* A call is passed over only if its caller does not wait any longer.
MayProcess(k) ==
  /\ calls[k].told # "not sent" /\ \A i \in DOMAIN processed : Index(processed[i]) < k
  /\ \A j \in 1 .. k - 1 : calls[j].told = "" => IsProcessed(calls[j].text)
Process ==
  \E k \in DOMAIN calls :
    /\ MayProcess(k)
    /\ processed' = Append(processed, calls[k].text)
    /\ UNCHANGED calls

MayTell(call, outcome) ==
  /\ call.told = "" /\ outcome \in Outcome(call.text)
  /\ outcome = call.text => IsProcessed(call.text)
  /\ outcome = "not sent" => ~IsProcessed(call.text)
\* Any number of callers are told at once.
Tell ==
  /\ calls' \in [DOMAIN calls -> [text : Text, told : Text \cup {"", "unknown", "not sent"}]]
  /\ \A k \in DOMAIN calls :
       calls'[k] = calls[k]
         \/ (calls'[k].text = calls[k].text /\ MayTell(calls[k], calls'[k].told))
  /\ UNCHANGED processed

Next == Ask \/ Process \/ Tell
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ \A k \in DOMAIN calls : calls[k].text \in Text /\ calls[k].told \in {""} \cup Outcome(calls[k].text)
  /\ \A i \in DOMAIN processed : \E k \in DOMAIN calls : calls[k].text = processed[i]

InOrder == \A i, j \in DOMAIN processed : i < j => Index(processed[i]) < Index(processed[j])
\* No call is processed before one whose caller waits.
WaitingIsNext ==
  \A k \in DOMAIN calls : calls[k].told = "" /\ ~IsProcessed(calls[k].text) =>
    \A i \in DOMAIN processed : Index(processed[i]) < k
AnsweredIsProcessed == \A k \in DOMAIN calls : calls[k].told = calls[k].text => IsProcessed(calls[k].text)
NotSentIsNotProcessed == \A k \in DOMAIN calls : calls[k].told = "not sent" => ~IsProcessed(calls[k].text)
ToldIsFinal == [][\A k \in DOMAIN calls : calls[k].told # "" => calls'[k] = calls[k]]_vars

THEOREM Spec => [](TypeOK /\ InOrder /\ WaitingIsNext /\ AnsweredIsProcessed /\ NotSentIsNotProcessed)
THEOREM Spec => ToldIsFinal
=============================================================================
