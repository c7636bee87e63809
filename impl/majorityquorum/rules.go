package majorityquorum

import "cmp"

// The rules. Each is one reason why this works.

// ReadQuorum returns how many voters are a read quorum: one more than there are outside of
// a write quorum, so that one of them is inside.
func ReadQuorum(voters, writeQuorum int) int { return voters - writeQuorum + 1 }

// HasVote says whether a replica counts: not if it follows only.
func (c *Core) HasVote(node string) bool { return c.voters[node] }

// Needs returns how many voters must answer: as many if some have refused already. A quorum
// is not one of the live ones.
func Needs(quorum, refused int) int { return quorum }

// IsNewer says whether a version is newer than another one. Two clients may choose one
// number; their names decide.
func IsNewer(a, b Version) bool {
	return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.By, b.By)) > 0
}

// Newest returns the newer of two cells.
func Newest(a, b Cell) Cell {
	if IsNewer(b.Version, a.Version) {
		return b
	}
	return a
}

// NextNumber returns the number of a new version: above all that a read quorum knows, and
// above what the client has chosen itself, since its last put may have reached a replica
// outside of the quorum.
func NextNumber(seen, last uint64) uint64 { return max(seen, last) + 1 }

// WritesBack says whether readers put what they return, so that no later reader returns
// something older.
func (c *Core) WritesBack() bool { return !c.regular }

// MayStore says whether a put may replace what a replica has: one that arrives late does
// not undo a later one.
func (c *ReplicaCore) MayStore(cell Cell) bool { return IsNewer(cell.Version, c.mem.Version) }

// MayAcknowledge says whether a replica may say yes to a put: when no crash takes it back.
func (c *ReplicaCore) MayAcknowledge(cell Cell) bool {
	return !IsNewer(cell.Version, c.disk.Version)
}

// OutcomeOfPut is how a write ends whose put has failed or expired: it may have reached a
// replica, and a reader may spread it.
func OutcomeOfPut(ended string) Outcome { return Unknown }
