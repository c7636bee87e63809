----------------------------- MODULE ReadRestart -----------------------------
(***************************************************************************)
(* Read restart, which waits for no clock: the other way to the promise of *)
(* Clock-Bound Wait, for one key. A write gets the beginning of the clock's*)
(* interval as its stamp, and is visible at once. A read gets the interval *)
(* as its stamp and its limit. A version between the two may have been     *)
(* written before the read began, or later. Then the read starts again at  *)
(* the version's stamp, with the same limit. After CockroachDB and         *)
(* YugabyteDB.                                                             *)
(*                                                                         *)
(* A client has one operation at a time. Each key is at one node, whose    *)
(* clock gives its versions their stamps; a read takes its own from any    *)
(* node's. A reading is an argument of the step that uses it.              *)
(*                                                                         *)
(* Left out: snapshots of several keys, for which a node must remember the *)
(* stamps that it has answered; clients that give up; how versions become  *)
(* durable.                                                                *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Client, Key,
  Time,         \* what the clocks can read: the natural numbers up to some moment
  Width,        \* how wide an interval may be
  Excess        \* by how much a clock may err beyond its interval: 0, as promised

VARIABLES
  now,          \* the true time, which no node knows
  data,         \* of each key: the stamps of its versions
  asked,        \* of each client: its read on the way
  (* ghosts *)
  op,           \* of each client and key: its last or present operation, as in AtomicRegister
  floor         \* of each key: the newest version of which a client was told

vars == <<now, data, asked, op, floor>>

Max(S) == CHOOSE v \in S : \A u \in S : u <= v
Greater(a, b) == IF a > b THEN a ELSE b
-----------------------------------------------------------------------------
(* The rules. *)

\* The stamp of a write is not later than the true time.
StampOf(from, to) == from

\* The stamps of a key increase. If its clock has not come so far, a write waits for it.
IsNewest(k, stamp) == \A v \in data[k] \cup {0} : v < stamp

\* The true time is not later than the limit of a read.
LimitOf(from, to) == to

\* A version above the stamp may be older than the read, up to the limit and there, too.
IsUncertain(r, v) == r.stamp < v /\ v <= r.limit

\* A read that starts again takes the stamp of the newest version that made it do so.
StampAfter(r, uncertain) == Max(uncertain)

\* Its limit stays: what is written later is above it, sooner or later.
LimitAfter(r) == r.limit
-----------------------------------------------------------------------------
Idle(c) == \A k \in Key : op[c, k].outcome # ""
Under(c, k, kind) == op[c, k].kind = kind /\ op[c, k].outcome = ""
Uncertain(c, k) == {v \in data[k] : IsUncertain(asked[c], v)}

Attempt(stamp, limit, restarts) == [stamp |-> stamp, limit |-> limit, restarts |-> restarts]

Init ==
  /\ now = 0 /\ data = [k \in Key |-> {}] /\ floor = [k \in Key |-> 0]
  /\ asked = [c \in Client |-> Attempt(0, 0, 0)]
  /\ op = [x \in Client \X Key |->
            [kind |-> "none", since |-> 0, version |-> 0, outcome |-> "done"]]

Tick(to) == to > now /\ now' = to /\ UNCHANGED <<data, asked, op, floor>>

\* What a clock can read.
MayRead(from, to) ==
  /\ from <= to /\ to - from <= Width
  /\ from - Excess <= now /\ now <= to + Excess

Begin(c, k, kind) ==
  /\ Idle(c)
  /\ op' = [op EXCEPT ![c, k] = [kind |-> kind, since |-> floor[k], version |-> 0, outcome |-> ""]]
  /\ UNCHANGED <<now, data, floor>>

\* A client sends a write to the node that has the key.
Send(c, k) == Begin(c, k, "write") /\ UNCHANGED asked

\* It is visible from now on.
Install(c, k, from, to) ==
  /\ Under(c, k, "write") /\ op[c, k].version = 0
  /\ MayRead(from, to)
  /\ IsNewest(k, StampOf(from, to))
  /\ data' = [data EXCEPT ![k] = @ \cup {StampOf(from, to)}]
  /\ op' = [op EXCEPT ![c, k].version = StampOf(from, to)]
  /\ UNCHANGED <<now, asked, floor>>

Ended(c, k, version) ==
  /\ op' = [op EXCEPT ![c, k].version = version, ![c, k].outcome = "done"]
  /\ floor' = [floor EXCEPT ![k] = Greater(@, version)]
  /\ UNCHANGED <<now, data>>

\* The writer is told so.
Acknowledge(c, k) ==
  /\ Under(c, k, "write") /\ op[c, k].version # 0
  /\ Ended(c, k, op[c, k].version)
  /\ UNCHANGED asked

\* A read begins with a reading of any node's clock, and goes to the node that has the key.
Ask(c, k, from, to) ==
  /\ MayRead(from, to)
  /\ asked' = [asked EXCEPT ![c] = Attempt(from, LimitOf(from, to), 0)]
  /\ Begin(c, k, "read")

\* The newest version that the read can see; 0 if there is none.
Answer(c, k) == Max({0} \cup {v \in data[k] : v <= asked[c].stamp})

Serve(c, k) ==
  /\ Under(c, k, "read")
  /\ Uncertain(c, k) = {}
  /\ Ended(c, k, Answer(c, k))
  /\ asked' = [asked EXCEPT ![c] = Attempt(0, 0, 0)]

Restart(c, k) ==
  /\ Under(c, k, "read")
  /\ Uncertain(c, k) # {}
  /\ LET r == asked[c]
     IN  asked' = [asked EXCEPT ![c] =
                     Attempt(StampAfter(r, Uncertain(c, k)), LimitAfter(r), r.restarts + 1)]
  /\ UNCHANGED <<now, data, op, floor>>

Next ==
  \/ \E to \in Time : Tick(to)
  \/ \E c \in Client, k \in Key :
       \/ Send(c, k) \/ Acknowledge(c, k) \/ Serve(c, k) \/ Restart(c, k)
       \/ \E from, to \in Time : Install(c, k, from, to) \/ Ask(c, k, from, to)

Spec == Init /\ [][Next]_vars

\* What is asked is looked at again and again.
Fairness == \A c \in Client, k \in Key : WF_vars(Serve(c, k) \/ Restart(c, k))
=============================================================================
