package gossipdissemination

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a Core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("gossip: step not allowed in this state")

	// ErrMalformed means that a datagram is not a message of this version, or
	// is damaged. A node drops it.
	ErrMalformed = errors.New("gossip: malformed message")

	// ErrTooLarge means that a name, a key or a value does not fit into one
	// message.
	ErrTooLarge = errors.New("gossip: too large for a message")

	// ErrOptions means that the options of a node are invalid.
	ErrOptions = errors.New("gossip: invalid options")

	// ErrStopped means that the node has left or was closed.
	ErrStopped = errors.New("gossip: the node is stopped")

	// ErrExhausted means that this generation of a node has no version left for
	// a value. The next generation has.
	ErrExhausted = errors.New("gossip: no version left")

	// ErrGeneration means that others know about a node of this name what this
	// one has not published: a later generation, or more of the same. Its
	// generation was lost, or two nodes have one name.
	ErrGeneration = errors.New("gossip: another node has used this name")

	// ErrNetwork means that the node can receive no more messages.
	ErrNetwork = errors.New("gossip: the network has failed")
)
