------------------------ MODULE MCEventuallyPerfect ------------------------
(***************************************************************************)
(* What EventuallyPerfect's model must come to.                            *)
(***************************************************************************)
EXTENDS EventuallyPerfect

SuspectsWhatRuns    == \E o \in Watcher : \E p \in running \cap (Sender \ {o}) : p \notin suspected[o] /\ p \in suspected'[o]
TrustsAgain         == \E o \in Watcher \cap running : suspected[o] # {} /\ suspected'[o] = {} /\ running' = running
WatcherStops        == \E o \in Watcher : suspected[o] # {} /\ o \notin running'
StopsWithAllOthers  == running = Node /\ running' # running
=============================================================================
