package requestwaitinglist

// The rules. Each is one reason why this works.

// IsNew says whether a process may have an incarnation: one that no earlier process has had.
func IsNew(own, number uint64) bool { return number > own }

// IsOurs says whether an answer is to a request of this process. Another one's has a
// number that stands for another request here.
func (c *Core) IsOurs(id ID) bool { return id.Incarnation == c.incarnation }

// MayBegin says whether a call may begin. No step-down would end one that begins at a node
// that does not lead.
func (c *Core) MayBegin() bool { return c.leads }

// MaySend says whether a request may leave: if it has its entry, since the answer can be
// fast.
func (c *Core) MaySend(number, call uint64, peer string) bool {
	e, ok := c.pending[number]
	return ok && e == entry{call, peer}
}

// MayCount says whether a peer's answer counts: its first one.
func (c *call) MayCount(peer string) bool { return !c.heard[peer] }

// HasQuorum says whether enough peers have said yes.
func (c *call) HasQuorum() bool { return c.yes >= c.quorum }

// IsImpossible says whether the peers that have not said no are fewer than the quorum.
func (c *call) IsImpossible() bool { return c.no > len(c.group)-c.quorum }

// IsReached says whether the log has come to an index before a client waits for it.
func (c *Core) IsReached(index uint64) bool { return index <= c.mark }

// IsCompleted says whether an advance completes a call that waits for an index.
func IsCompleted(index, high uint64) bool { return index <= high }

// IsExpired says whether a call has waited for too long.
func (c *Core) IsExpired(one *call) bool { return one.deadline <= c.now }

// Leaves says whether a call that has ended leaves the list: always, so it ends once.
func Leaves(Outcome) bool { return true }

// MustTell says whether the client is told how a call has ended: always.
func MustTell(Outcome) bool { return true }

// IsAbandoned says whether a call ends when the node steps down: every call.
func (c *call) IsAbandoned() bool { return true }

// AbandonedOutcome is how it ends: peers may have done what they were asked.
func AbandonedOutcome() Outcome { return Unknown }
