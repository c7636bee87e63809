----------------------- MODULE WaitingListProperties -----------------------
(***************************************************************************)
(* What holds of a Request Waiting List. The properties judge by the       *)
(* ghosts: by the nodes that have really answered a call, and by what its  *)
(* client was told.                                                        *)
(***************************************************************************)
EXTENDS RequestWaitingList

Life == Nat    \* how many processes have ended; finite in a model

Outcome == {"success", "failure", "expired", "unknown"}

TypeOK ==
  /\ incarnation \in Incarnation /\ leads \in BOOLEAN /\ now \in Time
  /\ mark \in Index \cup {0} /\ last \in Number \cup {0}
  /\ DOMAIN calls \cup DOMAIN pending \subseteq 1 .. last
  /\ \A c \in DOMAIN calls :
       /\ calls[c].heard \subseteq calls[c].group
       /\ calls[c].yes + calls[c].no = Cardinality(calls[c].heard)
       /\ calls[c].yes < calls[c].quorum
  /\ \A n \in DOMAIN pending : pending[n].call \in DOMAIN calls /\ pending[n].peer \in Peer
  /\ \A k \in DOMAIN due : due[k].outcome \in Outcome
  /\ \A r \in sent : r.number \in Number /\ r.to \in Peer /\ r.call \in DOMAIN truth
  /\ lives \in Life /\ DOMAIN truth \subseteq Life \X Number
  /\ \A x \in DOMAIN truth : truth[x].yes \cup truth[x].no \subseteq truth[x].group

\* A call waits, or its client is about to be told, or was told.
Told(x) == truth[x].told
Waits(x) == x[1] = lives /\ x[2] \in DOMAIN calls
IsDue(x) == x[1] = lives /\ \E k \in DOMAIN due : due[k].call = x[2]
NoneIsForgotten == \A x \in DOMAIN truth : Waits(x) \/ IsDue(x) \/ Told(x) # <<>>
ToldOnce == \A x \in DOMAIN truth : Len(Told(x)) <= 1
EndsOnce == \A x \in DOMAIN truth : Told(x) # <<>> => ~Waits(x) /\ ~IsDue(x)

\* What a client is told is so.
SuccessHasQuorum ==
  \A x \in DOMAIN truth : Told(x) = <<"success">> => Cardinality(truth[x].yes) >= truth[x].quorum
FailureIsDefinite ==
  \A x \in DOMAIN truth :
    Told(x) = <<"failure">> => Cardinality(truth[x].group \ truth[x].no) < truth[x].quorum
ExpiredIsLate == \A x \in DOMAIN truth : Told(x) = <<"expired">> => truth[x].late

\* A call waits no longer than it has to: not when every node of its group has answered,
\* and not for an index to which the log has come.
Answered(x) == x \in DOMAIN truth /\ truth[x].yes \cup truth[x].no = truth[x].group
AnsweredHasEnded == \A x \in DOMAIN truth : Answered(x) => ~Waits(x)

\* A node that does not lead has no calls.
NoneWaitsInVain == ~leads => DOMAIN calls = {}

\* Calls are given up only by a node that leads no longer.
LedUntilNow ==
  [][(\E x \in DOMAIN truth : truth'[x].lost /\ ~truth[x].lost) => ~leads']_vars

\* No peer is asked again for what it has answered.
AsksWhatIsOpen ==
  [][\A n \in DOMAIN pending' \ DOMAIN pending :
       LET one == truth[Name(pending'[n].call)] IN pending'[n].peer \notin one.yes \cup one.no]_vars

\* Calls that one advance completes are told in the order of their indexes.
IndexOf(k) == truth[Name(due[k].call)].index
EndsInOrder ==
  [][\A k, m \in Len(due) + 1 .. Len(due') : k < m => IndexOf(k)' <= IndexOf(m)']_vars

\* Each call ends, at the latest by its deadline and one sweep. It ends without a deadline
\* if all nodes of its group have answered, or all calls were given up.
Ended(x) == x \in DOMAIN truth /\ Told(x) # <<>>
EndsAtLast(x) == x \in DOMAIN truth ~> Ended(x)
Decided(x) == Answered(x) \/ (x \in DOMAIN truth /\ truth[x].lost)
DecidedIsTold(x) == Decided(x) ~> Ended(x)

\* To each client all this is a QuorumCall.
Field(x, f, none) == IF x \in DOMAIN truth THEN truth[x][f] ELSE none
Client(x) == INSTANCE QuorumCall WITH
  Node <- Peer \cup {Log},
  group <- Field(x, "group", {}), quorum <- Field(x, "quorum", 0),
  yes <- Field(x, "yes", {}), no <- Field(x, "no", {}),
  late <- Field(x, "late", FALSE), lost <- Field(x, "lost", FALSE), told <- Field(x, "told", <<>>)
\* This is \A x \in Life \X Number : Client(x)!Spec, in a form that TLC takes.
RefinesQuorumCall ==
  /\ truth = <<>>
  /\ [][\A x \in DOMAIN truth' : Client(x)!Next \/ UNCHANGED Client(x)!vars]_vars

THEOREM Spec => [](TypeOK /\ NoneIsForgotten /\ ToldOnce /\ EndsOnce)
THEOREM Spec => [](SuccessHasQuorum /\ FailureIsDefinite /\ ExpiredIsLate)
THEOREM Spec => [](AnsweredHasEnded /\ NoneWaitsInVain)
THEOREM Spec => LedUntilNow /\ AsksWhatIsOpen /\ EndsInOrder /\ RefinesQuorumCall
THEOREM Spec => \A x \in Life \X Number : EndsAtLast(x) /\ DecidedIsTold(x)
=============================================================================
