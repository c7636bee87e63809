// Package writeaheadlog is a write-ahead log: it makes a state machine survive
// the end of its process, and of the machine, by writing down every change
// before it is made.
//
// A Map is a map from strings to strings that survives. A Log does the same for
// any StateMachine: it takes entries of bytes, makes them durable as its Policy
// says, applies them in order, and then answers. A Core is the log without
// goroutines, locks and clock, for a program that has a loop of its own.
//
//	log, err := writeaheadlog.Open(path, machine, writeaheadlog.Options{Policy: writeaheadlog.Group})
//	index, err := log.Append(0, payload)
//
// What you may rely on, whatever happens to process, machine and disk:
//
//  1. An entry that was acknowledged under EachEntry or Group is found again,
//     or opening the log says that it is damaged, and where.
//  2. What is found is what was appended, whole, in order and without gaps:
//     nothing else, and nothing twice.
//  3. The state machine never shows what could still be lost, except with Async.
//  4. After a failed write or flush nothing is taken or acknowledged any more.
//
// What you must do:
//
//  1. Let one process at a time have the file.
//  2. Change the state machine in Apply only, and by nothing but the entry: no
//     clock, no randomness.
//  3. On ErrPoisoned, close the log and open it again, or give up. The entry
//     that got it may be there or not.
//  4. On ErrDamaged, get the file from a backup or a replica. Any repair would
//     lose entries that were acknowledged.
//
// A log cannot tell damage to the entries of the very last flush from a crash in
// the middle of that flush. It treats both as a crash.
//
// The steps are those of the spec in specs/writeaheadlog:
//
//	Open          reads the file, to its end
//	Cut           removes what is behind the log's end
//	Refuse        stops at damage to what had been flushed
//	Replay        applies an entry of the file
//	Serve         ends recovery
//	AppendEntry   takes an entry
//	Sync          a flush has returned
//	SyncFails     a write or a flush has failed
//	Apply         applies an entry
//	Acknowledge   tells the client
//	TruncateFrom  gives up the log's end
//	Close         ends the log's life
package writeaheadlog
