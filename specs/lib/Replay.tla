------------------------------- MODULE Replay -------------------------------
(***************************************************************************)
(* From code to spec: is each recorded trace a behaviour of the spec?      *)
(*                                                                         *)
(* Subject extends the Steps module in question; Recorded holds the        *)
(* traces. Both are written by the checker, and its cfg replaces Arg by    *)
(* ReplayArg and Step by ReplayStep. All traces go through one run: the    *)
(* state is the spec's own, the number of the trace, and how many of its   *)
(* events have been taken. Where the views hold all that matters, this is  *)
(* one straight line a trace; where they do not, TLC searches.             *)
(*                                                                         *)
(* What is printed here is the verdict. Nothing else is: neither the depth *)
(* of the search nor TLC's exit code says that a trace was accepted.       *)
(***************************************************************************)
EXTENDS Subject, Recorded, Naturals, TLC

VARIABLES
  replayTrace,   \* the number of the trace
  replayTaken,   \* how many of its events have been taken
  replayEvent    \* the next one, or the last if all have been taken

ReplayAt(n) ==
  RecordedEvent(replayTrace,
    IF n > RecordedLength[replayTrace] THEN RecordedLength[replayTrace] ELSE n)

\* An argument has the one value that was recorded, if the spec allows it.
ReplayArg(name, S) ==
  IF name \in DOMAIN replayEvent.args
  THEN {x \in {replayEvent.args[name]} : x \in S}
  ELSE {}

ReplayStep(name, args, A) ==
  /\ replayEvent.step = name
  /\ replayEvent.args = args
  /\ A
  /\ \/ View(args.node)' = replayEvent.state
     \/ /\ View(args.node)' # replayEvent.state
        /\ PrintT(ToString(<<"differs", replayTrace, replayTaken + 1, View(args.node)'>>))
        /\ FALSE

ReplayInit ==
  /\ Init
  /\ replayTrace \in 1..RecordedCount
  /\ replayTaken = 0
  /\ replayEvent = ReplayAt(1)

ReplayNext ==
  /\ replayTaken < RecordedLength[replayTrace]
  /\ StepsNext
  /\ replayTaken' = replayTaken + 1
  /\ replayEvent' = ReplayAt(replayTaken + 2)
  /\ UNCHANGED replayTrace

\* A CONSTRAINT, so that a broken invariant ends its own trace only. The
\* checker defines SubjectBreaks(Say(_)), the invariants one by one.
ReplayBreaks(name) ==
  PrintT(ToString(<<"breaks", replayTrace, replayTaken, name>>))

ReplayJudge ==
  /\ SubjectHolds(ReplayBreaks)
  /\ (replayTaken = RecordedLength[replayTrace])
       => PrintT(ToString(<<"accepted", replayTrace>>))

\* The same, and says how far each trace has come: for those that are refused.
ReplayFollow ==
  /\ PrintT(ToString(<<"reached", replayTrace, replayTaken>>))
  /\ ReplayJudge

\* Two states of one trace at one place are taken as the same. That is quick,
\* and what it accepts is accepted, but it may refuse too much where a view
\* leaves something open; the checker asks again without it.
ReplayPlace == <<replayTrace, replayTaken>>
=============================================================================
