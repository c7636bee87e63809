---------------------------- MODULE VersionedLog ----------------------------
(***************************************************************************)
(* The logs of LamportClock's servers: versions of values with their       *)
(* stamps, and marks of how far a clock has come. Each entry has the       *)
(* events that happened before it, which only properties read.             *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANT NoValue    \* the value of a key without a version

VARIABLE log        \* of each server

\* Equal stamps are told apart by the servers' names. TLC cannot compare
\* strings, so their order is written down.
Names == <<"s1", "s2", "s3", "s4", "s5">>
Rank(server) == CHOOSE i \in DOMAIN Names : Names[i] = server

Nothing == [stamp |-> 0, node |-> "none", value |-> NoValue]

StampAt(entries, n) == IF n = 0 THEN 0 ELSE entries[n].stamp
LastStamp(s) == StampAt(log[s], Len(log[s]))

Version(s, i) == [stamp |-> log[s][i].stamp, node |-> s, value |-> log[s][i].value]
IsVersion(s, i) == log[s][i].kind = "version"

\* The newest version as of a stamp.
AsOf(s, k, at) ==
  LET are == {i \in DOMAIN log[s] :
                IsVersion(s, i) /\ log[s][i].key = k /\ log[s][i].stamp <= at}
  IN  IF are = {} THEN Nothing
                  ELSE Version(s, CHOOSE i \in are : \A j \in are : j <= i)

\* How much of a log must be durable, so that everything up to a stamp is.
LengthTo(entries, at) ==
  CHOOSE n \in 0 .. Len(entries) :
    /\ n = Len(entries) \/ StampAt(entries, n) >= at
    /\ \A i \in 0 .. n - 1 : StampAt(entries, i) < at

\* The events that led to the first n entries, and these entries.
PastTo(s, entries, n) ==
  IF n = 0 THEN {}
  ELSE entries[n].past
         \cup IF entries[n].kind = "version" THEN {<<s, n>>} ELSE {}
=============================================================================
