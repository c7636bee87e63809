-------------------------- MODULE MCStrictRegister --------------------------
(***************************************************************************)
(* The bound of StrictRegister's model: n1 has the key, two operations.    *)
(***************************************************************************)
EXTENDS StrictRegister, FiniteSets

Few ==
  /\ Cardinality(writes["n1"] \cup data["n1"]) + Cardinality(reads) + Cardinality(served) <= 2
  /\ writes["n2"] \cup data["n2"] = {} /\ \A r \in reads \cup served : r.to = "n1"
-----------------------------------------------------------------------------
(* What must hold. The judge is what the steps change.                     *)

TypeOK ==
  /\ begun \in [Node -> {None} \cup 0 .. ended] /\ ended \in Stamp
  /\ \A n \in Node : \A w \in writes[n] : w.key \in Key /\ w.ver \in Stamp /\ w.after \in 0 .. ended
  /\ \A r \in reads : {r.from, r.to} \subseteq Node /\ r.key \in Key /\ r.after \in 0 .. ended
  /\ \A n \in Node : \A w \in data[n] : w.ver <= ended
  /\ \A r \in served : r.got <= r.ver /\ r.ver <= ended

\* A node gives each version once.
VersionsDiffer ==
  \A n \in Node : \A w, v \in writes[n] \cup data[n] : w # v => w.ver # v.ver

\* A node has one request without a stamp.
OneAtATime == [][\A n \in Node : begun[n] # None => begun'[n] \in {begun[n], None}]_vars

\* What ends was waiting, and waits no longer.
EndsOnce ==
  [][/\ \A n \in Node : \A w \in data'[n] \ data[n] :
          \E v \in writes[n] \ writes'[n] : w = [key |-> v.key, ver |-> v.ver]
     /\ \A r \in served' \ served : \E q \in reads \ reads' : q.ver = r.ver /\ q.after = r.after]_vars

\* A read that does not end was given up with all that its own node was to do.
OthersGoOn ==
  [][\A r \in reads \ reads' :
       \/ \E s \in served' : s.to = r.to /\ s.key = r.key /\ s.ver = r.ver /\ s.after = r.after
       \/ begun'[r.from] = None]_vars
-----------------------------------------------------------------------------
(* What the model must come to.                                            *)

ReadsNothing      == \E r \in served' \ served : r.got = 0
ReadsAtItsStamp   == \E r \in served' \ served : r.got = r.ver
WriteIsGivenUp    == \E n \in Node : writes[n] # writes'[n] /\ writes'[n] = {} /\ data' = data
ReadIsGivenUp     == \E r \in reads \ reads' : r.ver > ended'
GivenUpAtOnce     == \E n \in Node : begun[n] # None /\ begun'[n] = None /\ UNCHANGED <<writes, reads>>
=============================================================================
