------------------------- MODULE WriteAheadLogBroken -------------------------
(***************************************************************************)
(* Each rule of WriteAheadLog left out, for broken/RULE.cfg to choose one. *)
(***************************************************************************)
EXTENDS MCWriteAheadLog

\* IsWhole: whatever lies there is taken for a record.
AnyRecord(record) == TRUE

\* MayCut: recovery ends the log at the first record that it cannot read.
AnyCut(bad) == TRUE

\* MustCut: it goes on behind what it cannot read.
NoCut == FALSE

\* MayServe: what could be read is taken for durable.
AnyCache == TRUE

\* Records: each key of a batch gets a record of its own.
RecordAKey(batch) ==
  LET one == CHOOSE key \in DOMAIN batch : TRUE
      first == [index   |-> length + 1,
                batch   |-> [key \in {one} |-> batch[one]],
                flushed |-> synced,
                whole   |-> TRUE]
      others == [key \in DOMAIN batch \ {one} |-> batch[key]]
  IN  IF DOMAIN others = {} THEN <<first>>
      ELSE <<first, [first EXCEPT !.index = length + 2, !.batch = others]>>

\* MayAdvance: the error is logged, the work goes on.
AnyReturn(returned) == TRUE

\* MayContinue: the flush is tried again.
TryAgain(returned) == TRUE

\* MustRewrite: a flush that returns is good enough.
NoRewrite(index) == FALSE

\* MayApply, MayAcknowledge: as soon as it has been appended.
Appended(index) == index <= length

\* MayTruncate: wherever the caller says.
AnyIndex(index) == TRUE

\* In some of these models no caller truncates, or nothing rots.
NoIndex(index) == FALSE
=============================================================================
