------------------------ MODULE SingularUpdateQueue ------------------------
(***************************************************************************)
(* Singular Update Queue: many ask for changes of one state, and one       *)
(* worker makes them, one after the other. Those who ask put a request     *)
(* into a queue and get a promise of an answer; they hold no lock while    *)
(* they wait. After Joshi, Patterns of Distributed Systems, ch. 13.        *)
(*                                                                         *)
(* What is hard about it is everything but the straight way: the queue is  *)
(* full, a handler fails in the middle, a request has to wait for          *)
(* something slow, the worker itself has a request, somebody stops it all. *)
(* The state is a register, as in AtomicObject. Left out: what a handler   *)
(* computes. It may finish, fail, panic or go out on a call at any time.   *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  Value,     \* what may be put into the register
  First,     \* what is in it at the beginning
  Capacity   \* how long the queue may be made

ASSUME CapacityIsPositive == Capacity \subseteq Nat \ {0}

Policy == {"block", "reject", "dropOldest"}   \* what if the queue is full
From   == {"client", "worker"}                \* who asks
How    == {"drain", "abandon"}                \* how it is stopped

VARIABLES
  mode,      \* "new", "open", "drain", "abandon" or "stopped"
  policy,    \* one of Policy, "none" before it is open
  capacity,  \* how many requests may be inside and not yet answered
  asked,     \* the requests that there were: the value, and from whom
  answer,    \* by request: what it was told
  answered,  \* how many were told something
  waiting,   \* those that wait outside for a place: the request, from whom
  queue,     \* those inside that nobody works on: the request, and whether
             \*   it is back from a call
  busy,      \* a worker at work: what it has taken, and the state as it was
             \*   when it began with the first of that
  out,       \* those that are out on a call
  state      \* the register

ends == <<mode, policy, capacity>>
vars == <<mode, policy, capacity, asked, answer, answered, waiting, queue,
          busy, out, state>>

Nothing   == [told |-> "none", value |-> ""]
Told(how) == [told |-> how, value |-> ""]
Done(old) == [told |-> "done", value |-> old]

Request == 1 .. Len(asked)

Fresh(item) == ~item.back

Requests(items) == {items[i].request : i \in 1 .. Len(items)}

RECURSIVE InHands(_)
InHands(n) == IF n = 0 THEN 0 ELSE InHands(n - 1) + Len(busy[n].items)

\* A request has its place from the moment it comes in until it is answered,
\* on a call as well. So it need not ask for one when it comes back.
Inside == Len(queue) + InHands(Len(busy)) + Len(out)

-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* There is one worker, and it takes more only when it is done with the last.
MayTake == busy = <<>>

\* What is taken next: the oldest ones, in their order.
Oldest(n) == SubSeq(queue, 1, n)

\* The queue has an end.
HasRoom == Inside < capacity

\* Nobody comes in before those who wait.
MayEnter == waiting = <<>>

\* The worker never waits for a place: only it could make one.
MayBlock(from) == policy = "block" /\ from # "worker"

\* What has begun is not dropped: its call has been made.
MayDrop(item) == Fresh(item)

\* A request that was not served is told so.
NotServed(how) == Told(how)

\* Nobody is told anything before a handler has run.
AtFirst == Nothing

\* A handler that failed has changed nothing.
AfterFailure(r) == state

\* A call that returns puts its result into the queue, and does nothing else.
AfterCall(r) == state

\* Stopping answers those for whom nobody will work any more.
GivenUp(how) ==
  Requests(waiting) \cup
  (IF how = "drain" THEN {} ELSE Requests(SelectSeq(queue, Fresh)))

\* It has stopped when nobody is left who waits for an answer.
MayEnd == Inside = 0 /\ waiting = <<>>

-----------------------------------------------------------------------------
(* Coming in.                                                              *)

Init ==
  /\ mode = "new" /\ policy = "none" /\ capacity = 0
  /\ asked = <<>> /\ answer = <<>> /\ answered = 0
  /\ waiting = <<>> /\ queue = <<>> /\ busy = <<>> /\ out = <<>>
  /\ state = First

Start(p, n) ==
  /\ mode = "new"
  /\ mode' = "open" /\ policy' = p /\ capacity' = n
  /\ UNCHANGED <<asked, answer, answered, waiting, queue, busy, out, state>>

\* There is a request, from outside or from the handler at work.
Asks(value, from) ==
  /\ mode = "open"
  /\ from = "worker" => busy # <<>>
  /\ asked' = Append(asked, [value |-> value, from |-> from])
  /\ UNCHANGED <<ends, busy, out, state>>

New == [request |-> Len(asked) + 1, back |-> FALSE]

CanEnter == HasRoom /\ MayEnter

Droppable == \E i \in 1 .. Len(queue) : MayDrop(queue[i])

Submit(value, from) ==
  /\ Asks(value, from)
  /\ CanEnter
  /\ queue' = Append(queue, New)
  /\ answer' = Append(answer, AtFirst)
  /\ UNCHANGED <<answered, waiting>>

\* It has to wait outside.
Block(value, from) ==
  /\ Asks(value, from)
  /\ ~CanEnter
  /\ MayBlock(from)
  /\ waiting' = Append(waiting, [request |-> Len(asked) + 1, from |-> from])
  /\ answer' = Append(answer, Nothing)
  /\ UNCHANGED <<answered, queue>>

Reject(value, from) ==
  /\ Asks(value, from)
  /\ ~CanEnter
  /\ ~MayBlock(from)
  /\ policy = "dropOldest" => ~Droppable
  /\ answer' = Append(answer, NotServed("rejected"))
  /\ answered' = answered + 1
  /\ UNCHANGED <<waiting, queue>>

\* The oldest one has to go, and the new one comes in.
DropOldest(value, from, r) ==
  /\ Asks(value, from)
  /\ ~CanEnter
  /\ policy = "dropOldest"
  /\ \E i \in 1 .. Len(queue) :
       /\ queue[i].request = r
       /\ MayDrop(queue[i])
       /\ \A j \in 1 .. i - 1 : ~MayDrop(queue[j])
  /\ queue' = Append(SelectSeq(queue, LAMBDA item : item.request # r), New)
  /\ answer' = Append([answer EXCEPT ![r] = NotServed("dropped")], AtFirst)
  /\ answered' = answered + 1
  /\ UNCHANGED waiting

\* There is room, and the first of those who wait comes in.
Admit ==
  /\ mode = "open"
  /\ waiting # <<>>
  /\ HasRoom
  /\ queue' = Append(queue, [request |-> Head(waiting).request, back |-> FALSE])
  /\ waiting' = Tail(waiting)
  /\ UNCHANGED <<ends, asked, answer, answered, busy, out, state>>

\* One who waits outside does not want to wait any longer.
GiveUp(r) ==
  /\ r \in Requests(waiting)
  /\ waiting' = SelectSeq(waiting, LAMBDA w : w.request # r)
  /\ answer' = [answer EXCEPT ![r] = NotServed("gaveUp")]
  /\ answered' = answered + 1
  /\ UNCHANGED <<ends, asked, queue, busy, out, state>>

-----------------------------------------------------------------------------
(* Work.                                                                   *)

\* The worker takes some at once, and works on them one after the other.
Take(n) ==
  /\ MayTake
  /\ n \in 1 .. Len(queue)
  /\ busy' = Append(busy, [items |-> Oldest(n), seen |-> state])
  /\ queue' = SelectSeq(queue,
                LAMBDA item : item.request \notin Requests(Oldest(n)))
  /\ UNCHANGED <<ends, asked, answer, answered, waiting, out, state>>

\* The worker whose handler is at work on a request.
At(r) == {w \in 1 .. Len(busy) : Head(busy[w].items).request = r}

\* A worker that waits for a place does nothing else.
HandlerRuns(r) ==
  /\ At(r) # {}
  /\ \A i \in 1 .. Len(waiting) : waiting[i].from # "worker"

\* It puts that one away, and begins with the next, in the state as it is.
PutAway(r) ==
  LET w == CHOOSE w \in At(r) : TRUE
  IN  busy' = IF Len(busy[w].items) > 1
              THEN [busy EXCEPT ![w] = [items |-> Tail(@.items), seen |-> state']]
              ELSE SubSeq(busy, 1, w - 1) \o SubSeq(busy, w + 1, Len(busy))

\* The handler has changed the state, and has a result.
Finish(r, result) ==
  /\ HandlerRuns(r)
  /\ result = busy[CHOOSE w \in At(r) : TRUE].seen
  /\ state' = asked[r].value
  /\ answer' = [answer EXCEPT ![r] = Done(result)]
  /\ answered' = answered + 1
  /\ PutAway(r)
  /\ UNCHANGED <<ends, asked, waiting, queue, out>>

\* The handler has returned an error, perhaps in the middle of a change.
Fail(r) ==
  /\ HandlerRuns(r)
  /\ state' = AfterFailure(r)
  /\ answer' = [answer EXCEPT ![r] = NotServed("failed")]
  /\ answered' = answered + 1
  /\ PutAway(r)
  /\ UNCHANGED <<ends, asked, waiting, queue, out>>

\* One more rule: a panic ends the handler, not the worker.
GoesOn(r) ==
  /\ state' = AfterFailure(r)
  /\ answer' = [answer EXCEPT ![r] = NotServed("panicked")]
  /\ answered' = answered + 1
  /\ PutAway(r)

\* The handler has panicked.
Panic(r) ==
  /\ HandlerRuns(r)
  /\ GoesOn(r)
  /\ UNCHANGED <<ends, asked, waiting, queue, out>>

\* The request needs something slow. Somebody else waits for that, and the
\* worker goes on. Nothing has been changed yet.
StartAsync(r) ==
  /\ HandlerRuns(r)
  /\ out' = Append(out, r)
  /\ UNCHANGED state
  /\ PutAway(r)
  /\ UNCHANGED <<ends, asked, answer, answered, waiting, queue>>

AsyncDone(r) ==
  /\ \E i \in 1 .. Len(out) : out[i] = r
  /\ out' = SelectSeq(out, LAMBDA o : o # r)
  /\ queue' = Append(queue, [request |-> r, back |-> TRUE])
  /\ state' = AfterCall(r)
  /\ UNCHANGED <<ends, asked, answer, answered, waiting, busy>>

-----------------------------------------------------------------------------
(* The end.                                                                *)

\* From here on nobody comes in. What is inside is served; or, to abandon it,
\* only what has begun.
Stop(how) ==
  /\ mode = "open"
  /\ mode' = how
  /\ answer' = [r \in Request |->
       IF r \in GivenUp(how) THEN NotServed("stopped") ELSE answer[r]]
  /\ LET Stays(item) == item.request \notin GivenUp(how)
     IN  /\ queue' = SelectSeq(queue, Stays)
         /\ waiting' = SelectSeq(waiting, Stays)
         /\ answered' = answered + Len(waiting) - Len(waiting')
                                 + Len(queue) - Len(queue')
  /\ UNCHANGED <<policy, capacity, asked, busy, out, state>>

End ==
  /\ mode \in How
  /\ MayEnd
  /\ mode' = "stopped"
  /\ UNCHANGED <<policy, capacity, asked, answer, answered, waiting, queue,
                 busy, out, state>>

-----------------------------------------------------------------------------

Next ==
  \/ \E p \in Policy, n \in Capacity : Start(p, n)
  \/ \E v \in Value, from \in From :
       \/ Submit(v, from)
       \/ Block(v, from)
       \/ Reject(v, from)
       \/ \E r \in Request : DropOldest(v, from, r)
  \/ Admit
  \/ \E r \in Request : GiveUp(r)
  \/ \E n \in 1 .. Len(queue) : Take(n)
  \/ \E r \in Request, v \in Value \cup {First} : Finish(r, v)
  \/ \E r \in Request : Fail(r) \/ Panic(r) \/ StartAsync(r) \/ AsyncDone(r)
  \/ \E how \in How : Stop(how)
  \/ End

Answers(r) ==
  (\E v \in Value \cup {First} : Finish(r, v)) \/ Fail(r) \/ Panic(r)

\* The worker works, calls return, and no request goes out on calls for ever.
\* Nobody has to ask or to stop anything. (Some requests stand for all.)
Some == 1 .. 3
Fairness ==
  /\ WF_vars(Admit)
  /\ WF_vars(\E n \in 1 .. Len(queue) : Take(n))
  /\ \A r \in Some : SF_vars(r \in Request /\ Answers(r))
  /\ \A r \in Some : WF_vars(r \in Request /\ AsyncDone(r))
  /\ WF_vars(End)

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ mode \in {"new", "open", "stopped"} \cup How
  /\ policy \in Policy \cup {"none"}
  /\ policy = "none" <=> mode = "new"
  /\ capacity \in Capacity \cup {0}
  /\ \A r \in Request : asked[r].value \in Value /\ asked[r].from \in From
  /\ Len(answer) = Len(asked)
  /\ answered = Len(SelectSeq(answer, LAMBDA a : a # Nothing))
  /\ Requests(waiting) \cup Requests(queue) \subseteq Request
  /\ state \in Value \cup {First}

SingleWriter == Len(busy) <= 1

Bounded == Inside <= capacity

\* Whoever has not been answered is in one place, and only there.
Places(r) ==
  Len(SelectSeq(waiting, LAMBDA w : w.request = r))
  + Len(SelectSeq(queue, LAMBDA i : i.request = r))
  + Len(SelectSeq(out, LAMBDA o : o = r))
  + (IF \E w \in 1 .. Len(busy) : r \in Requests(busy[w].items) THEN 1 ELSE 0)
NobodyIsLost == \A r \in Request : Places(r) = IF answer[r] = Nothing THEN 1 ELSE 0

\* What comes first is begun first: whatever is fresh in the queue came after
\* all that has begun, and is in its order; those outside came later still.
FirstComeFirstServed ==
  LET line == SelectSeq(queue, Fresh) \o waiting
      Begun == UNION {Requests(SelectSeq(busy[w].items, Fresh))
                        : w \in 1 .. Len(busy)}
  IN  /\ \A i, j \in 1 .. Len(line) :
           i < j => line[i].request < line[j].request
      /\ \A i \in 1 .. Len(line), b \in Begun : b < line[i].request

StoppedIsOver == mode = "stopped" => \A r \in Request : answer[r] # Nothing

AnsweredOnce ==
  [][\A r \in Request : answer[r] # Nothing => answer'[r] = answer[r]]_vars

\* What has begun comes to its own end.
BegunIsNotDropped ==
  [][\A i \in 1 .. Len(queue) :
       LET r == queue[i].request
       IN  queue[i].back => answer'[r] = Nothing]_vars

\* Everybody who asks is answered, whatever happens: also by a queue that is
\* being stopped.
EverybodyIsAnswered ==
  \A r \in Some : Len(asked) >= r ~> Len(asked) >= r /\ answer[r] # Nothing

StopEnds == mode \in How ~> mode = "stopped"

Object == INSTANCE AtomicObject WITH object <- state

RefinesAtomicObject == Object!Spec

-----------------------------------------------------------------------------
(* Bounds of the models.                                                   *)

UpToTwo   == Len(asked) <= 2
UpToThree == Len(asked) <= 3
Small     == UpToThree /\ \A r \in Request : asked[r].from = "worker" => r = 2
=============================================================================
