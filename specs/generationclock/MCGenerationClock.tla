------------------------- MODULE MCGenerationClock -------------------------
(***************************************************************************)
(* The bounds of GenerationClock's models.                                 *)
(***************************************************************************)
EXTENDS Leadership

UpTo2 == 0 .. 2

Of(type) == {m \in msgs : m.type = type}

\* What all parts have in common: n3 does not stand for election, and one holder
\* at a time has something that is not durable.
Bounded ==
  /\ role["n3"] = "follower"
  /\ Cardinality({x \in Holder : disk[x] # Memory(x)}) <= 1

\* An election: n1 and n2 stand for any number, and have nothing to say yet.
Election == Of("beat") \cup Of("order") \cup Of("write") \cup Of("refused") = {}

\* Both stand for 1, or n1 alone for any number.
SplitVote ==
  /\ Election
  /\ \/ \A x \in Holder : gen[x] <= 1
     \/ role["n2"] = "follower" /\ \A m \in Of("ask") : m.from = "n1"

\* A succession: n1 leads by the vote of n2, and then n2 by that of n3.
Succession ==
  /\ role["n1"] # "follower" => gen["n1"] = 1
  /\ role["n2"] # "follower" => gen["n2"] = 2
  /\ \A m \in Of("grant") : m.from = IF m.to = "n1" THEN "n2" ELSE "n3"
  /\ (\E x \in Holder : gen[x] = 2) => led # {}

\* Both give orders to n3, or both write to the store. One answer is enough.
Obeyed ==
  /\ Succession
  /\ Of("beat") = {}
  /\ Of("order") = {} \/ Of("write") = {}
  /\ \A x \in {"n1", "n2"} : entry[x] = NoEntry
  /\ Cardinality(Of("refused") \cup Of("done")) <= 1

\* Both send heartbeats, which are all that is refused. No step under fairness
\* leads out of this part.
Behind ==
  /\ Succession
  /\ Of("order") \cup Of("write") = {}
  /\ \A m \in Of("refused") : \E b \in Of("beat") : b.from = m.to /\ b.gen = m.refused

\* n1 leads the first generation, and n2 the second. n1 does not know of it, and the
\* store of neither.
N1IsDeposed ==
  LET number == [x \in Holder |-> CASE x = "n1" -> 1 [] x = Store -> 0 [] OTHER -> 2]
  IN  /\ gen = number /\ entry = [x \in Holder |-> NoEntry]
      /\ disk = [x \in Holder |-> [gen |-> number[x], entry |-> NoEntry]]
      /\ role = [n \in Node |-> IF n = "n3" THEN "follower" ELSE "leader"]
      /\ voted = [n \in Node |-> IF n = "n1" THEN "n1" ELSE "n2"]
      /\ votes = [n \in Node |-> CASE n = "n1" -> {"n1", "n2"}
                                     [] n = "n2" -> {"n2", "n3"} [] OTHER -> {}]
      /\ msgs = UNION {{[type |-> "ask", from |-> pair[1], gen |-> pair[3]],
                       [type |-> "grant", from |-> pair[2], to |-> pair[1], gen |-> pair[3]]}
                        : pair \in {<<"n1", "n2", 1>>, <<"n2", "n3", 2>>}}
      /\ led = {[gen |-> 1, node |-> "n1"], [gen |-> 2, node |-> "n2"]}
NeverDeposed == ~N1IsDeposed

Small == Bounded /\ (SplitVote \/ Obeyed \/ Behind)

\* In this part a deposed leader finds out: its heartbeats are refused.
FindsOut == Bounded /\ Behind

\* n1 is the leader that is deposed. What is fair to the others does not matter.
MCSpec == /\ Init /\ [][Next]_vars
          /\ (\A x \in Holder : WF_vars(Persist(x))) /\ FairToStore /\ FairTo("n1")
N1Follows == Deposed("n1") ~> role["n1"] # "leader"
N1Asks == Stands("n1", 1) ~> ~Stands("n1", 1) \/ Sent("ask", "n1", 1) # {}
N1Leads == Elected("n1", 1) ~> ~Stands("n1", 1)
StoreIsDurable == []<>(disk[Store] = Memory(Store))
StoreApplies == Due(1) ~> gen[Store] > 1 \/ entry[Store].gen = 1

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

VotesAreSplit    == role["n1"] = "candidate" /\ role["n2"] = "candidate" /\ gen["n1"] = gen["n2"]
TwoLead          == role["n1"] = "leader" /\ role["n2"] = "leader"
LeaderIsTaught   == \E n \in Node : role[n] = "leader" /\ gen'[n] > gen[n]
OrderIsAccepted  == \E n \in Node : entry[n].gen = 2
StaleIsRefused   == \E m \in Of("refused") : m.from = "n3"
FenceRefuses     == \E m \in Of("refused") : m.from = Store
StoreApplies2    == entry[Store].gen = 2
UnflushedIsLost  == \E x \in Holder : gen'[x] < gen[x]
UnflushedIsKept  == \E n \in Node : disk[n] # Memory(n) /\ disk'[n] = Memory(n) /\ voted'[n] # voted[n]
AnswerLeaves     == Of("done") # {}
=============================================================================
