------------------------ MODULE MCRequestWaitingList ------------------------
(***************************************************************************)
(* The bounds of RequestWaitingList's models.                              *)
(***************************************************************************)
EXTENDS WaitingListProperties

UpToOne   == 1 .. 1
FirstTwo  == 0 .. 1
UpToTwo   == 1 .. 2
UpToThree == 1 .. 3
UpToFour  == 1 .. 4
UpToFive  == 1 .. 5
Two       == {[group |-> {"p1", "p2"}, quorum |-> 2]}
ThreeFour == {[group |-> {"p1", "p2", "p3"}, quorum |-> 2],
              [group |-> {"p1", "p2", "p3", "p4"}, quorum |-> 3]}

Of(life) == {x \in DOMAIN truth : x[1] = life}
Peers == {x \in DOMAIN truth : truth[x].index = 0}

\* No node leads again when its calls were lost.
Once == ~(leads /\ \E x \in Mine : truth[x].lost)

\* One process, one call to the peers, of which p1 may be asked twice.
OneCall ==
  /\ lives = 0 /\ mark = 0 /\ Peers = DOMAIN truth /\ Once
  /\ Cardinality(DOMAIN truth) <= 1
  /\ \A m, n \in DOMAIN pending : pending[m].peer = "p2" /\ m # n => pending[n].peer = "p1"
\* Two processes, each with a call to the peers, and time stands still. The first has sent
\* one request, which is answered too late.
TwoLives ==
  /\ now = 0 /\ mark = 0 /\ Peers = DOMAIN truth /\ Once
  /\ \A life \in Life : Cardinality(Of(life)) <= 1
  /\ lives <= 1 /\ last <= 2 + lives
  /\ \A r \in sent : r.call[1] = 0 => r.number = 2 /\ r.to = "p1"
  /\ lives = 1 => \A x \in Of(0) : truth[x].yes \cup truth[x].no = {} /\ truth[x].told = <<"unknown">>
\* Two calls that wait for an index.
Indexes == lives = 0 /\ Peers = {} /\ Cardinality(DOMAIN truth) <= 2 /\ last <= 2 /\ Once

Small == OneCall \/ TwoLives \/ Indexes

\* One call to three or four peers, which are asked in turn. Time stands still, so a call
\* that ends does so because its peers have answered.
InTurn ==
  /\ lives = 0 /\ mark = 0 /\ now = 0 /\ Peers = DOMAIN truth /\ Cardinality(DOMAIN truth) <= 1
  /\ \A n \in DOMAIN pending : pending[n].peer = <<"p1", "p2", "p3", "p4">>[n - 1]
  /\ \A x \in DOMAIN truth : ~truth[x].lost /\ (x[2] \in DOMAIN calls => leads)
WithoutClock == Init /\ [][Next]_vars /\ WF_vars(Tell)
OneIsTold == Decided(<<0, 1>>) ~> Ended(<<0, 1>>)

OneEnds == <<0, 1>> \in DOMAIN truth ~> Ended(<<0, 1>>)
TwoEnds == <<0, 2>> \in DOMAIN truth ~> Ended(<<0, 2>>)

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

OneWas(outcome) == \E x \in DOMAIN truth : truth[x].told = <<outcome>>
OneSucceeds      == OneWas("success")
OneExpires       == OneWas("expired")
OneIsUnknown     == OneWas("unknown")
HalfSaysNo       == \E x \in DOMAIN truth : truth[x].told = <<"failure">> /\ truth[x].yes # {}
AskedTwice       == \E m, n \in DOMAIN pending : m # n /\ pending[m].peer = pending[n].peer
AnswersTwice     == \E x \in DOMAIN truth : truth[x].yes \cap truth[x].no # {}
AnswerComesLate  == sent # {} /\ \E r \in sent : r.incarnation < incarnation /\ r.number \in DOMAIN pending
IndexIsReached   == last' > last /\ Len(due') > Len(due)
AdvancePassesTwo == mark' > mark /\ Len(due') = Len(due) + 2
=============================================================================
