------------------------- MODULE RequestWaitingList -------------------------
(***************************************************************************)
(* Request Waiting List: a node answers its client when other nodes have   *)
(* answered, or when its log has come to an index. Until then the call     *)
(* waits in a list. After Joshi, Patterns of Distributed Systems, ch. 14.  *)
(*                                                                         *)
(* A call to a group of nodes has an entry for each request. The entry's   *)
(* key travels with the request and comes back with the answer. All        *)
(* entries of a call share its count. A call that waits for an index has   *)
(* no entries: the advance of the high-water mark completes it. Messages   *)
(* are lost, delayed for any time, repeated and reordered: the network     *)
(* keeps all that was ever sent, and a peer may answer it at any time.     *)
(* The node crashes, leads and steps down.                                 *)
(*                                                                         *)
(* Left out: what is asked, what an answer says beside yes and no, when a  *)
(* caller asks a peer again, and who raises the high-water mark.           *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences

CONSTANTS
  Peer,
  Log          \* stands in the group of a call that waits for an index
ASSUME Log \notin Peer

Incarnation == Nat             \* finite in a model, like the next four
Number      == Nat \ {0}       \* of calls and entries
Index       == Nat \ {0}       \* of the log
Time        == Nat
Asking      == {a \in [group : SUBSET Peer, quorum : Nat] : a.quorum \in 1 .. Cardinality(a.group)}

VARIABLES
  (* the node, in memory *)
  incarnation,  \* of its process
  leads,
  mark,         \* the high-water mark of its log
  last,         \* the last number that a call or an entry has got
  calls,        \* those that wait, by number
  pending,      \* their entries, by number
  due,          \* the calls that have ended, whose clients are to be told
  now,          \* its monotonic clock
  (* the network *)
  sent,
  (* ghosts: how many processes there were, and what is true of each call *)
  lives,
  truth

process == <<incarnation, leads, mark, now>>
lists   == <<calls, pending, due>>
vars    == <<process, last, lists, sent, lives, truth>>

Name(c) == <<lives, c>>    \* of a call, for the ghosts
Mine    == {x \in DOMAIN truth : x[1] = lives}
Restrict(f, S) == [x \in S |-> f[x]]
Put(f, x, v)   == [y \in DOMAIN f \cup {x} |-> IF y = x THEN v ELSE f[y]]
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* No process has the incarnation of an earlier one: the number is durable.
IsNew(own, number) == number > own
\* An answer to an earlier process has the number of another request here.
IsOurs(request) == request.incarnation = incarnation
\* A node that does not lead begins nothing, since no step-down would end it.
MayBegin == leads
\* The entry is there before the request leaves: an answer can be fast.
MaySend(n, c, p) == n \in DOMAIN pending /\ pending[n] = [call |-> c, peer |-> p]
\* A peer counts once, with its first answer, however often it was asked.
MayCount(call, p) == p \notin call.heard
\* Only those count for success that have said yes.
HasQuorum(call) == call.yes >= call.quorum
\* n - q + 1 have said no. In an even group half may say yes and half no.
IsImpossible(call) == call.no > Cardinality(call.group) - call.quorum
\* The log may have come to the index before the client waits for it.
IsReached(i) == i <= mark
\* An advance completes all that it passes, since it may pass several.
IsCompleted(i, high) == i <= high
\* Each call has a deadline: its answers may be lost.
IsExpired(call) == call.deadline <= now
\* A call that has ended leaves the list with its entries, so it ends once.
Leaves(outcome) == TRUE
\* The client is told however the call has ended.
MustTell(outcome) == TRUE
\* A node that leads no longer waits for nothing.
IsAbandoned(call) == TRUE
\* Peers may have done what they were asked, and another leader may go on.
AbandonedOutcome == "unknown"
-----------------------------------------------------------------------------
Init ==
  /\ incarnation = 0 /\ leads = FALSE /\ mark = 0 /\ last = 0
  /\ calls = <<>> /\ pending = <<>> /\ due = <<>> /\ now = 0
  /\ sent = {} /\ lives = 0 /\ truth = <<>>

Call(group, quorum, i, timeout) ==
  [group |-> group, quorum |-> quorum, index |-> i, yes |-> 0, no |-> 0, heard |-> {},
   deadline |-> now + timeout]
Begun(call, yes) ==
  [group |-> call.group, quorum |-> call.quorum, index |-> call.index, yes |-> yes, no |-> {},
   deadline |-> call.deadline, late |-> FALSE, lost |-> FALSE, told |-> <<>>]

\* The ghosts note what happens to calls whose clients do not know the outcome yet.
Note(S, What(_)) ==
  [x \in DOMAIN truth |-> IF x \in S /\ truth[x].told = <<>> THEN What(truth[x]) ELSE truth[x]]

\* By index and then by age. Other calls have the index 0.
Before(c, d) ==
  calls[c].index < calls[d].index \/ (calls[c].index = calls[d].index /\ c < d)
InOrder(S) ==
  [k \in 1 .. Cardinality(S) |-> CHOOSE c \in S : Cardinality({d \in S : Before(d, c)}) = k - 1]

\* Calls end: they leave the list, and their clients are to be told.
End(all, ended, outcome) ==
  LET tell == {c \in ended : MustTell(outcome)}
  IN  /\ calls' = Restrict(all, DOMAIN all \ {c \in ended : Leaves(outcome)})
      /\ due' = due \o [k \in 1 .. Cardinality(tell) |->
                         [call |-> InOrder(tell)[k], outcome |-> outcome]]
\* Of the entries those stay whose calls wait.
Keep(entries) ==
  pending' = Restrict(entries, {n \in DOMAIN entries : entries[n].call \in DOMAIN calls'})

(* The client. *)
Begin(group, quorum, timeout) ==
  LET call == Call(group, quorum, 0, timeout)
  IN  /\ MayBegin /\ last + 1 \in Number /\ call.deadline \in Time
      /\ last' = last + 1
      /\ calls' = Put(calls, last', call)
      /\ truth' = Put(truth, Name(last'), Begun(call, {}))
      /\ UNCHANGED <<process, pending, due, sent, lives>>

\* Wait until the high-water mark has come to index i.
Wait(i, timeout) ==
  LET call == Call({Log}, 1, i, timeout)
  IN  /\ MayBegin /\ last + 1 \in Number /\ call.deadline \in Time
      /\ last' = last + 1
      /\ IF IsReached(i)
         THEN due' = Append(due, [call |-> last', outcome |-> "success"]) /\ UNCHANGED calls
         ELSE calls' = Put(calls, last', call) /\ UNCHANGED due
      /\ truth' = Put(truth, Name(last'), Begun(call, IF i <= mark THEN {Log} ELSE {}))
      /\ UNCHANGED <<process, pending, sent, lives>>

\* An entry for a request to p, its first or another one.
Ask(c, p) ==
  /\ c \in DOMAIN calls /\ p \in calls[c].group \ {Log} /\ MayCount(calls[c], p)
  /\ last + 1 \in Number
  /\ last' = last + 1
  /\ pending' = Put(pending, last', [call |-> c, peer |-> p])
  /\ UNCHANGED <<process, calls, due, sent, lives, truth>>

\* The request leaves.
Send(n, c, p) ==
  /\ MaySend(n, c, p)
  /\ sent' = sent \cup {[incarnation |-> incarnation, number |-> n, to |-> p, call |-> Name(c)]}
  /\ UNCHANGED <<process, last, lists, lives, truth>>

(* What the list hears. *)
\* The entry's peer has said yes or no.
Count(n, yes) ==
  LET c    == pending[n].call
      p    == pending[n].peer
      one  == calls[c]
      call == IF ~MayCount(one, p) THEN one
              ELSE [one EXCEPT !.heard = @ \cup {p}, !.yes = @ + (IF yes THEN 1 ELSE 0),
                               !.no = @ + (IF yes THEN 0 ELSE 1)]
  IN  /\ End([calls EXCEPT ![c] = call],
             IF HasQuorum(call) \/ IsImpossible(call) THEN {c} ELSE {},
             IF HasQuorum(call) THEN "success" ELSE "failure")
      /\ Keep(Restrict(pending, DOMAIN pending \ {n}))

Said(x, p, yes) ==
  Note({x}, LAMBDA one : IF yes THEN [one EXCEPT !.yes = @ \cup {p}] ELSE [one EXCEPT !.no = @ \cup {p}])

\* The transport says that a request will not be answered.
SendFails(n) ==
  /\ n \in DOMAIN pending
  /\ truth' = Said(Name(pending[n].call), pending[n].peer, FALSE)
  /\ Count(n, FALSE)
  /\ UNCHANGED <<process, last, sent, lives>>

\* An answer arrives, for the first time or again, perhaps one that is no longer awaited.
Receive(request, yes) ==
  /\ request \in sent
  /\ truth' = Said(request.call, request.to, yes)
  /\ IF /\ IsOurs(request) /\ request.number \in DOMAIN pending
        /\ pending[request.number].peer = request.to
     THEN Count(request.number, yes)
     ELSE UNCHANGED lists
  /\ UNCHANGED <<process, last, sent, lives>>

Advance(high) ==
  /\ high > mark /\ mark' = high
  /\ truth' = Note({x \in Mine : truth[x].index \in 1 .. high}, LAMBDA one : [one EXCEPT !.yes = {Log}])
  /\ End(calls, {c \in DOMAIN calls : calls[c].index > 0 /\ IsCompleted(calls[c].index, high)},
         "success")
  /\ UNCHANGED <<incarnation, leads, now, last, pending, sent, lives>>

Tick(t) ==
  /\ t > now /\ now' = t
  /\ truth' = Note({x \in Mine : truth[x].deadline <= t}, LAMBDA one : [one EXCEPT !.late = TRUE])
  /\ UNCHANGED <<incarnation, leads, mark, last, lists, sent, lives>>

Expired == {c \in DOMAIN calls : IsExpired(calls[c])}
Sweep ==
  /\ Expired # {}
  /\ End(calls, Expired, "expired") /\ Keep(pending)
  /\ UNCHANGED <<process, last, sent, lives, truth>>

\* The callback runs: the client is told how the oldest of the calls has ended.
Tell ==
  /\ due # <<>> /\ due' = Tail(due)
  /\ truth' = [truth EXCEPT ![Name(Head(due).call)].told = Append(@, Head(due).outcome)]
  /\ UNCHANGED <<process, last, calls, pending, sent, lives>>

(* The node. *)
Lead ==
  /\ ~leads /\ leads' = TRUE
  /\ UNCHANGED <<incarnation, mark, now, last, lists, sent, lives, truth>>

StepDown ==
  /\ leads /\ leads' = FALSE
  /\ truth' = Note(Mine, LAMBDA one : [one EXCEPT !.lost = TRUE])
  /\ End(calls, {c \in DOMAIN calls : IsAbandoned(calls[c])}, AbandonedOutcome) /\ Keep(pending)
  /\ UNCHANGED <<incarnation, mark, now, last, sent, lives>>

\* The process ends and the next one begins. A client that waits sees the end of its
\* connection, which tells it as much as "unknown" does.
Restart(number) ==
  /\ IsNew(incarnation, number)
  /\ incarnation' = number /\ leads' = FALSE /\ mark' = 0 /\ now' = 0 /\ last' = 0
  /\ calls' = <<>> /\ pending' = <<>> /\ due' = <<>> /\ lives' = lives + 1
  /\ truth' = Note(Mine, LAMBDA one : [one EXCEPT !.lost = TRUE, !.told = <<"unknown">>])
  /\ UNCHANGED sent

\* An observer says that no client waits any more. It is a part of Steps, and not of Next.
Quiet == DOMAIN calls = {} /\ due = <<>> /\ UNCHANGED vars

Next ==
  \/ \E a \in Asking, t \in Time \ {0} : Begin(a.group, a.quorum, t)
  \/ \E i \in Index, t \in Time \ {0} : Wait(i, t)
  \/ \E c \in DOMAIN calls, p \in Peer : Ask(c, p) \/ \E n \in Number : Send(n, c, p)
  \/ \E n \in DOMAIN pending : SendFails(n)
  \/ \E request \in sent, yes \in BOOLEAN : Receive(request, yes)
  \/ \E high \in Index : Advance(high)
  \/ \E t \in Time : Tick(t)
  \/ Sweep \/ Tell \/ Lead \/ StepDown
  \/ \E number \in Incarnation : Restart(number)

\* Time goes on, the list is swept, and clients are told.
Fairness == WF_vars(\E t \in Time : Tick(t)) /\ WF_vars(Sweep) /\ WF_vars(Tell)
Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
