------------------------------ MODULE LeaseLock ------------------------------
(***************************************************************************)
(* A server grants a lock to one client at a time, for a while: a lease.   *)
(* The client may be paused while its lease ends, and write when it goes   *)
(* on. So each lease has a number, its fencing token, and the store that   *)
(* the clients write to rejects a token that is older than one it has      *)
(* seen.                                                                   *)
(*                                                                         *)
(* There is no time in this spec: a lease may end at any moment, and its   *)
(* client may notice at any other. A message may be lost, come late, or    *)
(* come twice. What is written is left out; the store keeps its token.     *)
(***************************************************************************)
EXTENDS Naturals

CONSTANTS
  Client,
  Server,   \* the name of the lock server
  Store,    \* the name of the store
  None      \* no client

VARIABLES
  holder,   \* of the lock, as the server sees it, or None
  token,    \* of the last lease that the server granted
  held,     \* held[c] is the token with which client c writes; 0: c does not write
  written,  \* the token of the last write in the store
  msgs      \* all messages that were ever sent

vars == <<holder, token, held, written, msgs>>

RequestOf(c)   == [type |-> "request", from |-> c]
GrantedTo(c,t) == [type |-> "granted", to |-> c, token |-> t]
WriteOf(c)     == [type |-> "write", from |-> c, token |-> held[c]]
RejectionOf(m) == [type |-> "rejected", to |-> m.from, token |-> m.token]

Message ==
  [type : {"request"}, from : Client]
    \cup [type : {"granted"}, to : Client, token : Nat]
    \cup [type : {"write"}, from : Client, token : Nat]
    \cup [type : {"rejected"}, to : Client, token : Nat]

TypeOK ==
  /\ holder \in Client \cup {None}
  /\ token \in Nat
  /\ held \in [Client -> Nat]
  /\ written \in Nat
  /\ msgs \subseteq Message

Init ==
  /\ holder = None
  /\ token = 0
  /\ held = [c \in Client |-> 0]
  /\ written = 0
  /\ msgs = {}
-----------------------------------------------------------------------------
(* The rules.                                                              *)

\* A lease ends before the next one begins.
MayGrant == holder = None

\* Each lease has a greater token than those before.
NextToken == token + 1

\* A write is applied if no lease that began later has written.
MayApply(m) == m.token >= written
-----------------------------------------------------------------------------
(* The server.                                                             *)

Grant(m) ==
  /\ m.type = "request"
  /\ MayGrant
  /\ holder' = m.from
  /\ token' = NextToken
  /\ msgs' = msgs \cup {GrantedTo(m.from, NextToken)}
  /\ UNCHANGED <<held, written>>

\* The time of a lease is over.
Expire ==
  /\ holder # None
  /\ holder' = None
  /\ UNCHANGED <<token, held, written, msgs>>
-----------------------------------------------------------------------------
(* A client.                                                               *)

Request(c) ==
  /\ held[c] = 0
  /\ msgs' = msgs \cup {RequestOf(c)}
  /\ UNCHANGED <<holder, token, held, written>>

Hold(c, m) ==
  /\ m.type = "granted" /\ m.to = c
  /\ m.token > held[c]
  /\ held' = [held EXCEPT ![c] = m.token]
  /\ UNCHANGED <<holder, token, written, msgs>>

Write(c) ==
  /\ held[c] > 0
  /\ msgs' = msgs \cup {WriteOf(c)}
  /\ UNCHANGED <<holder, token, held, written>>

\* The client notices that the time of its lease is over.
Lapse(c) ==
  /\ held[c] > 0
  /\ held' = [held EXCEPT ![c] = 0]
  /\ UNCHANGED <<holder, token, written, msgs>>

\* It hears that its token is too old.
Stop(c, m) ==
  /\ m.type = "rejected" /\ m.to = c
  /\ m.token = held[c]
  /\ held' = [held EXCEPT ![c] = 0]
  /\ UNCHANGED <<holder, token, written, msgs>>
-----------------------------------------------------------------------------
(* The store.                                                              *)

Apply(m) ==
  /\ m.type = "write"
  /\ MayApply(m)
  /\ written' = m.token
  /\ UNCHANGED <<holder, token, held, msgs>>

Reject(m) ==
  /\ m.type = "write"
  /\ ~MayApply(m)
  /\ msgs' = msgs \cup {RejectionOf(m)}
  /\ UNCHANGED <<holder, token, held, written>>
-----------------------------------------------------------------------------
Next ==
  \/ Expire
  \/ \E c \in Client : Request(c) \/ Write(c) \/ Lapse(c)
  \/ \E m \in msgs : Grant(m) \/ Apply(m) \/ Reject(m)
  \/ \E c \in Client, m \in msgs : Hold(c, m) \/ Stop(c, m)

Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
\* The lock is free for a moment between two leases.
LeasesDoNotOverlap == [][holder' # holder => None \in {holder, holder'}]_holder

\* No two leases have the same token.
TokensAreUnique ==
  \A m, n \in msgs :
    m.type = "granted" /\ n.type = "granted" /\ m.token = n.token => m = n

\* A client has, and writes with, tokens that were granted to it.
TokensAreGranted ==
  /\ \A c \in Client : held[c] = 0 \/ GrantedTo(c, held[c]) \in msgs
  /\ \A m \in msgs : m.type = "write" => GrantedTo(m.from, m.token) \in msgs

\* A client that was paused does not undo what a later holder has written.
LaterWritesStand == [][written' >= written]_written

\* Only writes change the store.
WritesAreSent == written = 0 \/ \E m \in msgs : m.type = "write" /\ m.token = written

\* A rejection is true: a later holder has written.
RejectionsAreTrue == \A m \in msgs : m.type = "rejected" => m.token < written

THEOREM Spec => [](TypeOK /\ TokensAreUnique /\ TokensAreGranted /\ WritesAreSent /\ RejectionsAreTrue)
THEOREM Spec => LeasesDoNotOverlap /\ LaterWritesStand
=============================================================================
