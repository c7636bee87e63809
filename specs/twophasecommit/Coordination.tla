---------------------------- MODULE Coordination ----------------------------
(***************************************************************************)
(* The coordinator of two-phase commit: it asks for votes, decides, and    *)
(* tells.                                                                  *)
(***************************************************************************)
EXTENDS Transactions

\* A transaction gets its number, in turn, and its age: that of the clock, or that
\* of its first try.
Begin(t, a) ==
  /\ Coordinator \in up
  /\ stage[t] = "none"
  /\ \A u \in Transaction : Number[u] < Number[t] => stage[u] # "none"
  /\ stage' = [stage EXCEPT ![t] = "begun"]
  /\ age' = [age EXCEPT ![t] = a]
  /\ Send([type |-> "Begun", t |-> t, age |-> a])
  /\ UNCHANGED <<besideCoordinator, keys, complete, driven>>

\* A client asks to commit. The keys that it has touched go into the log, and all
\* participants that hold one are asked for their vote.
StartPrepare(t) ==
  /\ Coordinator \in up
  /\ stage[t] = "begun"
  /\ \E m \in msgs :
       /\ m.type = "AskCommit" /\ m.t = t
       /\ stage' = [stage EXCEPT ![t] = "preparing"]
       /\ keys' = [keys EXCEPT ![t] = m.keys]
       /\ driven' = driven \cup {t}
       /\ SendAll({[type |-> "Prepare", t |-> t, age |-> age[t],
                    p |-> Placement[k], incarnation |-> m.keys[k]] :
                   k \in DOMAIN m.keys})
  /\ UNCHANGED <<besideCoordinator, age, complete>>

Commit(t) ==
  /\ Coordinator \in up
  /\ stage[t] = "preparing" /\ t \in driven
  /\ MayCommit(t)
  /\ stage' = [stage EXCEPT ![t] = "committed"]
  /\ UNCHANGED <<besideCoordinator, msgs, age, keys, complete, driven>>

\* A participant has voted no, the client has given up, or it takes too long.
Abort(t) ==
  /\ Coordinator \in up
  /\ MayAbort(t)
  /\ stage' = [stage EXCEPT ![t] = "aborted"]
  /\ UNCHANGED <<besideCoordinator, msgs, age, keys, complete, driven>>

\* The decision is sent to all participants and the client.
Tell(t) ==
  /\ Coordinator \in up
  /\ t \notin complete
  /\ MayTell(t)
  /\ Send([type |-> "Decision", t |-> t, p |-> "all",
           outcome |-> IF stage[t] = "aborted" THEN "aborted" ELSE "committed"])
  /\ UNCHANGED <<besideCoordinator, coordinator>>

Complete(t) ==
  /\ Coordinator \in up
  /\ Decided(t) /\ t \notin complete
  /\ MayForget(t)
  /\ complete' = complete \cup {t}
  /\ UNCHANGED <<besideCoordinator, msgs, stage, age, keys, driven>>

\* All transactions up to this number are over. The participants may forget them.
Close(n) ==
  /\ Coordinator \in up
  /\ MayClose(n)
  /\ Send([type |-> "Closed", n |-> n])
  /\ UNCHANGED <<besideCoordinator, coordinator>>

\* A participant in doubt has inquired. If the decision is known, Tell is the answer;
\* if it is forgotten, this is.
Answer(t, p) ==
  /\ Coordinator \in up
  /\ t \in complete
  /\ Asked(p, t)
  /\ Send([type |-> "Decision", t |-> t, p |-> p, outcome |-> "aborted"])
  /\ UNCHANGED <<besideCoordinator, coordinator>>

\* The steps that the coordinator owes: an abort only after a no.
Coordinating ==
  \E t \in Transaction :
    \/ StartPrepare(t) \/ Commit(t) \/ Tell(t) \/ Complete(t)
    \/ (\E p \in Participant : Voted(p, t, "no")) /\ Abort(t)
    \/ Close(Number[t])
    \/ \E p \in Participant : Answer(t, p)
=============================================================================
