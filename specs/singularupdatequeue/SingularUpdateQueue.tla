------------------------ MODULE SingularUpdateQueue ------------------------
(***************************************************************************)
(* Singular Update Queue: many clients ask for changes of one state, and   *)
(* one worker makes them, one after the other. A client puts a request     *)
(* into a queue and gets a promise of an answer. It holds no lock while it *)
(* waits. After Joshi, Patterns of Distributed Systems, ch. 13.            *)
(*                                                                         *)
(* The hard parts: the queue is full, a handler fails in the middle, a     *)
(* request needs something slow, the worker has a request of its own, the  *)
(* queue is stopped. The state is a register, as in AtomicObject. Left out *)
(* is what a handler computes: it may end, or go out on a call, any time.  *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Value,     \* what a request may put into the register
  First,     \* the register's value at the beginning
  Capacity   \* the sizes that a queue may have

ASSUME CapacityIsPositive == Capacity \subseteq Nat \ {0}

Policy == {"block", "reject", "dropOldest"}   \* for a queue that is full
From   == {"client", "worker"}                \* the origin of a request
How    == {"drain", "abandon"}                \* the ways to stop

VARIABLES
  mode,      \* "new", "open", "drain", "abandon" or "stopped"
  policy,    \* one of Policy, or "none" before the start
  capacity,  \* how many requests may be inside and not yet answered
  asked,     \* all requests: the value, and where it comes from
  answer,    \* the answer of each request
  waiting,   \* the requests that wait outside for a place
  queue,     \* those inside that no worker has; some are back from a call
  busy,      \* each worker's items, and the state when it began with the first
  out,       \* the requests that are out on a call
  state      \* the register

ends   == <<mode, policy, capacity>>
inside == <<waiting, queue, busy, out>>
vars   == <<ends, asked, answer, inside, state>>

Nothing   == [told |-> "none", value |-> ""]
Done(old) == [told |-> "done", value |-> old]
Request   == 1 .. Len(asked)

Numbers(items) == {items[i].request : i \in 1 .. Len(items)}
Entries(list)  == {list[i] : i \in 1 .. Len(list)}
Fresh(item)    == ~item.back

(* The rules. Each is one reason why this works, and can be broken alone.  *)
(* Three more are actions: Submit, Panic and AsyncDone.                    *)

\* There is one worker, and it takes more only when it is done with the last.
MayTake == busy = <<>>

\* The oldest requests are taken first, in their order.
Oldest(n) == SubSeq(queue, 1, n)

\* The queue is bounded. A request has its place from the moment it comes in
\* until it is answered, also while it is out on a call. So it needs no new
\* place when it comes back.
Inside  == {r \in Request : answer[r] = Nothing} \ Entries(waiting)
HasRoom == Cardinality(Inside) < capacity

\* No request comes in before those that wait.
MayEnter == waiting = <<>>

\* The worker never waits for a place: only the worker could make one.
MayBlock(from) == policy = "block" /\ from # "worker"

\* A request that has begun is not dropped: its call has been made.
MayDrop(item) == Fresh(item)

\* The answer of a request that was not served says so.
Refusal(reason) == [told |-> reason, value |-> ""]

\* Only a handler that has finished changes the state.
MayChange(outcome) == outcome.told = "done"

\* Stopping answers the requests that no worker will serve.
GivenUp(how) == Entries(waiting) \cup
  IF how = "drain" THEN {} ELSE Numbers(SelectSeq(queue, Fresh))

\* The queue has stopped when each request has its answer.
MayEnd == Inside = {} /\ waiting = <<>>

(* Coming in.                                                              *)

Init ==
  /\ mode = "new" /\ policy = "none" /\ capacity = 0 /\ state = First
  /\ asked = <<>> /\ answer = <<>>
  /\ waiting = <<>> /\ queue = <<>> /\ busy = <<>> /\ out = <<>>

Start(p, n) ==
  /\ mode = "new"
  /\ mode' = "open" /\ policy' = p /\ capacity' = n
  /\ UNCHANGED <<asked, answer, inside, state>>

\* A new request comes from a client, or from the handler at work.
Asks(value, from) ==
  /\ mode = "open"
  /\ from = "worker" => busy # <<>>
  /\ asked' = Append(asked, [value |-> value, from |-> from])
  /\ UNCHANGED <<ends, busy, out, state>>

New == Len(asked) + 1
CanEnter == HasRoom /\ MayEnter
Enter(items, r) == Append(items, [request |-> r, back |-> FALSE])

\* A rule: a place in the queue is no answer, because no handler has run.
Submit(value, from) ==
  /\ CanEnter
  /\ Asks(value, from)
  /\ queue' = Enter(queue, New)
  /\ answer' = Append(answer, Nothing)
  /\ UNCHANGED waiting

\* The request waits outside.
Block(value, from) ==
  /\ ~CanEnter
  /\ MayBlock(from)
  /\ Asks(value, from)
  /\ waiting' = Append(waiting, New)
  /\ answer' = Append(answer, Nothing)
  /\ UNCHANGED queue

Droppable == \E i \in 1 .. Len(queue) : MayDrop(queue[i])

Reject(value, from) ==
  /\ ~CanEnter
  /\ ~MayBlock(from)
  /\ policy = "dropOldest" => ~Droppable
  /\ Asks(value, from)
  /\ answer' = Append(answer, Refusal("rejected"))
  /\ UNCHANGED <<waiting, queue>>

\* The oldest request that may be dropped makes room for the new one.
DropOldest(value, from, r) ==
  /\ ~CanEnter
  /\ policy = "dropOldest"
  /\ \E i \in 1 .. Len(queue) :
       /\ queue[i].request = r /\ MayDrop(queue[i])
       /\ \A j \in 1 .. i - 1 : ~MayDrop(queue[j])
  /\ Asks(value, from)
  /\ queue' = Enter(SelectSeq(queue, LAMBDA item : item.request # r), New)
  /\ answer' = Append([answer EXCEPT ![r] = Refusal("dropped")], Nothing)
  /\ UNCHANGED waiting

\* There is room, and the first of those that wait comes in.
Admit ==
  /\ mode = "open" /\ waiting # <<>>
  /\ HasRoom
  /\ queue' = Enter(queue, Head(waiting))
  /\ waiting' = Tail(waiting)
  /\ UNCHANGED <<ends, asked, answer, busy, out, state>>

\* A client no longer wants to wait outside.
GiveUp(r) ==
  /\ r \in Entries(waiting)
  /\ waiting' = SelectSeq(waiting, LAMBDA w : w # r)
  /\ answer' = [answer EXCEPT ![r] = Refusal("gaveUp")]
  /\ UNCHANGED <<ends, asked, queue, busy, out, state>>

(* Work.                                                                   *)

\* The worker takes some at once, and works on them one after the other.
Take(n) ==
  /\ MayTake
  /\ busy' = Append(busy, [items |-> Oldest(n), seen |-> state])
  /\ queue' = SelectSeq(queue, LAMBDA i : i.request \notin Numbers(Oldest(n)))
  /\ UNCHANGED <<ends, asked, answer, waiting, out, state>>

\* The worker whose handler is at work on a request.
At(r) == {w \in 1 .. Len(busy) : Head(busy[w].items).request = r}

\* It puts that one away, and begins with the next, in the state as it is.
PutAway(w) ==
  busy' = IF Len(busy[w].items) > 1
          THEN [busy EXCEPT ![w] = [items |-> Tail(@.items), seen |-> state']]
          ELSE SubSeq(busy, 1, w - 1) \o SubSeq(busy, w + 1, Len(busy))

\* The handler returns.
Returns(w, r, outcome) ==
  /\ state' = IF MayChange(outcome) THEN asked[r].value ELSE state
  /\ answer' = [answer EXCEPT ![r] = outcome]
  /\ PutAway(w)
  /\ UNCHANGED <<ends, asked, waiting, queue, out>>

\* The result of a handler is the value that it has found.
Finish(r) == \E w \in At(r) : Returns(w, r, Done(busy[w].seen))

\* The handler has returned an error, perhaps in the middle of a change.
Fail(r) == \E w \in At(r) : Returns(w, r, Refusal("failed"))

\* The handler has panicked. A rule: a panic ends the handler, not the worker.
Panic(r) == \E w \in At(r) : Returns(w, r, Refusal("panicked"))

\* The request needs something slow. The worker goes on with the next one.
StartAsync(r) ==
  /\ At(r) # {}
  /\ out' = Append(out, r)
  /\ UNCHANGED state
  /\ \E w \in At(r) : PutAway(w)
  /\ UNCHANGED <<ends, asked, answer, waiting, queue>>

\* A rule: a call that returns only puts its result into the queue.
AsyncDone(r) ==
  /\ r \in Entries(out)
  /\ out' = SelectSeq(out, LAMBDA o : o # r)
  /\ queue' = Append(queue, [request |-> r, back |-> TRUE])
  /\ UNCHANGED <<ends, asked, answer, waiting, busy, state>>

(* The end.                                                                *)

\* No request comes in any more. To drain serves all, to abandon what has begun.
Stop(how) ==
  /\ mode = "open"
  /\ mode' = how
  /\ answer' = [r \in Request |->
       IF r \in GivenUp(how) THEN Refusal("stopped") ELSE answer[r]]
  /\ queue' = SelectSeq(queue, LAMBDA i : i.request \notin GivenUp(how))
  /\ waiting' = SelectSeq(waiting, LAMBDA r : r \notin GivenUp(how))
  /\ UNCHANGED <<policy, capacity, asked, busy, out, state>>

End ==
  /\ mode \in How
  /\ MayEnd
  /\ mode' = "stopped"
  /\ UNCHANGED <<policy, capacity, asked, answer, inside, state>>

Answers(r) == Finish(r) \/ Fail(r) \/ Panic(r)
Next ==
  \/ \E p \in Policy, n \in Capacity : Start(p, n)
  \/ \E v \in Value, from \in From :
       \/ Submit(v, from) \/ Block(v, from) \/ Reject(v, from)
       \/ \E r \in Request : DropOldest(v, from, r)
  \/ Admit
  \/ \E n \in 1 .. Len(queue) : Take(n)
  \/ \E r \in Request : GiveUp(r) \/ Answers(r) \/ StartAsync(r) \/ AsyncDone(r)
  \/ End \/ \E how \in How : Stop(how)

\* The worker works, calls return, and no request goes out on calls for ever.
Fairness ==
  /\ WF_vars(Admit) /\ WF_vars(End)
  /\ WF_vars(\E n \in 1 .. Len(queue) : Take(n))
  /\ \A r \in Nat \ {0} : SF_vars(r \in Request /\ Answers(r))
  /\ \A r \in Nat \ {0} : WF_vars(r \in Request /\ AsyncDone(r))

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
