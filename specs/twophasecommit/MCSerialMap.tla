----------------------------- MODULE MCSerialMap -----------------------------
(***************************************************************************)
(* What SerialMap's model must come to.                                    *)
(***************************************************************************)
EXTENDS SerialMap

Is(outcomes) == outcome["t1"] = outcomes[1] /\ outcome["t2"] = outcomes[2]

ReadsWhatWasWritten ==
  Is(<<"committed", "committed">>) /\ "a" \in DOMAIN reads["t2"] /\ reads["t2"]["a"] = "1"
    /\ "a" \in DOMAIN writes["t1"]
WritesStay ==
  Is(<<"open", "open">>) /\ outcome'["t1"] = "committed" /\ map' # map
    /\ \E k \in Key : map'[k] = Absent
ReadIsWrong ==
  Is(<<"open", "committed">>) /\ "a" \in DOMAIN reads["t1"] /\ reads["t1"]["a"] # map["a"]
TwoAreAborted ==
  Is(<<"open", "open">>) /\ outcome'["t1"] = "aborted" /\ outcome'["t2"] = "aborted"
AbortedGoesOn ==
  Is(<<"aborted", "open">>) /\ (writes'["t1"] # writes["t1"] \/ reads'["t1"] # reads["t1"])
=============================================================================
