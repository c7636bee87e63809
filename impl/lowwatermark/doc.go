// Package lowwatermark keeps a state in memory, the log of its updates on the disk, and
// that log short. Snapshots of the state replace the entries that led to it, and whole
// segments of the log below a mark are removed, while updates go on.
//
//	store, err := lowwatermark.Open(dir, machine, lowwatermark.Options{SnapshotEvery: 100_000})
//	index, err := store.Append(0, payload) // logged, durable, applied to the machine
//
// The log is one of package segmentedlog. A snapshot is a file of its own.
//
// What you may rely on, whatever happens to process, machine and disk:
//
//  1. An update that was acknowledged is in the state of each later process.
//  2. A snapshot is there as a whole, with the index of its last update, or it is not
//     there. Two are kept, so that one may be damaged.
//  3. The log goes on where the older of the two ends. A holder finds what it holds, or
//     Options.Retention has passed.
//  4. A state that cannot be rebuilt is an error of Open, and no state.
//
// What you must do:
//
//  1. Make Machine deterministic: the same updates lead to the same state.
//  2. Let one process at a time have the folder, and keep other files out of it.
//  3. On ErrPoisoned, close the store and open it again, with a new Machine.
//  4. Hold again what is needed when a process has started, before the first Snapshot or
//     Clean: holders are in memory only.
//
// The steps are those of the spec in specs/lowwatermark:
//
//	Open             opens the log, and restores the newest snapshot that is whole
//	Serve            ends recovery
//	AppendEntry      takes an update
//	Sync             a flush of the log has returned
//	Apply            changes the state, and then the client is told
//	Roll             goes on in the next segment
//	TakeSnapshot     takes the state and its index
//	FlushSnapshot    a flush of the snapshot's file has returned
//	KeepSnapshot     gives the file its name, and flushes the folder
//	DiscardSnapshot  gives a snapshot up that could not be written
//	RemoveSnapshot   removes one that two newer ones replace
//	DropOldest       removes the log's oldest segment
//	Hold             keeps the log from an entry on
//	Release          ends that
//	Age              time has passed over some entries
package lowwatermark
