---------------------------- MODULE Connections ----------------------------
(***************************************************************************)
(* How the two ends of a SingleSocketChannel make connections, write and   *)
(* read frames on them, and give them up. Requests and answers are in      *)
(* SingleSocketChannel. Each operator with a prime says what a step does   *)
(* to all variables of this module; StopDialling and OpenOnly leave wire   *)
(* and seen to their callers, and OpenOnly also writing and missed.        *)
(***************************************************************************)
EXTENDS Sockets

CONSTANT Limit   \* how many missed heartbeats mean that the other end is dead

ASSUME LimitIsPositive == Limit \in Nat \ {0}

VARIABLES      \* by node
  incarnation, \* the number of its process
  seen,        \* the newest epoch that it knows
  dial,        \* the connection that it is making, if any
  open,        \* its open connections
  used,        \* the epoch of the last one that it opened
  writing,     \* whether a frame is being written
  missed       \* how many heartbeats it has missed in a row

connections == <<wire, incarnation, seen, dial, open, used, writing, missed>>

With(f, n, value) == [f EXCEPT ![n] = value]

(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* Of two connections the one with the greater epoch counts: of two that are
\* made at once, and of two of which one comes late.
IsNewer(n, c) == c.epoch > seen[n]

\* A connection ends when this end opens a newer one.
IsSuperseded(old, by) == old.epoch < by.epoch

\* Frames are taken from the open connection only.
IsCurrent(n, c) == open[n] = <<c>>

\* One frame at a time is written, from its first byte to its last.
MayWrite(n) == ~writing[n]

\* A frame is taken when all of it is there.
IsWhole(onWire) == onWire.whole

\* The length of a message is bounded.
Fits(text) == text \notin TooLong

\* An end that is silent for so long is dead.
IsDead(n) == missed[n] >= Limit

(* Making a connection.                                                    *)

ConnectionsInit ==
  /\ wire = [c \in {} |-> <<>>]
  /\ incarnation = [n \in Node |-> 1]
  /\ seen = [n \in Node |-> 0] /\ used = [n \in Node |-> 0]
  /\ dial = [n \in Node |-> <<>>] /\ open = [n \in Node |-> <<>>]
  /\ writing = [n \in Node |-> FALSE] /\ missed = [n \in Node |-> 0]

\* What can be taken from a connection: the first frame on it, if any.
Ready(n, c) == {w.frame : w \in {x \in Heads(wire[c][n]) : IsWhole(x)}}

Arrives(n, c, kind, number) ==
  \E f \in Ready(n, c) : f.kind = kind /\ f.number = number

DialNext(n) ==
  LET c == [incarnation |-> incarnation[n], epoch |-> EpochAfter(n, seen[n])]
  IN  /\ open[n] = <<>> /\ dial[n] = <<>>
      /\ wire' = Made(n, c)
      /\ dial' = With(dial, n, <<c>>)
      /\ seen' = With(seen, n, c.epoch)
      /\ UNCHANGED <<incarnation, open, used, writing, missed>>

StopDialling(n) ==
  /\ dial[n] # <<>>
  /\ dial' = With(dial, n, <<>>)
  /\ UNCHANGED <<incarnation, open, used, writing, missed>>

OpenOnly(n, c) ==
  /\ open' = With(open, n,
               Append(SelectSeq(open[n], LAMBDA d : ~IsSuperseded(d, c)), c))
  /\ used' = With(used, n, c.epoch)
  /\ dial' = With(dial, n, <<>>)
  /\ UNCHANGED incarnation

\* The other end has dialled.
AcceptHello(n, c) ==
  /\ Arrives(n, c, "hello", 0)
  /\ IsNewer(n, c)
  /\ wire' = Sent(Rest(n, c), n, c, Plain("welcome", incarnation[n]), TRUE)
  /\ seen' = With(seen, n, c.epoch)
  /\ writing' = With(writing, n, FALSE) /\ missed' = With(missed, n, 0)
  /\ OpenOnly(n, c)

\* It has dialled too late. The answer names the newest epoch.
RejectHello(n, c) ==
  /\ Arrives(n, c, "hello", 0)
  /\ ~IsNewer(n, c)
  /\ wire' = Sent(Rest(n, c), n, c, Plain("refused", seen[n]), TRUE)
  /\ UNCHANGED <<incarnation, seen, dial, open, used, writing, missed>>

TakeWelcome(n, c, process) ==
  /\ dial[n] = <<c>>
  /\ Arrives(n, c, "welcome", process)
  /\ wire' = Rest(n, c)
  /\ OpenOnly(n, c)
  /\ UNCHANGED <<seen, writing, missed>>

TakeRefusal(n, c, newest) ==
  /\ dial[n] = <<c>>
  /\ Arrives(n, c, "refused", newest)
  /\ wire' = Rest(n, c)
  /\ seen' = [seen EXCEPT ![n] = IF newest > @ THEN newest ELSE @]
  /\ StopDialling(n)

(* Frames.                                                                 *)

\* The connection that was opened last.
Last(n) == open[n][Len(open[n])]

\* The first bytes of a frame leave.
Write(n, frame) ==
  /\ open[n] # <<>>
  /\ MayWrite(n)
  /\ writing' = With(writing, n, TRUE)
  /\ wire' = Sent(wire, n, Last(n), frame, FALSE)
  /\ UNCHANGED <<incarnation, seen, dial, open, used, missed>>

\* The last byte of it leaves.
WriteEnd(n) ==
  /\ open[n] # <<>> /\ writing[n]
  /\ writing' = With(writing, n, FALSE)
  /\ wire' = Completed(n, Last(n))
  /\ UNCHANGED <<incarnation, seen, dial, open, used, missed>>

\* A frame has come: the other end is alive.
Take(n, c, kind, frame) ==
  /\ frame \in Ready(n, c)
  /\ frame.kind = kind
  /\ IsCurrent(n, c)
  /\ wire' = Rest(n, c)
  /\ missed' = With(missed, n, 0)
  /\ UNCHANGED <<incarnation, seen, dial, open, used, writing>>

(* The end of a connection, and of a process.                              *)

MissOne(n) ==
  /\ open[n] # <<>> /\ ~IsDead(n)
  /\ missed' = [missed EXCEPT ![n] = IF @ < Limit THEN @ + 1 ELSE @]
  /\ UNCHANGED <<wire, incarnation, seen, dial, open, used, writing>>

Close(n) ==
  /\ open[n] # <<>>
  /\ open' = With(open, n, <<>>)
  /\ writing' = With(writing, n, FALSE) /\ missed' = With(missed, n, 0)
  /\ UNCHANGED <<wire, incarnation, seen, dial, used>>

NextProcess(n) ==
  /\ incarnation' = [incarnation EXCEPT ![n] = @ + 1]
  /\ seen' = With(seen, n, 0) /\ used' = With(used, n, 0)
  /\ dial' = With(dial, n, <<>>) /\ open' = With(open, n, <<>>)
  /\ writing' = With(writing, n, FALSE) /\ missed' = With(missed, n, 0)
  /\ UNCHANGED wire

\* The kinds of the frames that are on their way to this end, on its open connection.
OnWay(n) ==
  UNION {{wire[open[n][k]][n][i].frame.kind : i \in DOMAIN wire[open[n][k]][n]} :
           k \in DOMAIN open[n]}

\* Does the other end have this connection open, or is it making it?
Held(n) == LET m == Other(n) IN open[m] = open[n] \/ dial[m] = open[n]
=============================================================================
