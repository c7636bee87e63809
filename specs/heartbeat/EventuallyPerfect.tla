------------------------- MODULE EventuallyPerfect -------------------------
(***************************************************************************)
(* The promise of HeartBeat, without messages and clocks: a failure        *)
(* detector that may be wrong as often as it likes, but not for ever. Of   *)
(* the detectors of Chandra and Toueg it is the eventually perfect one.    *)
(***************************************************************************)
CONSTANTS Watcher, Sender

Node == Watcher \cup Sender

VARIABLES
  running,    \* the nodes that run
  suspected   \* the nodes that each watcher takes for stopped

vars == <<running, suspected>>

Init == running = {} /\ suspected = [o \in Watcher |-> {}]

\* A node stops, and forgets all.
Stop(n) ==
  /\ n \in running
  /\ running' = running \ {n}
  /\ suspected' = [o \in Watcher |-> IF o = n THEN {} ELSE suspected[o]]

Start(n) ==
  /\ n \notin running
  /\ running' = running \cup {n}
  /\ UNCHANGED suspected

\* A watcher changes its mind.
Judge(o, nodes) ==
  /\ o \in running
  /\ suspected' = [suspected EXCEPT ![o] = nodes]
  /\ UNCHANGED running

Next ==
  \/ \E n \in Node : Stop(n) \/ Start(n)
  \/ \E o \in Watcher : \E nodes \in SUBSET (Sender \ {o}) : Judge(o, nodes)

\* A node that has stopped for good is suspected for good.
Complete ==
  \A o \in Watcher : \A p \in Sender \ {o} :
    <>[](o \in running /\ p \notin running) => <>[](p \in suspected[o])

\* A node that runs for good is trusted for good.
Accurate ==
  \A o \in Watcher : \A p \in Sender \ {o} :
    <>[](o \in running /\ p \in running) => <>[](p \notin suspected[o])

Spec == Init /\ [][Next]_vars /\ Complete /\ Accurate
-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ running \subseteq Node
  /\ \A o \in Watcher : suspected[o] \subseteq Sender \ {o}

\* A watcher that does not run has no opinion.
StoppedKnowsNothing == \A o \in Watcher \ running : suspected[o] = {}

\* If from some moment on the same nodes run, then in the end each watcher among
\* them suspects all the others and no other node. So they agree on a leader.
EventuallyPerfect ==
  \A o \in Watcher : \A stable \in SUBSET Node :
    <>[](running = stable /\ o \in stable) => <>[](suspected[o] = Sender \ (stable \cup {o}))

THEOREM Spec => [](TypeOK /\ StoppedKnowsNothing)
THEOREM Spec => EventuallyPerfect
=============================================================================
