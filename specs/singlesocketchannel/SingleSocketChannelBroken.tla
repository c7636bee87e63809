---------------------- MODULE SingleSocketChannelBroken ----------------------
(***************************************************************************)
(* Each rule of SingleSocketChannel left out, for broken/RULE.cfg to       *)
(* choose one.                                                             *)
(***************************************************************************)
EXTENDS SingleSocketChannel

\* IsNewer: whoever dials is welcome.
AnyEpoch(n, c) == TRUE

\* IsSuperseded: a connection stays open beside a newer one.
NeverSuperseded(old, by) == FALSE

\* IsCurrent: a reader delivers what it reads.
AnyConnection(n, c) == open[n] # <<>>

\* MayWrite: whoever has a frame writes it.
AnyTime(n) == TRUE

\* IsWhole: what Read has returned is the frame.
AnyPart(onWire) == TRUE

\* Fits: any length will do.
AnyLength(text) == TRUE

\* HasRoom, MayRead: there is always memory.
NoBound(n) == TRUE

\* IsDead: there is no deadline.
Patient(n) == FALSE

\* Unanswered: what is left over comes in when it comes in, newest first.
NewestFirst(items) ==
  [i \in 1 .. Len(items) |-> items[Len(items) + 1 - i].number]

\* MayResend: a process is as good as another.
AnyProcess(request, to) == TRUE

\* IsNew: whatever comes is handled.
Everything(n, number) == TRUE

\* MayForget: an answer is done with when it was sent.
AtOnce(number, oldest) == TRUE

\* WasSent: who gives up is told that nothing has happened.
Never(request) == FALSE
=============================================================================
