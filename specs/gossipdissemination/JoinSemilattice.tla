-------------------------- MODULE JoinSemilattice --------------------------
(***************************************************************************)
(* The purpose of gossip, stated without messages: replicas that each hold *)
(* an element of a join semilattice. A replica's element only grows, and   *)
(* it never grows beyond the join of what all the replicas have made. The  *)
(* order of joins and their repetition make no difference.                 *)
(*                                                                         *)
(* An element is a function over Part, joined part by part. Each part has  *)
(* its maker, a replica of the same name. No other replica adds anything   *)
(* to it, except what MayJudge permits: an opinion on the maker.           *)
(***************************************************************************)
CONSTANTS
  Part,            \* the parts of an element, and the replicas
  Join(_, _),      \* the least upper bound of two, for one part
  MayJudge(_, _),  \* may any replica turn the first into the second?
  Bottom           \* of one part: nothing yet

VARIABLES
  value,    \* what each replica holds
  made      \* the join of all that any replica may still have

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

\* It forms an opinion on the maker of another part.
Judge(r, old, new, had, has) ==
  \E p \in Part :
    /\ MayJudge(old[r][p], new[r][p])
    /\ Below(old[r], new[r])
    /\ \A q \in Part \ {p} : new[r][q] = old[r][q]
    /\ has = [had EXCEPT ![p] = Join(@, new[r][p])]

\* It learns what others have made. A message that is lost may take with it
\* what no replica has.
Learn(r, old, new, had, has) ==
  /\ Below(old[r], new[r])
  /\ Below(has, had)

\* It forgets everything. What no other replica has is gone.
Forget(r, old, new, had, has) ==
  /\ new[r] = Empty
  /\ Below(has, had)

Changes(old, new, had, has) ==
  \E r \in Part :
    /\ \A q \in Part \ {r} : new[q] = old[q]
    /\ \A q \in Part : Below(new[q], has)
    /\ \/ Make(r, old, new, had, has)
       \/ Judge(r, old, new, had, has)
       \/ Learn(r, old, new, had, has)
       \/ Forget(r, old, new, had, has)

\* The quantifiers bind the values of the variables, which may be expensive.
Next ==
  \E old \in {value}, new \in {value'}, had \in {made}, has \in {made'} :
    Changes(old, new, had, has)

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

\* Order, grouping and repetition make no difference.
IsJoin ==
  \A old \in {value}, had \in {made}, p, q, r \in Part :
    LET x == old[q][p]
        y == old[r][p]
    IN  /\ Join(x, x) = x
        /\ Join(x, y) = Join(y, x)
        /\ Join(x, Join(y, had[p])) = Join(Join(x, y), had[p])

\* No replica holds anything that was not made.
NothingInvented == \A r \in Part : Below(value[r], made)

\* A replica loses nothing, except that it may forget everything.
OnlyGrows == [][\A r \in Part : Below(value[r], value'[r]) \/ value'[r] = Empty]_vars

THEOREM Spec => []IsJoin
THEOREM Spec => []NothingInvented
THEOREM Spec => OnlyGrows
=============================================================================
