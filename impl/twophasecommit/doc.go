// Package twophasecommit changes keys on several nodes together or not at all.
//
// A Coordinator begins transactions and decides what becomes of them. A
// Participant holds keys. A Client reads and writes in a transaction, wherever
// the keys are. Serve runs a coordinator or a participant over a
// singlesocketchannel, with its log, which is a lowwatermark.Store; the cores
// themselves have no goroutine, clock or network, for programs with a loop of
// their own.
//
//	server, err := twophasecommit.Serve(core, twophasecommit.ServerOptions{Dir: dir, Listen: addr, Peers: peers})
//	err = client.Transact(ctx, func(ctx context.Context, tx *twophasecommit.Tx) error {
//		return errors.Join(tx.Put(ctx, "here", "1"), tx.Put(ctx, "there", "2"))
//	})
//
// What you may rely on, whichever nodes crash and whatever the network does:
//
//  1. All of a transaction is carried out, or nothing, on all participants.
//  2. The result is as if the committed transactions had run one after the other.
//  3. A nil from Commit means that it is carried out, ErrAborted that it never
//     will be. ErrUnknown means that you do not know; ask again, and draw no
//     conclusions.
//  4. There is no deadlock.
//
// What you may not rely on: that a transaction ends while the coordinator is
// away. A participant that has promised keeps its locks until the coordinator is back.
// The protocol itself has this limit; TLC shows it.
//
// What you must do:
//
//  1. Give all participants the same Policy, and all nodes the same Placement.
//  2. Bring back every node that has crashed, with its log.
//  3. Try again on ErrAborted, as Transact does: with the age of the first time,
//     so that a transaction gets its turn.
//
// The steps are those of the spec in specs/twophasecommit. Of a client:
//
//	Get, Put      asks a participant for a value, or to keep one
//	Hear          takes the answer
//	AskCommit     asks the coordinator to commit
//	RollBack      gives up
//	Learn         takes the decision
//	Rest          knows the decision, and does nothing more
//
// Of the coordinator:
//
//	Begin         begins a transaction
//	StartPrepare  asks the participants that hold its keys for their vote
//	Commit        decides that it is carried out
//	Abort         decides that it is not
//	Tell          tells the decision to the participants and the client
//	Complete      forgets the decision
//	Close         tells the participants up to which number everything is over
//	Answer        tells a participant that has inquired what became of one forgotten
//
// Of a participant:
//
//	Read, Write   does an operation
//	Wait          lets a transaction wait for its locks
//	Wound         aborts a younger one that is in the way
//	Die           gives one up that may not wait
//	GiveUp        gives one up whose client is silent
//	Prepare       locks, and promises
//	Vote, Refuse  says yes, or no
//	Inquire       asks what became of one that it has promised
//	Apply         carries one out
//	Discard       ends one that was aborted
//	Forget        forgets all up to a number that is closed
//
// Every node has the step Recover, which reads the log. An observer records Crash,
// Quiet and Rest.
//
// Two things are left to other patterns. With Versioned Value a vote would offer
// a timestamp and the decision carry the largest: Vote, and the record that
// Apply writes, are the places for it. With Replicated Log a node would be a
// group of them: a Journal whose Append returns when a majority has the record
// is all that the cores ask for.
package twophasecommit
