//go:build ignore

// The files that there are, are the log.
//
// expect: refused at Sync (guard)

package segmentedlog

func MayServe(uint64) bool { return true }
