//go:build ignore

// The last entry is asked for its index. Without one the log begins anew.
//
// expect: refused at Open (state)

package segmentedlog

func LastIndex(newest Segment, entries uint64) uint64 {
	if entries == 0 {
		return 0
	}
	return newest.Base - 1 + entries
}
