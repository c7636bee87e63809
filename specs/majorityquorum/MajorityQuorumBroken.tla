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

\* Both write at the same time, without faults, and c2 reads afterwards.
Ties ==
  /\ op["c1"].kind # "read" /\ op["c1"].call <= 2 /\ NoFault("c1")
  /\ op["c2"].call <= 4 /\ (op["c2"].kind = "read" => own["c2"] = 1)
  /\ op["c1"].yes \subseteq {"n1", "n2"} /\ op["c2"].yes \subseteq {"n2", "n3"}
=============================================================================
