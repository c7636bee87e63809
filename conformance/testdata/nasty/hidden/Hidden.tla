------------------------------- MODULE Hidden -------------------------------
(* Several initial states, state that no view shows, a choice that shows only *)
(* later or never, and steps that change nothing.                             *)
EXTENDS Naturals

VARIABLES shown, secret, mood
vars == <<shown, secret, mood>>

Init == shown \in {0, 3} /\ secret \in 1 .. 2 /\ mood = "calm"

Roll == secret' \in {0, 1, 2} /\ UNCHANGED <<shown, mood>>

Show == secret > 0 /\ shown' = secret /\ secret' = 0 /\ UNCHANGED mood

Add == /\ shown < 4 /\ shown' = shown + secret
       /\ \E m \in {"calm", "cross"} : mood' = m
       /\ UNCHANGED secret

Shout == mood = "cross" /\ mood' = "calm" /\ UNCHANGED <<shown, secret>>

Idle == UNCHANGED vars

Next == Roll \/ Show \/ Add \/ Shout \/ Idle
=============================================================================
