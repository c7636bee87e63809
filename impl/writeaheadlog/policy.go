package writeaheadlog

// Policy says when entries are flushed, and so what an acknowledgement is
// worth.
type Policy int

const (
	// EachEntry flushes every entry before the next one is taken. What was
	// acknowledged survives the end of the process and of the machine, and at
	// most one entry is ever in doubt.
	EachEntry Policy = iota
	// Group lets the entries that arrive during one flush share the next.
	// What was acknowledged survives the end of the process and of the
	// machine, exactly as with EachEntry, at a fraction of the price when
	// there are many writers.
	Group
	// Async acknowledges an entry when the operating system has it, and
	// flushes from time to time. What was acknowledged survives the end of the
	// process; when the machine stops, what was appended since the last flush
	// may be lost, from some entry on to the end. What is left is still a
	// prefix of what was appended, with nothing missing in between.
	Async
)

func (p Policy) String() string {
	switch p {
	case EachEntry:
		return "each"
	case Group:
		return "group"
	case Async:
		return "async"
	}
	return "unknown"
}
