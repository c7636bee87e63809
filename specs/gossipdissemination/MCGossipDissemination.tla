----------------------- MODULE MCGossipDissemination -----------------------
(***************************************************************************)
(* Bounds for the models of GossipDissemination.                           *)
(***************************************************************************)
EXTENDS Convergence, Sequences

\* For Sent: a new message shows that the one before is lost. Before that it
\* may have arrived, more than once too.
OneAtATime(m) == {m}

\* For Sent: the same, but stale deltas about others may still come late: from
\* before a restart, or before a goodbye.
StaleToo(m) ==
  {m} \cup {x \in msgs :
             /\ x.type = "Delta"
             /\ \E o \in DOMAIN x.entries \ {x.to} :
                  LET stale == x.entries[o]
                  IN  /\ stale.vals # NoValues
                      /\ \/ stale.gen < generation[o]
                         \/ stale.gen = known[o][o].gen /\ known[o][o].status = "left"}

\* For About: a digest is about all owners.
Whole(n) == {[o \in KnownTo(n) |-> TRUE]}

\* For About: a digest is about all owners, or about its sender.
WholeOrOwn(n) == {[o \in KnownTo(n) |-> TRUE], [o \in KnownTo(n) |-> o = n]}

\* For MayContact: only the seeds get digests.
SeedsOnly(n, to) == to # n /\ to \in Seed

\* Each value is another one, by the generation and the version that it came with.
ValuesDiffer ==
  \A n \in Node : \A k \in DOMAIN known'[n][n].vals :
    known'[n][n].vals[k].val = <<"1", "2", "3">>[known'[n][n].vals[k].ver
                                                  + (IF generation'[n] > 1 THEN 2 ELSE 0)]

Doubted(e) == e.status \in {"suspect", "dead"}

\* Two nodes restart once in all, and publish less after that. The seed
\* publishes nothing and is not suspected.
Restarts ==
  /\ \A n \in Node :
       /\ known'[n][n].ver <= (IF n \in Seed THEN 0 ELSE 3 - generation'[n])
       /\ \A o \in Node : Doubted(known'[n][o]) =>
            known'[n][o].inc = 0 /\ known'[n][o].gen = 1 /\ o \notin Seed
  /\ \A n, o \in Node :
       generation'[n] + (IF n = o THEN 1 ELSE generation'[o]) <= 3

\* Only a node that has published little is suspected, and only before a restart.
FewSuspicions ==
  /\ Restarts
  /\ \A n, o \in Node : Doubted(known'[n][o]) =>
       generation'[n] = 1 /\ generation'[o] = 1 /\ known'[o][o].ver <= 1

-----------------------------------------------------------------------------
(* Three nodes: the speaker publishes, restarts, leaves and is suspected.  *)
(* The third node learns of that through the seed only.                    *)

Speaker == "b"

\* Once each node has joined, one thing happens to the speaker.
Happened ==
  known'[Speaker][Speaker].ver
    + (IF generation'[Speaker] > 1 THEN 1 ELSE 0)
    + (IF \E n \in Node : known'[n][Speaker].inc > 0 \/ Doubted(known'[n][Speaker])
       THEN 1 ELSE 0)

\* A message says so: a node that is no seed does not suspect the speaker by itself.
Told(n, o, status) ==
  \E m \in msgs : /\ m.type = "Delta" /\ m.to = n
                  /\ o \in DOMAIN m.entries /\ m.entries[o].status = status

PassedOn ==
  /\ Happened <= 1
  /\ Happened > 0 \/ (\E n \in Node : IsUp(n) /\ ~IsUp(n)') =>
       \A s \in Seed : KnownTo(s) = Node
  /\ generation'[Speaker] <= 2
  /\ \A n \in Node \ {Speaker} : generation'[n] <= 1 /\ known'[n][n].ver = 0
                                   /\ (IsUp(n) => IsUp(n)')
  /\ \A n, o \in Node : Doubted(known'[n][o]) =>
       /\ o = Speaker /\ known'[n][o].inc = 0 /\ known'[n][o].status # "dead"
       /\ known'[n][o].status # known[n][o].status => n \in Seed \/ Told(n, o, known'[n][o].status)

-----------------------------------------------------------------------------
(* Three nodes: the speaker writes one key, another one, and the first one *)
(* again. Then it may crash.                                               *)

Written == <<"x", "y", "x">>

WritesAgain ==
  /\ known'[Speaker][Speaker].ver > 0 => \A n \in Node : generation[n] = 1
  /\ \A n \in Node :
       /\ generation'[n] <= 1
       /\ IsUp(n) => IsUp(n)' \/ (n = Speaker /\ known[n][n].ver = Len(Written))
       /\ n # Speaker => known'[n][n].ver = 0
       /\ \A o \in Node : known'[n][o].status = "alive"
  /\ LET e == known'[Speaker][Speaker]
     IN  e.ver <= Len(Written) /\ \A k \in DOMAIN e.vals : Written[e.vals[k].ver] = k

\* One of the two has the old value of x. The other one got a truncated message when the
\* speaker had written x again: it has y only. Their digests are equal. If the speaker
\* crashes now, this stays.
OthersDiffer ==
  \E n, m \in Up \ {Speaker} :
    /\ DigestOf(known[n][Speaker]) = DigestOf(known[m][Speaker])
    /\ known[n][Speaker].vals # known[m][Speaker].vals

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

MessageIsLost    == msgs' # msgs /\ msgs' \subseteq msgs /\ UNCHANGED known
NodeCrashes      == \E n \in Node : IsUp(n) /\ ~IsUp(n)'
NodeStartsAgain  == \E n \in Node : generation[n] = 2 /\ IsUp(n)
PeerIsDead       == \E n, o \in Node : known[n][o].status = "dead"
SuspicionRefuted == \E n, o \in Node : n # o /\ known[n][o].inc > 0
GoodbyeIsHeard   == \E n, o \in Node : n # o /\ known[n][o].status = "left"
MessageIsCut     == \E m \in msgs : m.type = "Delta" /\ \E o \in DOMAIN m.entries :
                      known[m.from][o].ver > 1 /\ m.entries[o].ver = 1
=============================================================================
