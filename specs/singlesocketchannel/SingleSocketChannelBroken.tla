---------------------- MODULE SingleSocketChannelBroken ----------------------
(***************************************************************************)
(* Each rule of SingleSocketChannel left out, for broken/RULE.cfg to       *)
(* choose one.                                                             *)
(***************************************************************************)
EXTENDS MCSingleSocketChannel

\* IsNewer: every connection that the other end dials is accepted.
AnyEpoch(n, c) == TRUE

\* IsSuperseded: a connection stays open beside a newer one.
NeverSuperseded(old, by) == FALSE

\* IsCurrent: a reader delivers what it reads.
AnyConnection(n, c) == open[n] # <<>>

\* MayWrite: a frame is begun while another one is written.
AnyTime(n) == TRUE

\* IsWhole: the bytes that Read has returned are the frame.
AnyPart(onWire) == TRUE

\* Fits: a message has any length.
AnyLength(text) == TRUE

\* HasRoom, MayRead: there is always memory.
NoBound(n) == TRUE

\* IsDead: there is no deadline.
NeverDead(n) == FALSE

\* Unanswered: unanswered requests go out newest first.
NewestFirst(items) ==
  [i \in 1 .. Len(items) |-> items[Len(items) + 1 - i].number]

\* MayResend: a request goes to any process.
AnyProcess(request, to) == TRUE

\* IsNew: a request that comes again is handled again.
AnyRequest(n, number) == TRUE

\* MayForget: an answer is forgotten when the next request comes.
AtOnce(number, oldest) == TRUE

\* WasSent: a caller that leaves is told that nothing was sent.
NeverSent(request) == FALSE
=============================================================================
