--------------------------- MODULE MCAntiEntropy ---------------------------
(***************************************************************************)
(* Bounds for the model of AntiEntropy. An answer is a condition on the    *)
(* next state there, so the model tries all of them.                       *)
(***************************************************************************)
EXTENDS AntiEntropy

\* Answers whose delta leaves out owners (-1), or is truncated, or says too much (by a
\* version, or by a generation: 3), such that ask for everything as if nothing was known,
\* and such that name another sender or receiver. Answer does not allow the last ones.
Answers(m, owners) ==
  LET has  == Learned(m, owners)
      push == {o \in DOMAIN m.digest : IsBehind(m.digest[o], has[o])}
      pull == Whole(m).digest
  IN  {[from |-> from, to |-> to, digest |-> digest,
        delta |-> [o \in {o \in push : end[o] >= 0} |->
                     IF end[o] = 3 THEN [gen |-> has[o].gen + 1, ver |-> 0]
                                   ELSE [gen |-> has[o].gen, ver |-> end[o]]]] :
       end \in [push -> -1 .. 3], digest \in {pull, [o \in DOMAIN pull |-> Nothing]},
       from \in Node, to \in Node}

MCNext ==
  \/ Disturbance
  \/ \E n \in Node, s \in Seed : Digest(n, s, Node)
  \/ \E m \in msgs : \E owners \in {{}, DOMAIN m.delta} :
       \/ Receive(m, owners) /\ UNCHANGED msgs
       \/ \E r \in Answers(m, owners) : Answer(m, owners, r)

MCSpec == Init /\ [][MCNext]_vars /\ Fairness

\* One message at a time; one that is lost is lost when the next one is sent. The seed
\* updates nothing, and one node starts again.
Small ==
  /\ \A m, r \in msgs : m = r
  /\ \A n \in Node : known[n][n].ver <= IF n \in Seed THEN 0 ELSE 3 - generation[n]
  /\ \A n, o \in Node : generation[n] + (IF n = o THEN 1 ELSE generation[o]) <= 3

\* Only a node that is up sends, and only one that is down starts.
OnlyTheLiveAct ==
  [][/\ \A m \in msgs' \ msgs : IsUp(m.from)
     /\ \A n \in Node : generation'[n] # generation[n] => ~IsUp(n)]_vars

\* A digest has what its sender knows, and a delta no more than that. A delta answers.
MessagesAreTrue ==
  [][\A m \in msgs' \ msgs :
       /\ \A o \in DOMAIN m.digest : m.digest[o] = known'[m.from][o]
       /\ \A o \in DOMAIN m.delta : /\ m.delta[o].gen = known'[m.from][o].gen
                                    /\ m.delta[o].ver <= known'[m.from][o].ver
                                    /\ \E r \in msgs : r.from = m.to /\ r.to = m.from]_vars

THEOREM MCSpec => OnlyTheLiveAct /\ MessagesAreTrue

-----------------------------------------------------------------------------
\* What the model must come to.
OtherStartsAgain    == \E n \in Node, o \in Node \ Seed : generation[o] > 1 /\ known[n][o].gen > 0
LearnsNewGeneration == \E n, o \in Node : n # o /\ known[n][o].gen > 1
DeltaIsTruncated    == \E m \in msgs' \ msgs : \E o \in DOMAIN m.delta :
                         IsBehind(m.delta[o], known'[m.from][o])
=============================================================================
