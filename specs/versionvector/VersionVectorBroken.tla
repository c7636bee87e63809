------------------------ MODULE VersionVectorBroken ------------------------
(***************************************************************************)
(* Each rule of VersionVector left out, for broken/RULE.cfg to choose one. *)
(***************************************************************************)
EXTENDS MCVersionVector

\* SeenByReader: the context has what is replaced, and not what the client has read. Its write
\* replaces none of the siblings, and there are more of them each time.
TooCoarse(s) == [a \in {a \in DOMAIN s : Replaced(s[a]) > 0} |-> Replaced(s[a])]

\* SeenByWriter: a write replaces all that its replica has.
SeenByReplica(n, v) == ContextOf(store[n])

\* Accepted: a new write takes the place of all earlier ones of its actor.
InPlace(e, val) == [n |-> e.n + 1, vals |-> <<val>>]

\* IsKept: a value that the other state has seen goes, also if that has it still.
IsUnseen(number, other) == number > other.n

\* Join: the last write wins. The clock of the client that has written x is ahead.
Stamp == [x |-> 4, y |-> 2, z |-> 3]
LastWins(s, t) ==
  LET joined == [a \in Remembered(s, t) |-> JoinEntry(At(s, a), At(t, a))]
      isLast(v) == \A w \in Values(joined) : Stamp[w] <= Stamp[v]
  IN  [a \in DOMAIN joined |-> [joined[a] EXCEPT !.vals = SelectSeq(@, isLast)]]

\* Remembered: the usual pruning. An actor of which no value is left is forgotten.
WithValues(s, t) ==
  {a \in DOMAIN s \cup DOMAIN t : JoinEntry(At(s, a), At(t, a)).vals # <<>>}

\* IsBehind: an actor that one vector does not have is not compared.
BehindInCommon(v, w) == \E a \in DOMAIN v \cap DOMAIN w : v[a] < w[a]

\* IsNewName: a replica keeps its name.
AnyName(n, i) == i >= latest[n][n]

\* MayPrune: an actor is pruned when none of its values is left here.
WithoutValues(n) == TRUE

\* MayLearn: what a replica has may be lost, though others know that it knows.
LearnsAtOnce(n) == TRUE

\* MayTake: a replica takes all that comes.
TakesAll(n, v, known) == TRUE
=============================================================================
