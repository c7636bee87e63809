---------------------- MODULE RequestWaitingListSteps ----------------------
(***************************************************************************)
(* How the list in impl/requestwaitinglist speaks of its steps.            *)
(***************************************************************************)
EXTENDS RequestWaitingList, Steps

CONSTANTS
  Node,    \* the names of the node, of which a run has one
  MaxIncarnation, MaxIndex, MaxTime

\* A function over numbers is shown as a sequence, by number.
Of(f, Shown(_)) ==
  LET order == SelectSeq([n \in 1 .. last |-> n], LAMBDA n : n \in DOMAIN f)
  IN  [k \in 1 .. Len(order) |-> Shown(order[k])]

View(node) ==
  [incarnation |-> incarnation, leads |-> leads, mark |-> mark, now |-> now, last |-> last,
   calls |-> Of(calls, LAMBDA c :
     [call |-> c, group |-> Members(calls[c].group), quorum |-> calls[c].quorum,
      index |-> calls[c].index, yes |-> calls[c].yes, no |-> calls[c].no,
      heard |-> Members(calls[c].heard), deadline |-> calls[c].deadline]),
   pending |-> Of(pending, LAMBDA n :
     [number |-> n, call |-> pending[n].call, peer |-> pending[n].peer]),
   due |-> due]

Shown(r) == [incarnation |-> r.incarnation, number |-> r.number, to |-> r.to]
Entries  == DOMAIN pending
Untold   == {due[k].call : k \in DOMAIN due}

\* There is no StepsNetwork. Peers take no steps, and their answers are not in `sent': Receive
\* makes one. Arrows would lead to lanes on which nothing happens, and none would come back.
\* A request under way changes nothing until its answer comes. No step reads a ghost.
StepsState == <<incarnation, leads, mark, now, last, calls, pending, due>>

StepsNext ==
  \/ \E node \in Arg("node", Node), group \in Arg("group", {Members(g) : g \in SUBSET Peer \ {{}}}),
        quorum \in Arg("quorum", 1 .. Cardinality(Peer)), t \in Arg("timeout", 1 .. MaxTime) :
       Step("Begin", [node |-> node, group |-> group, quorum |-> quorum, timeout |-> t],
            quorum <= Cardinality(DOMAIN group) /\ Begin(DOMAIN group, quorum, t))
  \/ \E node \in Arg("node", Node), i \in Arg("index", 1 .. MaxIndex), t \in Arg("timeout", 1 .. MaxTime) :
       Step("Wait", [node |-> node, index |-> i, timeout |-> t], Wait(i, t))
  \/ \E node \in Arg("node", Node), c \in Arg("call", DOMAIN calls), p \in Arg("peer", Peer) :
       Step("Ask", [node |-> node, call |-> c, peer |-> p], Ask(c, p))
  \/ \E node \in Arg("node", Node), n \in Arg("number", 1 .. last + 1), c \in Arg("call", DOMAIN calls),
        p \in Arg("peer", Peer) :
       Step("Send", [node |-> node, number |-> n, call |-> c, peer |-> p], Send(n, c, p))
  \/ \E node \in Arg("node", Node), n \in Arg("number", Entries) :
       Step("SendFails", [node |-> node, number |-> n], SendFails(n))
  \/ \E node \in Arg("node", Node), r \in Arg("request", {Shown(s) : s \in sent}),
        yes \in Arg("yes", BOOLEAN) :
       Step("Receive", [node |-> node, request |-> r, yes |-> yes],
            \E s \in sent : Shown(s) = r /\ Receive(s, yes))
  \/ \E node \in Arg("node", Node), high \in Arg("high", 1 .. MaxIndex) :
       Step("Advance", [node |-> node, high |-> high], Advance(high))
  \/ \E node \in Arg("node", Node), t \in Arg("to", 1 .. MaxTime) :
       Step("Tick", [node |-> node, to |-> t], Tick(t))
  \/ \E node \in Arg("node", Node) : Step("Sweep", [node |-> node], Sweep)
  \/ \E node \in Arg("node", Node) : \E e \in Arg("outcome", {due[k].outcome : k \in DOMAIN due}),
        c \in Arg("call", Untold) :
       Step("Tell", [node |-> node, incarnation |-> incarnation, call |-> c, outcome |-> e],
            due # <<>> /\ Head(due) = [call |-> c, outcome |-> e] /\ Tell)
  \/ \E node \in Arg("node", Node) : Step("Lead", [node |-> node], Lead)
  \/ \E node \in Arg("node", Node) : Step("StepDown", [node |-> node], StepDown)
  \/ \E node \in Arg("node", Node) : Step("Quiet", [node |-> node], Quiet)
  \/ \E node \in Arg("node", Node), i \in Arg("incarnation", 0 .. MaxIncarnation) :
       Step("Restart", [node |-> node, incarnation |-> i], Restart(i))

StepsSpec == Init /\ [][StepsNext]_vars
-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after every step.                  *)
NoneWaitsInVain == ~leads => DOMAIN calls = {}

(* The bounds of the model that is explored. *)
Peers == {x \in DOMAIN truth : truth[x].index = 0}
Once  == ~(leads /\ \E x \in Mine : truth[x].lost)
Unsent == {n \in Entries : \A r \in sent : r.number # n \/ r.incarnation # incarnation}

\* One call to two peers, of which p1 may be asked twice at first. Requests leave in turn.
OneCall ==
  /\ lives = 0 /\ mark = 0 /\ Peers = DOMAIN truth /\ Cardinality(DOMAIN truth) <= 1
  /\ \A m, n \in Entries : pending[m].peer = "p2" /\ m # n => pending[n].peer = "p1" /\ m > n
  /\ last <= 4 /\ (last = 4 => now = 0 /\ leads) /\ Cardinality(Unsent) <= 1
  /\ \A x \in Peers : truth[x].deadline = 1
  /\ now = 1 => Unsent = {}
\* Two processes with a call each, of which the second gets answers to the first one's.
TwoLives ==
  /\ lives <= 1 /\ now = 0 /\ mark = 0 /\ Peers = DOMAIN truth /\ last <= 2 + lives
  /\ \A life \in 0 .. 1 : Cardinality({x \in DOMAIN truth : x[1] = life}) <= 1
  /\ \A x \in Peers : truth[x].deadline = 1
  /\ \A r \in sent : r.call[1] = 0 => r.number = 2 /\ r.to = "p1"
  /\ lives = 1 => /\ Cardinality({r \in sent : r.call[1] = 0}) = 1 /\ Cardinality(Unsent) <= 1
                  /\ \A x \in DOMAIN truth \ Mine :
                       truth[x].yes \cup truth[x].no = {} /\ truth[x].told = <<"unknown">>
                  /\ \A n \in Entries : pending[n].peer = (IF n = 2 THEN "p1" ELSE "p2")
\* Two calls that wait for an index.
Indexes ==
  /\ lives = 0 /\ Peers = {} /\ Cardinality(DOMAIN truth) <= 2 /\ last <= 2
  /\ \A x \in DOMAIN truth : truth[x].deadline = 1
Explored ==
  /\ Once /\ (OneCall \/ TwoLives \/ Indexes)
  /\ \A x \in Peers : truth[x].quorum = 2
=============================================================================
