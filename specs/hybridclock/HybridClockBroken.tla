-------------------------- MODULE HybridClockBroken --------------------------
(***************************************************************************)
(* Each rule of HybridClock left out, for broken/RULE.cfg to choose one.   *)
(***************************************************************************)
EXTENDS MCHybridClock

\* Pack: the counter is put into low digits of the milliseconds, not behind them.
IntoLowDigits(wall, counter) == Wall(wall) * Width + counter

\* NextStamp: the milliseconds may come from the message, and the counter is that of
\* the node in any case.
OwnCounter(own, heard) ==
  IF Wall(heard) > Wall(own) THEN Wall(heard) * Width + (own % Width) ELSE own + 1

\* WithPhysical: the physical time is taken over also where it has jumped back.
AnyTime(stamp, reading) == IF reading # Wall(stamp) THEN reading * Width ELSE stamp

\* IsNear: a node follows every stamp.
Anywhere(wall, reading) == TRUE

\* MayGive: what is being written counts as reserved.
AtOnce(n, stamp) == Wall(stamp) <= asked[n]

\* MayReserve: the reservation follows the physical clock.
Anew(n, upTo) == upTo # bound[n]

\* StartsAt: a process begins with the millisecond that is reserved.
AtItsBeginning(kept) == Pack(kept, 0)
-----------------------------------------------------------------------------
\* A story for IsNear: the clock of n1 stands still, and n1 hears of n2.
Pulled ==
  /\ Together
  /\ physical["n1"] = 0
  /\ IF log["n1"] = <<>> THEN latest["n1"] = 0 ELSE HasHeard("n1")
  /\ log["n2"] # <<>> => physical["n2"] = 2 /\ Wall(log["n2"][1].stamp) = 2
=============================================================================
