------------------------ MODULE StrictOrderEmbedding ------------------------
(***************************************************************************)
(* The promise of a Lamport clock, without a clock: events happen, each    *)
(* after all those that may have led to it, and each gets its place once   *)
(* and for all. The places are in one strict order, and that order agrees  *)
(* with what led to what. The other way round it promises nothing.         *)
(***************************************************************************)
EXTENDS Naturals

VARIABLES
  past,    \* for each event that has happened, the events that led to it
  place    \* its place: a number, and a second one where the first is equal

vars == <<past, place>>

Before(a, b) == a[1] < b[1] \/ (a[1] = b[1] /\ a[2] < b[2])

Init == DOMAIN past = {} /\ DOMAIN place = {}

\* The past and the place of an event stay as they are.
Stays ==
  \A e \in DOMAIN past :
    e \in DOMAIN past' /\ past'[e] = past[e] /\ place'[e] = place[e]

\* A new event's past has the pasts of all events in it, and not the event itself.
Follows(e) ==
  /\ e \notin past'[e]
  /\ \A before \in past'[e] :
       before \in DOMAIN past' /\ past'[before] \subseteq past'[e]

\* Its number is greater than those of all that led to it, and no other event has
\* its place.
Embeds(e) ==
  /\ \A before \in past'[e] : place'[before][1] < place'[e][1]
  /\ \A other \in DOMAIN place' \ {e} :
       Before(place'[e], place'[other]) \/ Before(place'[other], place'[e])

Happen ==
  /\ DOMAIN place' = DOMAIN past'
  /\ Stays
  /\ \A e \in DOMAIN past' \ DOMAIN past : Follows(e) /\ Embeds(e)

Spec == Init /\ [][Happen]_vars
-----------------------------------------------------------------------------
(* What must hold.                                                         *)

TypeOK ==
  /\ DOMAIN place = DOMAIN past
  /\ \A e \in DOMAIN past : past[e] \subseteq DOMAIN past /\ DOMAIN place[e] = {1, 2}

\* That something led to an event is a strict order.
PastIsOrder ==
  \A e \in DOMAIN past :
    e \notin past[e] /\ \A before \in past[e] : past[before] \subseteq past[e]

\* The places are in a strict total order, which agrees with it.
PlaceEmbeds ==
  \A a, b \in DOMAIN past :
    /\ a # b => (Before(place[a], place[b]) <=> ~Before(place[b], place[a]))
    /\ a \in past[b] => place[a][1] < place[b][1]

THEOREM Spec => [](TypeOK /\ PastIsOrder /\ PlaceEmbeds)
=============================================================================
