------------------------- MODULE LiveTwoPhaseCommit -------------------------
(***************************************************************************)
(* Liveness of TwoPhaseCommit. TLC never takes a step that leads out of a  *)
(* CONSTRAINT, and where such a step is fair, no behaviour counts. Here    *)
(* the steps are bounded, and fairness is that of the bounded steps: a     *)
(* bound that is too narrow lets what must happen fail. All transactions   *)
(* go on to their ends.                                                    *)
(***************************************************************************)
EXTENDS TwoPhaseCommit

\* How often the nodes have started.
RECURSIVE Sum(_)
Sum(nodes) == IF nodes = {} THEN 0
              ELSE LET n == CHOOSE n \in nodes : TRUE
                   IN  incarnation[n] + Sum(nodes \ {n})
Crashed == Sum(Node) + Cardinality(Node \ up) > Cardinality(Node)

\* One course for each policy: a transaction alone and two that want one key, each with a
\* crash of any node once the first has asked to commit; two that want each other's keys.
LiveAlone  == policy = "noWait"
LiveBehind == policy = "waitDie"

\* The clients, in turn. Each may stop at any point.
LiveOperates(t) ==
  IF t = "t1" THEN \/ ops[t] = 0 /\ Get(t, "a")
                   \/ ops[t] = 1 /\ ~LiveBehind /\ Put(t, "b", "1")
  ELSE IF LiveBehind THEN ops[t] = 0 /\ Put(t, "a", "1")
  ELSE \/ ops[t] = 0 /\ Get(t, "b")
       \/ ops[t] = 1 /\ Put(t, "a", "1")
LiveHas(t) == heard[t] = IF LiveBehind THEN 1 ELSE 2
LiveClient(t) ==
  /\ up = Node
  /\ t # "t1" => LiveHas("t1") /\ ~LiveAlone
  /\ \/ Begin(t, 1) \/ LiveOperates(t)
     \/ \E m \in Message("Done", t, ops[t]) : Hear(t, m)
     \/ /\ LiveHas(IF LiveAlone THEN "t1" ELSE "t2")
        /\ t = "t1" \/ client["t1"] = "asked"
        /\ AskCommit(t)

\* What is undecided is inquired about only where one transaction is alone, and there
\* decisions may be forgotten before they are told.
LiveCoordinating ==
  \E t \in Transaction :
    \/ StartPrepare(t) \/ Commit(t) \/ Tell(t)
    \/ (LiveAlone \/ Told(t, stage[t])) /\ Complete(t)
    \/ (\E p \in Participant : Voted(p, t, "no")) /\ Abort(t)
    \/ LiveAlone /\ Close(Number[t])
    \/ \E p \in Participant : Answer(t, p)

\* A participant gives up only what another one waits for, and what the coordinator has
\* aborted before it asked for a vote.
LiveGivesUp(p, t) ==
  \/ client[t] = "open" /\ \E u \in Transaction : waiting[p][u] # NoLocks
  \/ stage[t] = "aborted" /\ AskedToPrepare(p, t) = {}
LiveParticipating(p) ==
  \E t \in Transaction :
    \/ \E n \in 1 .. ops[t] : Read(p, t, n) \/ Write(p, t, n)
    \/ Prepare(p, t) \/ Vote(p, t) \/ Refuse(p, t) \/ Wait(p, t)
    \/ \E u \in Transaction : Wound(p, t, u)
    \/ Die(p, t) \/ Apply(p, t) \/ Discard(p, t)
    \/ LiveGivesUp(p, t) /\ GiveUp(p, t)
    \/ Decided(t) /\ ~Told(t, stage[t]) /\ Inquire(p, t)
    \/ Forget(p, Number[t])

LiveNext ==
  \/ \E choice \in Policy : Configure(choice)
  \/ \E node \in Node :
       \/ Recover(node)
       \/ /\ (LiveAlone \/ LiveBehind) /\ ~Crashed /\ client["t1"] = "asked"
          /\ Crash(node)
  \/ \E t \in Transaction : LiveClient(t)
  \/ LiveCoordinating
  \/ \E p \in Participant : LiveParticipating(p)

LiveSpec ==
  /\ Init /\ [][LiveNext]_vars
  /\ WF_vars(LiveCoordinating)
  /\ \A p \in Participant : WF_vars(LiveParticipating(p))
  /\ \A node \in Node : WF_vars(Recover(node))
=============================================================================
