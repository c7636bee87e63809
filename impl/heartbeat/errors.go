package heartbeat

import "errors"

var (
	// ErrOptions means that a node cannot be made with these options; the
	// message says which and why.
	ErrOptions = errors.New("heartbeat: impossible options")

	// ErrForeign means that a datagram is not a heartbeat of this version.
	ErrForeign = errors.New("heartbeat: not a heartbeat of this version")

	// ErrDamaged means that a datagram was once a heartbeat, and is no longer
	// whole.
	ErrDamaged = errors.New("heartbeat: damaged")

	// ErrMisdirected means that a heartbeat is for another node: its sender uses
	// an address that has changed hands.
	ErrMisdirected = errors.New("heartbeat: for another node")

	// ErrUnknownPeer means that a node is not among those that are watched.
	ErrUnknownPeer = errors.New("heartbeat: not a watched peer")

	// ErrIncarnations means that the file with the number of incarnations cannot be
	// read or written. A node must not start without: it could be taken for its dead
	// predecessor.
	ErrIncarnations = errors.New("heartbeat: the number of incarnations is lost")

	// ErrNotAllowed is returned by the steps of a Core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("heartbeat: step not allowed in this state")
)
