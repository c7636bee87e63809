-------------------------- MODULE MCAtomicRegister --------------------------
(***************************************************************************)
(* AtomicRegister's model must come to what RegularRegister's comes to,    *)
(* except to a reader that goes back.                                      *)
(***************************************************************************)
EXTENDS AtomicRegister, MCRegularRegister
=============================================================================
