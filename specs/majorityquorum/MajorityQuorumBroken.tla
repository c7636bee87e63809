------------------------ MODULE MajorityQuorumBroken ------------------------
(***************************************************************************)
(* Each rule of MajorityQuorum left out, for broken/RULE.cfg to choose     *)
(* one.                                                                    *)
(***************************************************************************)
EXTENDS MCMajorityQuorum

\* ReadQuorum: one too few. In an even group half writes, and the other half reads.
OneLess == Cardinality(Voter) - WriteQuorum

\* HasVote: every replica counts that answers.
AnyNode(n) == TRUE

\* Needs: replicas that have refused are not asked for, and a quorum of the others is enough.
OfTheLive(quorum, refused) == quorum - Cardinality(refused)

\* IsNewer: the numbers are compared, and the writers' names are not.
ByNumber(a, b) == a.number > b.number

\* Newest: the first answer with a value counts.
First(a, b) == IF a = NoCell THEN b ELSE a

\* NextNumber: the client forgets what it has chosen itself.
OnlySeen(seen, last) == seen + 1

\* WritesBack: a reader puts nothing.
NoPut == FALSE

\* MayStore: the last put that arrives wins.
Always(n, cell) == mem[n] # cell

\* MayAcknowledge: the replica says yes before the flush.
FromMemory(n, cell) == ~IsNewer(cell, mem[n])

\* OutcomeOfPut: a put that too many replicas have refused has failed.
AsFailed(ended) == IF ended = "failure" THEN "failed" ELSE "unknown"
-----------------------------------------------------------------------------
Reads == Reading(2)

\* n1 may answer c1 before it has flushed. c2 reads when c1's write is done.
Quick ==
  /\ Reading(2) /\ op["c2"].call <= 2 /\ (op["c2"].call > 0 => op["c1"].phase = "over")
  /\ Cardinality({m \in Answers : Matters(m)}) <= 1
  /\ mem["n2"] = NoCell /\ Cardinality({n \in Node : mem[n] # disk[n]}) <= 1

\* c1's put does not come to its end. c2 writes meanwhile, and then reads.
Pending ==
  /\ op["c1"].kind # "read" /\ op["c1"].call <= 2 /\ NoFault("c1")
  /\ By("c1", "get", {"n1", "n2"}) /\ By("c1", "put", {})
  /\ op["c2"].call > 0 => op["c1"].call = 2
  /\ op["c2"].call <= 4 /\ (op["c2"].kind = "read" => own["c2"] = 1)
  /\ InTurn
\* Both come to n2 and n3.
Ties == Pending /\ mem["n1"] = NoCell /\ op["c2"].yes \subseteq {"n2", "n3"}
\* c1's come to n2, and c2's to the others.
Mixed ==
  /\ Pending /\ op["c2"].yes \subseteq IF op["c2"].call = 2 THEN {"n1", "n3"} ELSE {"n2", "n3"}
  /\ mem["n2"].by # "c2" /\ mem["n1"].by # "c1" /\ mem["n3"].by # "c1"
=============================================================================
