// Package versionedvalue is an ordered map in memory that overwrites nothing: each write
// is kept under its key and a version, and a snapshot reads the whole map as it was at
// one version. After Joshi, Patterns of Distributed Systems, chapter 17. Its spec is
// specs/versionedvalue.
//
//	s, err := versionedvalue.Open(versionedvalue.Options{})
//	version, err := s.Put(ctx, "title", "Emma")
//	snapshot, err := s.SnapshotAt(version)
//	entry, err := snapshot.Get("title")
//	snapshot.Close()
//
// Store is for use by any number of goroutines. Core is the same without locks, a method
// for each step of the spec.
//
// What it promises:
//
//  1. All answers of a snapshot belong to one state of the map, at its version. No later
//     write changes them, nor does Compact. The same version reads the same at all times,
//     until it is compacted; then it is ErrCompacted.
//  2. When a write has returned, each new snapshot at the newest version has it.
//  3. A conditional write takes place only if the key's version is the expected one, with
//     no write of that key in between.
//  4. Compact removes no entry that an open snapshot, or a snapshot at a version that can
//     still be opened, would read.
//
// What the caller must do:
//
//  1. End each Write by Commit or Abandon, and soon: later versions are not visible
//     before that.
//  2. Close each Snapshot: Compact goes no further than the oldest one.
//  3. Make the store durable, if it must be. It is in memory. An Image is what the
//     process must find again. A log can keep what follows it, with a record of each
//     write between Begin and Commit.
//
// The steps are those of the spec:
//
//	Take         a writer takes a version for its write
//	Install      the write is there
//	Acknowledge  it is visible, and the writer is told so
//	Abandon      the writer gives up
//	Open, Close  a snapshot at a version
//	Read, Range  a key, or some keys in order, at that version
//	Changes      the versions of one key, in order
//	Mark         the compacted version is raised
//	Remove       an entry that can no longer be read is removed
//	Restart      the process has ended, and the next one begins
package versionedvalue
