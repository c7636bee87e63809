package requestwaitinglist

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a Core for a step that cannot be taken in
	// its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("request waiting list: step not allowed in this state")

	// ErrOption means that an option makes no sense: a quorum of more than the group, a
	// peer twice, an incarnation of 0.
	ErrOption = errors.New("request waiting list: impossible option")

	// ErrNotLeader means that a call did not begin, because the node does not lead.
	ErrNotLeader = errors.New("request waiting list: not the leader")

	// ErrNoQuorum means that too many nodes have said no: the call can no longer succeed.
	ErrNoQuorum = errors.New("request waiting list: no quorum")

	// ErrExpired means that a call has not ended within its Timeout. Its outcome is
	// unknown, and it may be tried again if it does no harm twice.
	ErrExpired = errors.New("request waiting list: expired, outcome unknown")

	// ErrUnknown means that the node has stepped down before the call ended. The next
	// leader may complete it or not.
	ErrUnknown = errors.New("request waiting list: stepped down, outcome unknown")
)
