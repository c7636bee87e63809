---------------------------- MODULE MCReadRestart ----------------------------
(***************************************************************************)
(* What must hold of ReadRestart, and the bounds of its models.            *)
(***************************************************************************)
EXTENDS ReadRestart, FiniteSets

TypeOK ==
  /\ now \in Time
  /\ \A k \in Key : data[k] \subseteq Time \ {0} /\ floor[k] \in data[k] \cup {0}
  /\ \A c \in Client : asked[c].stamp \in Time /\ asked[c].stamp <= asked[c].limit

\* No version has a stamp that the true time has not reached.
VersionsAreReached == \A k \in Key, v \in Time : v \in data[k] => v <= now

\* A read starts again once at most for each moment of its interval.
RestartsAreBounded == \A c \in Client : asked[c].restarts <= Width

\* To the clients of one key it is a register.
Register(k) == INSTANCE AtomicRegister WITH
  Version <- Time \ {0}, op <- [c \in Client |-> op[c, k]], written <- data[k], floor <- floor[k]
RefinesAtomicRegister ==    \* \A k \in Key : Register(k)!AtomicSpec, in a form that TLC takes
  /\ \A k \in Key : Register(k)!Init
  /\ [][\A k \in Key : UNCHANGED Register(k)!vars \/ Register(k)!AtomicNext]_vars

ReadsEnd == \A c \in Client, k \in Key : Under(c, k, "read") ~> ~Under(c, k, "read")

\* Not promised: a write has no smaller stamp than a write of another key that its client
\* was told of before.
CauseIsNotAbove ==
  [][\A c \in Client, k, j \in Key :
       Under(c, k, "write") /\ op[c, k].version = 0 /\ op'[c, k].version # 0
         => op'[c, k].version >= op[c, j].version]_vars

-----------------------------------------------------------------------------
\* Time goes on by one.
MCTick == now + 1 \in Time /\ Tick(now + 1)
MCNext ==
  \/ MCTick
  \/ \E c \in Client, k \in Key :
       \/ Send(c, k) \/ Acknowledge(c, k) \/ Serve(c, k) \/ Restart(c, k)
       \/ \E from, to \in Time : Install(c, k, from, to) \/ Ask(c, k, from, to)
MCSpec == Init /\ [][MCNext]_vars /\ Fairness
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

SomeRead(P(_, _)) == \E c \in Client, k \in Key : Under(c, k, "read") /\ P(c, k)

RestartsTwice  == \E c \in Client : asked[c].restarts = 2
IsAtTheLimit   == SomeRead(LAMBDA c, k : asked[c].limit \in Uncertain(c, k))
WasThereBefore == SomeRead(LAMBDA c, k : op[c, k].since \in Uncertain(c, k))
CameLater      == SomeRead(LAMBDA c, k : \E v \in Uncertain(c, k) : v > op[c, k].since)
IsLeftOut      == SomeRead(LAMBDA c, k : \E v \in data[k] : v > asked[c].limit)
UntoldIsRead   ==
  \E c \in Client, k \in Key :
    Under(c, k, "write") /\ floor'[k] > floor[k] /\ op[c, k].version = floor'[k]
      /\ op'[c, k] = op[c, k]
AsksAtTheEnd   == \E c \in Client : asked[c].limit < asked'[c].limit /\ asked'[c].limit = now
AsksExactly    ==
  \E c \in Client : asked[c].limit < asked'[c].limit /\ asked'[c].stamp = asked'[c].limit
WriteHasToWait ==
  \E c \in Client, k \in Key : Under(c, k, "write") /\ op[c, k].version = 0 /\ now \in data[k]
=============================================================================
