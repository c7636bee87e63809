----------------------------- MODULE HybridClock -----------------------------
(***************************************************************************)
(* Hybrid Clock: the stamp of an event is greater than those of all events *)
(* that may have led to it, as with a Lamport clock, and near the physical *)
(* time of the node where it happened. After Joshi, Patterns of            *)
(* Distributed Systems, ch. 23, and Kulkarni et al., Logical Physical      *)
(* Clocks (2014).                                                          *)
(*                                                                         *)
(* A stamp is one number: milliseconds in the high digits, a counter in    *)
(* the low ones. The counter is the low half of a Lamport clock, and       *)
(* carries into the milliseconds. The physical clocks of the nodes jump in *)
(* both directions. Before a node gives a stamp out, it has reserved the   *)
(* stamp's millisecond on its disk, so that the next process begins above. *)
(*                                                                         *)
(* log, past and highest are auxiliary: log has the stamps that each node  *)
(* has given, each with the events that happened before it.                *)
(*                                                                         *)
(* Left out: the messages. A stamp that was given may arrive anywhere, at  *)
(* any later time, any number of times, also at the node that gave it.     *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  Node,         \* names from the list below
  Time,         \* in milliseconds: what a physical clock reads, and what is reserved
  MaxCounter,   \* in one millisecond
  MaxOffset     \* how far a stamp may be ahead of a physical clock

\* Two nodes may give the same stamp. TLC cannot compare strings, so the order of
\* their names is written down.
Names == <<"n1", "n2", "n3">>
Rank(node) == CHOOSE i \in DOMAIN Names : Names[i] = node
ASSUME NamesHaveAnOrder == Node \subseteq {Names[i] : i \in DOMAIN Names}
ASSUME TimeIsNatural == Time \subseteq Nat

VARIABLES
  (* of a node, in memory: lost when its process ends *)
  physical,   \* the last reading of its physical clock
  latest,     \* the greatest stamp that it has given, or may have given
  bound,      \* the last millisecond that is reserved on its disk
  asked,      \* the one that is being written, or bound
  (* auxiliary *)
  log, past, highest

clock  == <<latest, log, past>>
disk   == <<bound, asked>>
vars   == <<physical, latest, bound, asked, log, past, highest>>

Width == MaxCounter + 1
Wall(stamp) == stamp \div Width
Greater(a, b) == IF a > b THEN a ELSE b

Events == UNION {{n} \X DOMAIN log[n] : n \in Node}
StampOf(event) == log[event[1]][event[2]].stamp
Stamps == {StampOf(e) : e \in Events}

\* The receipt of a stamp comes after each event that has it, and after what led to
\* that.
Heard(stamp) ==
  UNION {log[e[1]][e[2]].past \cup {e} : e \in {f \in Events : StampOf(f) = stamp}}
-----------------------------------------------------------------------------
(* The rules. Each is one reason why this works, and can be broken alone.  *)

\* One number for both parts, whose order is theirs: first the milliseconds, then
\* the counter.
Pack(wall, counter) == wall * Width + counter

\* Lamport's rule. One more than the greatest counter is the next millisecond.
NextStamp(own, heard) == Greater(own, heard) + 1

\* Physical time is taken over where it is ahead, and nowhere else: it may have
\* jumped back.
WithPhysical(stamp, reading) == Greater(stamp, Pack(reading, 0))

\* A node follows no stamp that is too far ahead of its physical clock, and
\* reserves nothing that is.
IsNear(wall, reading) == wall <= reading + MaxOffset

\* A stamp is given out when its millisecond is reserved, and no crash can take
\* that back.
MayGive(n, stamp) == Wall(stamp) <= bound[n]

\* What is reserved grows, also when the physical clock has jumped back.
MayReserve(n, upTo) == upTo > bound[n]

\* A process begins behind all that an earlier one may have given out.
StartsAt(kept) == Pack(kept, MaxCounter)
-----------------------------------------------------------------------------
Init ==
  /\ physical = [n \in Node |-> 0] /\ latest = [n \in Node |-> 0]
  /\ bound = [n \in Node |-> 0] /\ asked = [n \in Node |-> 0]
  /\ log = [n \in Node |-> <<>>]
  /\ past = [n \in Node |-> {}]
  /\ highest = [n \in Node |-> 0]

\* The physical clock goes on, is slow, or was set in the meantime.
Read(n, reading) ==
  /\ reading # physical[n]
  /\ physical' = [physical EXCEPT ![n] = reading]
  /\ highest' = [highest EXCEPT ![n] = Greater(@, reading)]
  /\ UNCHANGED <<clock, disk>>

\* The stamp of an event which follows from all that happened on the node, and
\* from the events that were heard of.
Give(n, stamp, heard) ==
  /\ MayGive(n, stamp)
  /\ latest' = [latest EXCEPT ![n] = stamp]
  /\ log' = [log EXCEPT ![n] = Append(@, [stamp |-> stamp, past |-> past[n] \cup heard])]
  /\ past' = [past EXCEPT ![n] = @ \cup heard \cup {<<n, Len(log[n]) + 1>>}]
  /\ UNCHANGED <<physical, disk, highest>>

\* Something happens on the node: it sends a message, say.
Now(n) == Give(n, WithPhysical(NextStamp(latest[n], 0), physical[n]), {})

\* A stamp has come in. Its receipt is an event too.
Receive(n, stamp) ==
  /\ stamp \in Stamps
  /\ IsNear(Wall(stamp), physical[n])
  /\ Give(n, WithPhysical(NextStamp(latest[n], stamp), physical[n]), Heard(stamp))

\* A stamp is too far ahead: some physical clock is wrong, here or there.
Refuse(n, stamp) ==
  /\ stamp \in Stamps
  /\ ~IsNear(Wall(stamp), physical[n])
  /\ UNCHANGED vars

(* The disk. The node goes on while it writes. *)

Reserve(n, upTo) ==
  /\ asked[n] = bound[n]
  /\ MayReserve(n, upTo)
  /\ IsNear(upTo, physical[n])
  /\ asked' = [asked EXCEPT ![n] = upTo]
  /\ UNCHANGED <<physical, clock, bound, highest>>

\* The flush has returned.
Persist(n) ==
  /\ asked[n] # bound[n]
  /\ bound' = [bound EXCEPT ![n] = asked[n]]
  /\ UNCHANGED <<physical, clock, asked, highest>>

\* The process ends, and the next one begins with what it finds: what was being
\* written may have come to the disk or not. It has not read its physical clock.
Kept(n) == {bound[n], asked[n]}
Restart(n, kept) ==
  /\ kept \in Kept(n)
  /\ physical' = [physical EXCEPT ![n] = 0]
  /\ latest' = [latest EXCEPT ![n] = StartsAt(kept)]
  /\ bound' = [bound EXCEPT ![n] = kept] /\ asked' = [asked EXCEPT ![n] = kept]
  /\ UNCHANGED <<log, past, highest>>

Works(n) ==
  \/ Now(n)
  \/ \E stamp \in Stamps : Receive(n, stamp) \/ Refuse(n, stamp)
  \/ \E upTo \in Time : Reserve(n, upTo)
  \/ Persist(n)
  \/ \E kept \in Kept(n) : Restart(n, kept)

Next == \E n \in Node : Works(n) \/ \E reading \in Time : Read(n, reading)

\* A node gives stamps as long as it may, and reserves what it needs for that.
FairTo(n) ==
  WF_vars(Now(n)) /\ WF_vars(\E upTo \in Time : Reserve(n, upTo)) /\ WF_vars(Persist(n))
Fairness == \A n \in Node : FairTo(n)

Spec == Init /\ [][Next]_vars /\ Fairness
=============================================================================
