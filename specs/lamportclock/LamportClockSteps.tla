-------------------------- MODULE LamportClockSteps --------------------------
(***************************************************************************)
(* How the servers and clients in impl/lamportclock record their steps. A  *)
(* recorded message has what it really carries. The past that travels with *)
(* it here is found again by that.                                         *)
(***************************************************************************)
EXTENDS Bounds, Steps

Last(s) ==
  IF log[s] = <<>>
  THEN [stamp |-> 0, kind |-> "none", key |-> "none", value |-> NoValue]
  ELSE LET e == log[s][Len(log[s])]
       IN  [stamp |-> e.stamp, kind |-> e.kind, key |-> e.key, value |-> e.value]

View(node) ==
  IF node \in Server
  THEN [mode    |-> mode[node],
        clock   |-> clock[node],
        length  |-> Len(log[node]),
        last    |-> Last(node),
        durable |-> durable[node],
        owed    |-> Cardinality(owed[node])]
  ELSE [sent |-> sent[node],
        seen |-> seen[node],
        held |-> held[node]]

WireOfRequest(m) ==
  [type |-> m.type, from |-> m.from, number |-> m.number, to |-> m.to,
   key |-> m.key, value |-> m.value, stamp |-> m.stamp]

WireOfReply(m) ==
  [type |-> m.type, from |-> m.from, to |-> m.to, number |-> m.number,
   key |-> m.key, stamp |-> m.stamp, at |-> m.at, version |-> m.version]

\* A request that was answered twice may have two replies that carry the same.
\* The later one is what may have been heard.
Latest(wire) ==
  {m \in replies : /\ WireOfReply(m) = wire
                   /\ \A other \in replies :
                        WireOfReply(other) = wire => other.past \subseteq m.past}

StepsNetwork == {WireOfRequest(m) : m \in requests} \cup {WireOfReply(m) : m \in replies}

\* A message under way changes no node until the node receives it. No step reads the
\* auxiliary variables past and got.
StepsState == <<servers, clients>>

StepsNext ==
  \/ \E c \in Arg("node", Client), s \in Arg("server", Server), k \in Arg("key", Key) :
     \E v \in Arg("value", Value) :
       Step("RequestWrite", [node |-> c, server |-> s, key |-> k, value |-> v],
            RequestWrite(c, s, k, v))
  \/ \E c \in Arg("node", Client), s \in Arg("server", Server), k \in Arg("key", Key) :
       Step("RequestRead", [node |-> c, server |-> s, key |-> k], RequestRead(c, s, k))
  \/ \E c \in Arg("node", Client), s \in Arg("server", Server), k \in Arg("key", Key) :
       Step("RequestSnapshot", [node |-> c, server |-> s, key |-> k],
            RequestSnapshot(c, s, k))
  \/ \E c \in Arg("node", Client) :
     \E wire \in Arg("message", {WireOfReply(m) : m \in {r \in replies : r.to = c}}) :
     \E m \in Latest(wire) :
       Step("Hear", [node |-> c, message |-> wire], Hear(c, m))
  \/ \E s \in Arg("node", Server) :
     \E wire \in Arg("message", {WireOfRequest(m) : m \in requests}) :
     \E m \in {r \in requests : WireOfRequest(r) = wire} :
       Step("Write", [node |-> s, message |-> wire], Write(s, m))
  \/ \E s \in Arg("node", Server) :
     \E wire \in Arg("message", {WireOfRequest(m) : m \in requests}) :
     \E m \in {r \in requests : WireOfRequest(r) = wire} :
       Step("Read", [node |-> s, message |-> wire], Read(s, m))
  \/ \E s \in Arg("node", Server) : \E n \in Arg("upTo", DOMAIN log[s]) :
       Step("Sync", [node |-> s, upTo |-> n], Sync(s, n))
  \/ \E s \in Arg("node", Server) :
     \E wire \in Arg("message", {WireOfReply(ReplyTo(s, a, stamp)) :
                                   a \in owed[s], stamp \in 0 .. clock[s]}) :
     \E answer \in {a \in owed[s] : WireOfReply(ReplyTo(s, a, wire.stamp)) = wire} :
       Step("Reply", [node |-> s, message |-> wire], Reply(s, answer, wire.stamp))
  \/ \E s \in Arg("node", Server) : \E left \in Arg("left", {0} \cup DOMAIN log[s]) :
       Step("Crash", [node |-> s, left |-> left], Crash(s, left))
  \/ \E s \in Arg("node", Server) :
       \/ Step("Start", [node |-> s], Start(s))
       \/ Step("End", [node |-> s], End(s))

StepsSpec == Init /\ [][StepsNext]_vars

-----------------------------------------------------------------------------
(* What is cheap enough to be looked at after each step of a long trace:   *)
(* of each server, its last entry.                                         *)

IsConsistent ==
  \A s \in Server :
    /\ durable[s] <= Len(log[s])
    /\ mode[s] = "up" => clock[s] = LastStamp(s)
    /\ log[s] # <<>> =>
         LET n == Len(log[s])
         IN  /\ n > 1 => log[s][n - 1].stamp < log[s][n].stamp
             /\ IsVersion(s, n) =>
                  \A e \in log[s][n].past : log[e[1]][e[2]].stamp < log[s][n].stamp

\* The model that is explored: one client, which writes to s1 first. While s1 is
\* down, s2 has nothing to do: it would not notice.
Explored ==
  /\ Bounded
  /\ sent["c1"] <= 2
  /\ \A r \in requests : r.number = 1 => r.type = "write" /\ r.to = "s1"
  /\ mode["s2"] = "up"
  /\ mode["s1"] = "down" => \A r \in requests : r.to = "s1"
=============================================================================
