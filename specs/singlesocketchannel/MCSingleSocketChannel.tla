----------------------- MODULE MCSingleSocketChannel -----------------------
(***************************************************************************)
(* What the models of SingleSocketChannel need beside it. Requests and     *)
(* faults are bounded, and no step that must happen is: so each behaviour  *)
(* of the model is one of the spec, with its fairness.                     *)
(***************************************************************************)
EXTENDS Delivery

CONSTANTS
  ByFirst,     \* how many requests the first end makes, over all its processes
  ByOther,     \* how many the other end makes
  Faults       \* how many steps happen that none must

VARIABLES
  made,        \* how many requests each end has made
  faults       \* how many faults there were

\* Two texts by turns, and one that is too long to be sent.
Texts == {"x", "y", "long"}
TextOf(number) == IF number % 2 = 0 THEN "x" ELSE "y"

MCInit == Init /\ made = [n \in Node |-> 0] /\ faults = 0

Work ==
  \E n \in Node :
    \/ MustDial(n) /\ Dial(n)
    \/ ~Held(n) /\ MissHeartbeat(n)
    \/ TimeOut(n) \/ Finish(n) \/ SendsRequest(n) \/ SendsAnswer(n) \/ Handles(n)
    \/ \E c \in Connection : Greets(n, c) \/ Receives(n, c)

Asks ==
  \E n \in Node, text \in Text :
    /\ made[n] < IF n = First THEN ByFirst ELSE ByOther
    /\ text \in {TextOf(made[n]), "long"}
    /\ Ask(n, text)
    /\ made' = [made EXCEPT ![n] = @ + 1]

NeedNot ==
  \E n \in Node : \/ SendHeartbeat(n) \/ Cancels(n) \/ Stall(n)
                  \/ DialFails(n) \/ Lose(n) \/ Restart(n)
                  \/ Held(n) /\ MissHeartbeat(n)
                  \/ ~MustDial(n) /\ Dial(n)

MCNext ==
  \/ Work /\ UNCHANGED <<made, faults>>
  \/ Asks /\ UNCHANGED faults
  \/ faults < Faults /\ NeedNot /\ faults' = faults + 1 /\ UNCHANGED made

\* While nothing happens that need not, only an end that was asked dials.
DialsWhenAsked ==
  faults = 0 => \A c \in Connection : made[Dialler(c)] > 0

MCSpec == MCInit /\ [][MCNext]_<<vars, made, faults>> /\ Fairness

THEOREM MCSpec => []DialsWhenAsked

-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

EndStartsAgain    == \E n \in Node : incarnation[n] > 1
CallerLeaves      == \E n \in Node : Len(pending'[n]) < Len(pending[n]) /\ UNCHANGED wire
WindowIsFull      == \E n \in Node : pending[n] # <<>> /\ ~HasRoom(n)
ReaderIsFull      == \E n \in Node : ~MayRead(n)
TwoOnTheWire      == \E c \in DOMAIN wire, n \in Node : Len(wire[c][n]) > 1
BothAreOpen       == \A n \in Node : open[n] # <<>>
=============================================================================
