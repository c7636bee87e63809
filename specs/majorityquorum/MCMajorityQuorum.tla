-------------------------- MODULE MCMajorityQuorum --------------------------
(***************************************************************************)
(* The bounds of MajorityQuorum's models.                                  *)
(***************************************************************************)
EXTENDS RegisterProperties

UpTo2 == 0 .. 2
UpTo3 == 0 .. 3

\* A late answer changes nothing, nor does a request for which no client waits, except a
\* put. A model looks at the other messages only.
Matters(m) ==
  CASE m.type = "put" -> TRUE
    [] m.type = "get" -> m.call = op[m.from].call /\ Waits(m.from)
    [] OTHER -> m.call = op[m.to].call /\ Unheard(m.to, m.from)
Relevant == <<mem, disk, op, own, floor, since, {m \in msgs : Matters(m)}>>

AwaitedBy(m, n) == m.call = op[m.from].call /\ Unheard(m.from, n)
MCServe(n) ==
  \/ \E m \in Requests : AwaitedBy(m, n) /\ (Answer(n, m) \/ Acknowledge(n, m))
  \/ \E m \in Requests : Store(n, m)
MCReceive(c) == \E m \in Answers : m.to = c /\ Matters(m) /\ Receive(c, m)

Works ==
  \/ \E c \in Client : Read(c) \/ (\E v \in Value : Write(c, v)) \/ Proceed(c) \/ MCReceive(c)
  \/ \E n \in Node : MCServe(n) \/ Persist(n) \/ (mem[n] # disk[n] /\ Restart(n, disk[n]))
\* c1 meets the faults in its first write, while c2 does nothing.
Faults ==
  /\ op["c1"].call <= 2 /\ op["c2"].kind = "none"
  /\ (op["c1"].phase = "put" /\ Expire("c1")) \/ \E n \in {"n2", "n3"} : Fail("c1", n)

\* Fairness to all together is weaker than to each, and enough: there is little to do.
MCFairness ==
  /\ WF_vars(\E n \in Node : MCServe(n)) /\ SF_vars(\E n \in Node : Persist(n))
  /\ WF_vars(\E c \in Client : MCReceive(c) \/ Proceed(c))
-----------------------------------------------------------------------------
\* One answer at a time is under way for which a client waits, or one flush.
InTurn == Cardinality({m \in Answers : Matters(m)}) + Cardinality({n \in Node : mem[n] # disk[n]}) <= 1
NoFault(c) == op[c].no = {} /\ op[c].ended # "expired"
\* Which voters answer a phase, where that does not matter.
By(c, phase, some) == op[c].phase = phase => op[c].yes \subseteq some

\* c1 writes. Meanwhile c2 reads twice, with this number of calls for each read.
Reading(calls) ==
  /\ op["c1"].kind # "read" /\ op["c1"].call <= 2 /\ By("c1", "get", {"n1", "n2"})
  /\ op["c1"].call < 2 => op["c2"].kind = "none"
  /\ own["c2"] = 0 /\ op["c2"].kind # "write" /\ op["c2"].call <= 2 * calls
  /\ op["c2"].yes \subseteq IF op["c2"].call <= calls THEN {"n1", "n2"} ELSE {"n2", "n3"}
  /\ NoFault("c1")

\* Both write, c1 first.
Writes ==
  /\ \A c \in Client : op[c].kind # "read" /\ op[c].call <= 2
  /\ op["c2"].call <= op["c1"].call
  /\ op["c1"].yes \subseteq {"n1", "n2"} /\ op["c2"].yes \subseteq {"n2", "n3"}
  /\ NoFault("c1")

\* c1 writes. Replicas refuse, or the time is over. c1 may write again when it does not know
\* the outcome, and c2 reads, both without faults.
GivesUp ==
  /\ op["c1"].kind # "read" /\ op["c1"].call <= 4 /\ By("c1", "get", {"n1", "n2"})
  /\ op["c1"].call > 2 => op["c1"].yes \subseteq {"n1", "n2"} /\ since["c1"].any = 0
  /\ own["c2"] = 0 /\ op["c2"].kind # "write" /\ op["c2"].call <= 2
  /\ op["c2"].yes \subseteq {"n1", "n3"}
  /\ op["c2"].call > 0 => op["c1"].phase = "over" /\ op["c1"].call >= 2

Small        == InTurn /\ (Reading(2) \/ Writes \/ GivesUp)
RegularReads == InTurn /\ Reading(1)
\* One of them does something. What has begun can come to its end: any voter may answer, since
\* the others may have refused, and there is a call left to put.
MayEnd(c) == op[c].call + (IF op[c].phase = "get" THEN 1 ELSE 0) <= 3
Ending ==
  /\ InTurn /\ MayEnd("c1") /\ MayEnd("c2") /\ op["c1"].kind # "read" /\ op["c2"].kind # "write"
  /\ op["c1"].call = 0 \/ op["c2"].call = 0
MCSpec == Init /\ [][Works \/ Faults]_vars /\ MCFairness
C1Ends == OperationEnds("c1")
C2Ends == OperationEnds("c2")
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

NumbersTie        == \E a, b \in Cells \ {NoCell} : a.number = b.number /\ a.by # b.by
OneIsUnknown      == \E c \in Client : op[c].outcome = "unknown"
UnknownIsRead     == \E c, d \in Client : /\ op[c].kind = "read" /\ op[c].outcome = "done"
                                          /\ op[d].outcome = "unknown" /\ op[c].cell.by = d
FailsAtOnce       == \E c \in Client : op[c].ended = "failure" /\ Cardinality(op[c].yes) = 1
ReaderSpreads     == \E m \in msgs : m.type = "put" /\ m.from # m.cell.by /\ m.cell # NoCell
UnflushedIsLost   == \E n \in Node : Order(mem'[n]) < Order(mem[n])
OlderComesLate    == \E n \in Node, m \in Requests : m.type = "put" /\ Order(m.cell) < Order(mem[n])
OnlyOneHasIt      == \E c \in Client : /\ op[c].kind = "read" /\ op[c].outcome = "done" /\ floor.write = 0
                                       /\ op[c].cell # NoCell
WritesAgain       == own["c1"] = 2
FollowerFollows   == \E n \in Node \ Voter : disk[n] # NoCell
=============================================================================
