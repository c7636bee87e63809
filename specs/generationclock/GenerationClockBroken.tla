------------------------ MODULE GenerationClockBroken ------------------------
(***************************************************************************)
(* Each rule of GenerationClock left out, for broken/RULE.cfg to choose    *)
(* one.                                                                    *)
(***************************************************************************)
EXTENDS MCGenerationClock

\* IsNewer: an equal number is adopted too, which is a second vote in one generation.
NotOlder(own, number) == number >= own

\* IsStale: an equal number is refused, and so is the present leader.
NotNewer(own, number) == number <= own

\* Raised: a candidate uses the number that it has, with which it may have voted.
TheSame(own) == IF own = 0 THEN 1 ELSE own

\* IsPersisted: a message is sent at once, before what it mentions is durable.
AtOnce(x) == TRUE

\* IsVoteFor: a vote for an earlier election counts too.
AnyVote(n, m) == TRUE

\* HasQuorum: one vote is enough.
AnyVoter(voters) == voters # {}

\* RoleAfterAdopting: the node adopts the number and goes on as before.
AsBefore(n) == role[n]

\* MayAccept: the number of an order is not looked at, since a heartbeat's is.
AnyOrder(n, m) == m.gen <= gen[n]

\* MayApply: the number of a write is not looked at either.
AnyWrite(m) == m.gen <= gen[Store]

\* RefusalNumber: the refusal says which number was refused.
ItsOwn(x, m) == m.gen

\* StartsAt: the number is that of the last entry.
LastEntrys(kept) == kept.entry.gen

\* FenceStartsAt: the store's number was in memory only.
InMemoryOnly(kept) == 0
-----------------------------------------------------------------------------
(* The models in which some of that shows.                                 *)

\* n1 and n2 both stand for 1 and get votes from n3 alone.
Twice ==
  /\ \A x \in Holder : gen[x] <= 1
  /\ \A m \in Of("grant") : m.from = "n3"

\* n3 votes for n1 in the first generation, and for n2 in the second.
Late ==
  /\ \A m \in Of("grant") : m.from = "n3" /\ m.to = (IF m.gen = 1 THEN "n1" ELSE "n2")
  /\ role["n2"] # "follower" => gen["n2"] = 2

\* It begins with a leader that was deposed, which GenerationClockDeposed.cfg reaches.
AfterDeposed == N1IsDeposed /\ [][Next]_vars

\* Nothing is ordered or refused.
Outside == Obeyed /\ Of("order") \cup Of("refused") = {}
=============================================================================
