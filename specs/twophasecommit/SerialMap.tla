------------------------------ MODULE SerialMap ------------------------------
(***************************************************************************)
(* The promise of transactions to their users: a map, and each             *)
(* transaction that commits does so in one instant. All that it has read   *)
(* is in the map then, and all that it wrote comes into it. So there is an *)
(* order in which they might have run one after the other. Of those that   *)
(* abort nothing is ever seen.                                             *)
(***************************************************************************)

CONSTANTS Transaction, Key, Value, Absent

VARIABLES
  map,       \* by key: its value, or Absent
  reads,     \* by transaction: what it has been told of the keys it read
  writes,    \* by transaction: what it wants in the map
  outcome    \* by transaction: "open", "committed" or "aborted"

vars == <<map, reads, writes, outcome>>

Empty == [key \in {} |-> Absent]

Init ==
  /\ map = [key \in Key |-> Absent]
  /\ reads = [t \in Transaction |-> Empty]
  /\ writes = [t \in Transaction |-> Empty]
  /\ outcome = [t \in Transaction |-> "open"]

Keeps(f, g) == \A key \in DOMAIN f : g[key] = f[key]

\* The transaction reads one more key. The value need not be right before it
\* commits; afterwards it reads no more.
Read(t) ==
  /\ outcome[t] # "committed"
  /\ \E key \in Key, value \in Value \cup {Absent} :
       reads' = [reads EXCEPT ![t] =
                   [k \in DOMAIN reads[t] \cup {key} |->
                      IF k \in DOMAIN reads[t] THEN reads[t][k] ELSE value]]
  /\ UNCHANGED <<map, writes, outcome>>

Write(t) ==
  /\ outcome[t] # "committed"
  /\ \E key \in Key, value \in Value :
       writes' = [writes EXCEPT ![t] =
                    [k \in DOMAIN writes[t] \cup {key} |->
                       IF k = key THEN value ELSE writes[t][k]]]
  /\ UNCHANGED <<map, reads, outcome>>

Commit(t) ==
  /\ outcome[t] = "open"
  /\ Keeps(reads[t], map)
  /\ map' = [key \in Key |-> IF key \in DOMAIN writes[t] THEN writes[t][key]
                                                         ELSE map[key]]
  /\ outcome' = [outcome EXCEPT ![t] = "committed"]
  /\ UNCHANGED <<reads, writes>>

\* Any number of them at once: a coordinator that has come back does so.
Abort ==
  /\ \A t \in Transaction :
       outcome'[t] # outcome[t] => outcome[t] = "open" /\ outcome'[t] = "aborted"
  /\ UNCHANGED <<map, reads, writes>>

Next ==
  \/ /\ outcome' \in [Transaction -> {"open", "committed", "aborted"}]
     /\ Abort
  \/ \E t \in Transaction : Read(t) \/ Write(t) \/ Commit(t)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What must hold.                                                         *)

Partial(S) == UNION {[keys -> S] : keys \in SUBSET Key}

TypeOK ==
  /\ map \in [Key -> Value \cup {Absent}]
  /\ reads \in [Transaction -> Partial(Value \cup {Absent})]
  /\ writes \in [Transaction -> Partial(Value)]
  /\ outcome \in [Transaction -> {"open", "committed", "aborted"}]

\* The transactions that committed can be put in an order in which each has read
\* what those before it wrote, and the map is what they all wrote.
Committed == {t \in Transaction : outcome[t] = "committed"}

RECURSIVE InOrder(_, _)
InOrder(left, m) ==
  IF left = {} THEN map = m
  ELSE \E t \in left :
         /\ \A key \in DOMAIN reads[t] : reads[t][key] = m[key]
         /\ InOrder(left \ {t},
                    [key \in Key |-> IF key \in DOMAIN writes[t]
                                       THEN writes[t][key] ELSE m[key]])

Serializable == InOrder(Committed, [key \in Key |-> Absent])

Final == [][\A t \in Transaction :
              outcome[t] # "open" => outcome'[t] = outcome[t]]_vars

THEOREM Spec => [](TypeOK /\ Serializable)
THEOREM Spec => Final
=============================================================================
