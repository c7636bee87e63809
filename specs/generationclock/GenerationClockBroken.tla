------------------------ MODULE GenerationClockBroken ------------------------
(***************************************************************************)
(* Each rule of GenerationClock left out, for broken/RULE.cfg to choose    *)
(* one.                                                                    *)
(***************************************************************************)
EXTENDS MCGenerationClock

\* An equal number is adopted too: a second vote in one generation.
NotOlder(own, number) == number >= own

\* An equal number is refused: the present leader is.
NotNewer(own, number) == number <= own

\* A candidate uses the number that it has, with which it may have voted.
TheSame(own) == IF own = 0 THEN 1 ELSE own

AtOnce(x) == TRUE

AnyVote(n, m) == TRUE

Anyone(voters) == voters # {}

\* The node adopts the number and goes on as before.
AsBefore(n) == role[n]

\* Orders and writes are not looked at, since heartbeats are.
AnyOrder(n, m) == m.gen <= gen[n]
AnyWrite(m) == m.gen <= gen[Store]

\* The refusal says which number was refused.
ItsOwn(x, m) == m.gen

\* The number is that of the last entry.
LastEntrys(kept) == kept.entry.gen

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

\* Nothing is ordered, refused or acknowledged.
Outside == Obeyed /\ Of("order") \cup Of("refused") \cup Of("done") = {}
=============================================================================
