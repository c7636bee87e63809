--------------------------- MODULE StepProperties ---------------------------
(***************************************************************************)
(* What each step of GossipDissemination must do, and which steps must be  *)
(* possible.                                                               *)
(***************************************************************************)
EXTENDS GossipDissemination

\* The least digest that has both of these in it. It uses none of the rules.
Join(a, b) ==
  IF a = b THEN a
  ELSE IF a.gen # b.gen THEN IF a.gen > b.gen THEN a ELSE b
  ELSE IF "left" \in {a.status, b.status} THEN IF a.status = "left" THEN a ELSE b
  ELSE LET rank == [alive |-> 1, suspect |-> 2, dead |-> 3]
           last == IF a.inc # b.inc THEN IF a.inc > b.inc THEN a ELSE b
                   ELSE IF rank[a.status] > rank[b.status] THEN a ELSE b
       IN  [last EXCEPT !.ver = IF a.ver > b.ver THEN a.ver ELSE b.ver]

\* Only the node itself changes its values, one with each new version, or all when it
\* leaves. Its version changes with nothing else.
OwnValuesStand ==
  [][\A n \in Up : IsUp(n)' =>
       LET old == known[n][n]
           new == known'[n][n]
       IN  new.vals # old.vals \/ new.ver # old.ver =>
             /\ new.ver = old.ver + 1 /\ new.gen = old.gen /\ new.inc = old.inc
             /\ \/ new.status = "left" /\ new.vals = NoValues
                \/ /\ new.status = old.status
                   /\ \E k \in DOMAIN new.vals :
                        /\ new.vals[k].ver = new.ver
                        /\ DOMAIN new.vals = DOMAIN old.vals \cup {k}
                        /\ \A j \in DOMAIN old.vals \ {k} : new.vals[j] = old.vals[j]]_vars

\* As long as a node is up, its knowledge only grows.
Grows ==
  [][\A n \in Node : IsUp(n) /\ IsUp(n)' =>
       \A o \in Node : Join(DigestOf(known[n][o]), DigestOf(known'[n][o]))
                         = DigestOf(known'[n][o])]_vars

\* A node starts when it is down, with a new number, and knows itself only, and of that
\* nothing but the number. Only nodes that are up send.
StartsAfresh ==
  [][/\ \A n \in Node : generation'[n] # generation[n] =>
          /\ known[n][n].gen = 0 /\ generation'[n] > generation[n]
          /\ \A o \in Node : known'[n][o] =
               IF o = n THEN [Unknown EXCEPT !.gen = generation'[n]] ELSE Unknown
     /\ \A m \in msgs' \ msgs : known[m.from][m.from].gen > 0]_vars

\* A node raises its incarnation against a suspicion only, by one.
RefutesSuspicions ==
  [][\A n \in Up : IsUp(n)' /\ known'[n][n].inc # known[n][n].inc =>
       /\ known[n][n].status \in {"suspect", "dead"}
       /\ known'[n][n] = [known[n][n] EXCEPT !.status = "alive", !.inc = @ + 1]]_vars

\* What n knows of o after delta d: all of it, except that versions count only if none is
\* left out before them. Of itself a node learns only that it is suspected.
After(n, o, d) ==
  LET e     == DigestOf(known[n][o])
      both  == Join(e, DigestOf(d))
      whole == d.since <= IF d.gen = e.gen THEN e.ver ELSE 0
  IN  IF o # n /\ (whole \/ both.status = "left") THEN both
      ELSE IF d.gen = e.gen /\ e.status # "left" THEN [both EXCEPT !.ver = e.ver] ELSE e

\* A node that learns anything learns all that a delta has, and from nothing else. Beside
\* that it forms opinions on others: first that one is suspect, then that it is dead.
LearnsWholeDeltas ==
  [][\A n \in Up : IsUp(n)' /\ known'[n] # known[n] =>
       \/ \E m \in msgs :
            /\ m.type = "Delta" /\ m.to = n
            /\ \A o \in Node : DigestOf(known'[n][o]) =
                 IF o \in DOMAIN m.entries THEN After(n, o, m.entries[o])
                                           ELSE DigestOf(known[n][o])
       \/ \E o \in Node :
            LET old == known[n][o].status
                new == known'[n][o].status
            IN  /\ known'[n] = [known[n] EXCEPT ![o] = known'[n][o]] /\ UNCHANGED msgs
                /\ IF o = n THEN new \in {old, "alive", "left"}
                   ELSE /\ <<old, new>> \in {<<"alive", "suspect">>, <<"suspect", "dead">>}
                        /\ known[n][o].gen > 0
                        /\ known'[n][o] = [known[n][o] EXCEPT !.status = new]]_vars

\* The digests in a message, and what its sender lacks or asks for: nothing is known of an
\* owner that is not in a whole digest.
Digests(r) == IF r.type = "Digest" THEN r.digests ELSE r.wants
AsksFor(r, o) == o \in DOMAIN Digests(r) \/ (r.type = "Digest" /\ r.whole)
HasOf(r, o) == IF o \in DOMAIN Digests(r) THEN Digests(r)[o] ELSE DigestOf(Unknown)

\* A digest has what its sender knows. A delta answers a message: it has nothing but what
\* that has said to be lacking, as the sender knows it, and asks for all that the sender lacks.
MessagesAreTrue ==
  [][\A m \in msgs' \ msgs :
       LET has(o) == DigestOf(known'[m.from][o])
       IN  IF m.type = "Digest"
             THEN /\ \A o \in DOMAIN m.digests : m.digests[o] = has(o)
                  /\ m.whole <=> DOMAIN m.digests = {o \in Node : has(o).gen > 0}
             ELSE \E r \in msgs :
               /\ r.from = m.to /\ r.to = m.from
               /\ m.wants = IF r.type = "Delta" THEN NoValues
                  ELSE [o \in {p \in DOMAIN r.digests \ {m.from} :
                                Join(has(p), r.digests[p]) # has(p)} |-> has(o)]
               /\ \A o \in DOMAIN m.entries :
                    LET d  == m.entries[o]
                        at == HasOf(r, o)
                        ver == IF at.gen = d.gen THEN at.ver ELSE 0
                    IN  /\ AsksFor(r, o) /\ Join(at, DigestOf(d)) # at
                        /\ DigestOf(d) = [has(o) EXCEPT !.ver = d.ver]
                        /\ d.since <= ver
                        /\ \A k \in DOMAIN d.vals : d.vals[k].ver > ver]_vars

(* What must be possible, in whatever state the rest is.                   *)

NothingIsForbidden ==
  /\ ENABLED Agree <=> \A n, m \in Up : /\ known[n] = known[m]
                                        /\ known[n][n].status \notin {"suspect", "dead"}
  /\ \A n \in Node :
       LET up     == known[n][n].gen > 0
           status == known[n][n].status
       IN  /\ ENABLED Start(n)  <=> ~up
           /\ ENABLED Crash(n)  <=> up
           /\ ENABLED Leave(n)  <=> up /\ status # "left"
           /\ ENABLED Refute(n) <=> status \in {"suspect", "dead"}
           /\ \A k \in Key, v \in Value : ENABLED Update(n, k, v) <=> up /\ status # "left"
           /\ \A s \in Seed : ENABLED Digest(n, s, [o \in KnownTo(n) |-> TRUE]) <=> up /\ s # n
           /\ \A o \in Node \ {n} :
                LET e == known[n][o]
                IN  /\ ENABLED Suspect(n, o) <=> e.gen > 0 /\ e.status = "alive"
                    /\ ENABLED DeclareDead(n, o) <=> e.status = "suspect"
  /\ \A m \in msgs : known[m.to][m.to].gen > 0 =>
       LET has(o) == DigestOf(known[m.to][o])
       IN  IF m.type = "Delta" THEN ENABLED \E cut \in MergeCuts(m) : Merge(m, cut)
           ELSE ENABLED (\E cut \in AnswerCuts(m) : Answer(m, cut)) <=>
                  \E o \in Node : IF o \in DOMAIN m.digests THEN has(o) # m.digests[o]
                                  ELSE m.whole /\ has(o).gen > 0
=============================================================================
