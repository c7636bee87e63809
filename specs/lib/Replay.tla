------------------------------- MODULE Replay -------------------------------
(***************************************************************************)
(* From code to spec: is each recorded trace a behaviour of the spec?      *)
(*                                                                         *)
(* Instance extends the Steps module in question; Recorded holds the       *)
(* traces. Both are written by the checker, and its cfg replaces Arg by    *)
(* ReplayArg and Step by ReplayStep. All traces go through one run: the    *)
(* state is the spec's own, the number of the trace, and how many of its   *)
(* events have been taken. What several traces have in common at their     *)
(* beginning is taken once, by one of them, from which the others branch   *)
(* off. Where the views hold all that matters, this is one straight line a *)
(* trace; where they do not, TLC searches.                                 *)
(*                                                                         *)
(* What is printed here is the verdict. Nothing else is: neither the depth *)
(* of the search nor TLC's exit code says that a trace was accepted.       *)
(*                                                                         *)
(* Instance is a stranger's module, so every name here begins with one of  *)
(* our words: parameters too may not bear a name that the subject has.     *)
(*                                                                         *)
(* Recorded comes first. TLC looks in each module in turn for what is      *)
(* constant, and evaluates it. In Instance, where Step is ReplayStep, it   *)
(* would otherwise go through all traces again wherever one is used.       *)
(***************************************************************************)
EXTENDS Recorded, Instance, Compare, Output

VARIABLES
  replayTrace,   \* the number of the trace
  replayTaken,   \* how many of its events have been taken
  replayEvent    \* the next one, or the last if all have been taken

\* An argument has the one value that was recorded, if the spec allows it. Of a value that
\* TLC may take for another one, such as a sequence for a string, it has what the spec has in
\* its place: \cap takes the members of its left side. ReplayStep compares that.
ReplayArg(replayName, replaySet) ==
  IF replayName \notin DOMAIN replayEvent.args THEN {}
  ELSE IF replayName \in replayEvent.doubtful
  THEN replaySet \cap {replayEvent.args[replayName]}
  ELSE {replayValue \in {replayEvent.args[replayName]} : replayValue \in replaySet}

ReplayDiffers(replayView) ==
  /\ OutputPrint(<<"differs", replayTrace, RecordedAfter(replayTaken), OutputText(replayView)>>)
  /\ FALSE

\* A line is taken here and nowhere else: a disjunct of StepsNext that is not
\* under a Step leaves these variables open, and TLC ends with an error.
ReplayTake ==
  /\ replayTaken' = RecordedAfter(replayTaken)
  /\ replayTrace' \in RecordedBranches(replayTrace, replayTaken')
  /\ replayEvent' = RecordedNext(replayTrace', replayTaken')

\* To TLC a sequence of one-letter strings equals a string, if the sequence
\* stands on the left. The other way round it is an error.
ReplaySame(replayOne, replayOther) ==
  replayOne = replayOther /\ replayOther = replayOne

\* The node is bound before View is primed, or else TLC would prime its name as
\* well, where a variable holds that.
ReplayStep(replayName, replayArgs, ReplayAction) ==
  /\ replayEvent.step = replayName
  /\ ReplaySame(replayArgs, replayEvent.args)
  /\ ReplayAction
  /\ \E replayNode \in {replayEvent.args.node} : \E replayView \in {View(replayNode)'} :
       IF ReplaySame(replayView, replayEvent.state) THEN TRUE ELSE ReplayDiffers(replayView)
  /\ ReplayTake

\* The same, where values of different kinds meet. The checker has put facts beside the name
\* of an argument: the steps that have it, or none if they are not known, and the kinds of
\* the members of an endless set.
ReplayFacts(replayArgument) ==
  IF CompareKind(replayArgument) = "string" THEN <<replayArgument, {}, {}>>
                                            ELSE replayArgument

ReplayAsksFor(replayArgument) ==
  LET replayFacts == ReplayFacts(replayArgument)
  IN  /\ replayFacts[1] \in DOMAIN replayEvent.args
      /\ replayFacts[2] # {} => replayEvent.step \in replayFacts[2]

ReplayArgOfAnyKind(replayArgument, replaySet) ==
  LET replayFacts == ReplayFacts(replayArgument)
      replayValue == replayEvent.args[replayFacts[1]]
  IN  IF ~ReplayAsksFor(replayArgument) THEN {}
      ELSE IF replayFacts[3] = {} THEN CompareMembers(replaySet, replayValue)
      ELSE IF CompareKind(replayValue) \in replayFacts[3]
      THEN ReplayArg(replayFacts[1], replaySet)
      ELSE {}

ReplayStepOfAnyKind(replayName, replayArgs, ReplayAction) ==
  /\ replayEvent.step = replayName
  /\ CompareSame(replayEvent.args, replayArgs)
  /\ ReplayAction
  /\ \E replayNode \in {replayEvent.args.node} : \E replayView \in {View(replayNode)'} :
       IF CompareSame(replayView, replayEvent.state) THEN TRUE ELSE ReplayDiffers(replayView)
  /\ ReplayTake

ReplayInit ==
  /\ Init
  /\ replayTrace \in RecordedFirst
  /\ replayTaken = 0
  /\ replayEvent = RecordedNext(replayTrace, 0)

\* A step that a property forbids is not taken. The checker defines
\* InstanceKeeps(Say(_)), what the properties say of a step, one by one.
ReplayViolates(replayName) ==
  OutputPrint(<<"violates", replayTrace, RecordedAfter(replayTaken), replayName>>)

ReplayNext ==
  /\ ~RecordedWhole(replayTrace, replayTaken)
  /\ StepsNext
  /\ InstanceKeeps(ReplayViolates)

\* Says where a trace comes to a second state at one place. Recorded remembers the
\* last place of each trace: the search comes to all states of one place before it
\* comes to the next. Texts are compared, because values of different kinds cannot be.
ReplayMeets ==
  IF RecordedLast(replayTrace)[1] = replayTaken
  THEN \/ OutputText(RecordedLast(replayTrace)[2]) = OutputText(vars)
       \/ OutputPrint(<<"second", replayTrace, replayTaken>>)
  ELSE RecordedRemember(replayTrace, <<replayTaken, vars>>)

\* A CONSTRAINT, so that a broken invariant ends its own trace only. The
\* checker defines InstanceHolds(Say(_)), the invariants one by one.
ReplayBreaks(replayName) ==
  OutputPrint(<<"breaks", replayTrace, replayTaken, replayName>>)

\* TLC leaves a function over a product or another such set unevaluated, and its EXCEPTs
\* beside it. Where links[a, b] by itself is a part of an action, it then overlooks them.
\* Without a VIEW it evaluates all of a state at once; so does the comparison.
ReplayEvaluates == vars = vars

ReplayJudge ==
  /\ ReplayEvaluates
  /\ ReplayMeets
  /\ InstanceHolds(ReplayBreaks)
  /\ RecordedWhole(replayTrace, replayTaken)
       => OutputPrint(<<"accepted", replayTrace>>)

\* ReplayJudge, and says how far each trace has come: for those that are refused.
ReplayFollow ==
  /\ OutputPrint(<<"reached", replayTrace, replayTaken>>)
  /\ ReplayJudge

\* Two states of one trace at one place are taken as the same. That is quick,
\* and what it accepts is accepted, but it may refuse too much where ReplayMeets
\* finds a second state; the checker asks again without it.
ReplayPlace == <<replayTrace, replayTaken>>
=============================================================================
