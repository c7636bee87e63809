------------------------- MODULE MajorityQuorumSteps -------------------------
(***************************************************************************)
(* How the replicas and clients in impl/majorityquorum speak of their      *)
(* steps.                                                                  *)
(***************************************************************************)
EXTENDS MajorityQuorum, Steps

Group == "group"     \* the node of the step that no client and no replica takes

\* The clients whose operations are not over, and the replicas that have not flushed what they
\* have stored. An observer says that there are none.
Owing == {c \in Client : op[c].phase # "over"} \cup {n \in Node : mem[n] # disk[n]}
Quiet == Owing = {} /\ UNCHANGED vars

View(x) ==
  IF x = Group THEN [owing |-> Members(Owing)]
  ELSE IF x \in Node THEN [mem |-> mem[x], disk |-> disk[x]]
  ELSE [kind |-> op[x].kind, phase |-> op[x].phase, value |-> op[x].value, call |-> op[x].call,
        cell |-> op[x].cell, quorum |-> op[x].quorum, yes |-> Members(op[x].yes),
        no |-> Members(op[x].no), ended |-> op[x].ended, outcome |-> op[x].outcome, own |-> own[x]]

StepsNetwork == msgs

\* A message under way changes nothing until it arrives. No step reads a ghost.
StepsState == <<mem, disk, op, own>>

StepsNext ==
  \/ \E c \in Arg("node", Client) : Step("Read", [node |-> c], Read(c))
  \/ \E c \in Arg("node", Client), v \in Arg("value", Value) :
       Step("Write", [node |-> c, value |-> v], Write(c, v))
  \/ \E c \in Arg("node", Client), m \in Arg("answer", Answers) :
       Step("Receive", [node |-> c, answer |-> m], Receive(c, m))
  \/ \E c \in Arg("node", Client), n \in Arg("replica", Node) :
       Step("Fail", [node |-> c, replica |-> n], Fail(c, n))
  \/ \E c \in Arg("node", Client) : Step("Expire", [node |-> c], Expire(c))
  \/ \E c \in Arg("node", Client) : Step("Choose", [node |-> c], Choose(c))
  \/ \E c \in Arg("node", Client) : Step("WriteBack", [node |-> c], WriteBack(c))
  \/ \E c \in Arg("node", Client) : Step("Return", [node |-> c], Return(c))
  \/ \E n \in Arg("node", Node), m \in Arg("request", Requests) :
       Step("Answer", [node |-> n, request |-> m], Answer(n, m))
  \/ \E n \in Arg("node", Node), m \in Arg("request", Requests) :
       Step("Store", [node |-> n, request |-> m], Store(n, m))
  \/ \E n \in Arg("node", Node) : Step("Persist", [node |-> n], Persist(n))
  \/ \E n \in Arg("node", Node), m \in Arg("request", Requests) :
       Step("Acknowledge", [node |-> n, request |-> m], Acknowledge(n, m))
  \/ \E n \in Arg("node", Node) :
       \E kept \in Arg("kept", {disk[n], mem[n]}) :
         Step("Restart", [node |-> n, kept |-> kept], Restart(n, kept))
  \/ Step("Quiet", [node |-> Group], Quiet)

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after every step.                  *)
ChosenIsOwn == \A c \in Client : op[c].cell.by = c => op[c].cell.number <= own[c]

\* The model that is explored: c1 writes, and when that is done, c2 reads or writes; or both
\* write at once. n3 has no vote, and takes part as long as c1 puts.
Under(c) == {m \in Answers : m.to = c /\ m.call = op[c].call /\ Unheard(c, m.from)}
Old(c)   == {m \in Answers : m.to = c /\ m.call < op[c].call}
InTurn ==
  /\ op["c2"].call > 0 => /\ op["c1"].call = 2 /\ op["c1"].outcome = "done"
                         /\ \A n \in Node : mem[n] = disk[n]
  /\ op["c1"].phase = "put" \/ mem["n3"] = NoCell
  /\ Cardinality(op["c1"].no) <= 1
\* c2 gets before a put of c1 arrives, and chooses the same number. Both puts come to n1.
AtOnce ==
  /\ op["c2"].kind = "write" /\ op["c1"].phase = "put" /\ op["c1"].ended = ""
  /\ op["c1"].yes \cup op["c1"].no = {}
  /\ \A n \in Node : mem[n] # NoCell => n = "n1" /\ op["c2"].phase = "put"
Explored ==
  /\ op["c1"].kind # "read"
  /\ \A c \in Client : op[c].call <= 2 /\ Cardinality(Old(c)) <= 1
  /\ Cardinality({n \in Node : mem[n] # disk[n]}) + Cardinality(Under("c1") \cup Under("c2")) <= 1
  /\ op["c2"].no = {} /\ op["c2"].ended # "expired"
  /\ op["c2"].phase = "get" => op["c2"].yes \subseteq {"n2"}
  /\ InTurn \/ AtOnce
=============================================================================
