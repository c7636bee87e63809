-------------------------- MODULE JoinSemilattice --------------------------
(***************************************************************************)
(* What gossip is for, said without messages: replicas that each hold an   *)
(* element of a join semilattice. What a replica holds only grows, and it  *)
(* never grows beyond what all the replicas together have made; order and  *)
(* repetition are of no importance, because a join has none.               *)
(*                                                                         *)
(* An element is a function over Part, joined part by part. Each part has  *)
(* its maker, a replica of the same name, and nobody else puts anything    *)
(* new into it, but for what Judge permits: an opinion on the maker.       *)
(***************************************************************************)
CONSTANTS
  Part,            \* the parts of an element, and the replicas
  Join(_, _),      \* the least of what has both in it, for one part
  Judge(_, _),     \* may anybody turn the first into the second?
  Bottom           \* of one part: nothing yet

VARIABLES
  value,    \* what each replica holds
  made      \* all that was made and that somebody may still have

vars == <<value, made>>

Below(x, y) == \A p \in Part : Join(x[p], y[p]) = y[p]

Empty == [p \in Part |-> Bottom]

Init == value = [r \in Part |-> Empty] /\ made = Empty

\* A step takes what the replicas held, `old', to `new', and what was made
\* from `had' to `has'. Here replica r makes something of its own part.
Make(r, old, new, had, has) ==
  /\ Below(old[r], new[r])
  /\ \A p \in Part \ {r} : new[r][p] = old[r][p]
  /\ has = [had EXCEPT ![r] = Join(@, new[r][r])]

\* It forms an opinion on another part.
SetStatus(r, old, new, had, has) ==
  \E p \in Part :
    /\ Judge(old[r][p], new[r][p])
    /\ Below(old[r], new[r])
    /\ \A q \in Part \ {p} : new[r][q] = old[r][q]
    /\ has = [had EXCEPT ![p] = Join(@, new[r][p])]

\* It hears of what others have made. Something that was sent may be lost, and
\* be nowhere any more.
Learn(r, old, new, had, has) ==
  /\ Below(old[r], new[r])
  /\ Below(new[r], had)
  /\ Below(has, had)

\* It forgets everything. What nobody else has heard of is gone.
Forget(r, old, new, had, has) ==
  /\ new[r] = Empty
  /\ Below(has, had)

Changes(old, new, had, has) ==
  \E r \in Part :
    /\ \A q \in Part \ {r} : new[q] = old[q]
    /\ \A q \in Part : Below(new[q], has)
    /\ \/ Make(r, old, new, had, has)
       \/ SetStatus(r, old, new, had, has)
       \/ Learn(r, old, new, had, has)
       \/ Forget(r, old, new, had, has)

\* Each is computed once here, however long it takes.
Next ==
  \E old \in {value}, new \in {value'}, had \in {made}, has \in {made'} :
    Changes(old, new, had, has)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* It is a join: order, grouping and repetition make no difference.        *)

IsJoin ==
  \A old \in {value}, had \in {made}, p, q, r \in Part :
    LET x == old[q][p]
        y == old[r][p]
    IN  /\ Join(x, x) = x
        /\ Join(x, y) = Join(y, x)
        /\ Join(x, Join(y, had[p])) = Join(Join(x, y), had[p])
\* No replica holds anything that was not made.
NothingInvented == \A r \in Part : Below(value[r], made)

THEOREM Spec => []NothingInvented
=============================================================================
