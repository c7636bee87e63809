// Package segmentedlog is a write-ahead log in several files. When the open
// segment is full, it is sealed and the next one is made: so opening the log
// reads one file, and old entries are removed a file at a time.
//
//	log, err := segmentedlog.Open(dir, segmentedlog.Options{SegmentSize: 64 << 20})
//	index, err := log.Append(0, payload)
//	for entry, err := range log.Entries(from) { ... }
//
// Each segment is a file of package writeaheadlog. Its name has the segment's number, which
// grows by one from file to file, and its base, the index of its first entry.
//
// What you may rely on, whatever happens to process, machine and disk:
//
//  1. An entry that was acknowledged is found again, whole, at its index, until you
//     drop it with DropBefore.
//  2. A segment that is missing between others is an error of Open, and a sealed segment
//     that is damaged is an error of reading it. Neither is repaired by forgetting.
//  3. A reader sees acknowledged entries only, in order, and goes on while segments are
//     made, truncated and removed. It gets ErrDropped when its next entry is gone.
//
// What you must do:
//
//  1. Let one process at a time have the folder, and keep other files out of it.
//  2. On ErrPoisoned, close the log and open it again, or give up.
//  3. Compare First with what you need: a log cannot know that its oldest segments
//     are missing, or its newest.
//
// The log applies nothing. An application that needs a state rebuilds it from Entries,
// and remembers with it how far it has come.
//
// The steps are those of the spec in specs/segmentedlog:
//
//	Open          lists the files, and reads the newest
//	Refuse        stops at a missing segment
//	Cut           removes what is behind the log's end
//	Serve         ends recovery
//	AppendEntry   takes an entry
//	Sync          a flush of the open segment has returned
//	Acknowledge   tells the client
//	Read          gives an entry to a reader
//	RollCreate    makes the file of the next segment
//	RollSync      a flush of that file and of the folder has returned
//	RollSwitch    goes on with that segment
//	TruncateFrom  gives up the log's end, within the open segment
//	Unroll        removes the open segment, which is empty, and opens the one before
//	DropOldest    removes the oldest segment
//	Close         ends the log's life
package segmentedlog
