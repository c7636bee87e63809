package writeaheadlog

// pendingEntry is an entry that waits for being applied.
type pendingEntry struct {
	record
	offset int64 // where it is in the file, or will be
}

// queue holds pending entries in the order of their indexes. It uses its space
// again whenever it has run empty.
type queue struct {
	entries []pendingEntry
	head    int
}

func (q *queue) push(e pendingEntry) { q.entries = append(q.entries, e) }

func (q *queue) len() int { return len(q.entries) - q.head }

// front is the oldest entry. It is valid until the next push.
func (q *queue) front() *pendingEntry { return &q.entries[q.head] }

func (q *queue) pop() {
	q.head++
	if q.head == len(q.entries) {
		q.entries, q.head = q.entries[:0], 0
	}
}

// from returns the entry with that index, or nil.
func (q *queue) from(index uint64) *pendingEntry {
	if q.len() == 0 || index < q.front().Index || index-q.front().Index >= uint64(q.len()) {
		return nil
	}
	return &q.entries[q.head+int(index-q.front().Index)]
}

// cut drops the entries from index on.
func (q *queue) cut(index uint64) {
	if e := q.from(index); e != nil {
		q.entries = q.entries[:q.head+int(index-q.front().Index)]
	}
}
