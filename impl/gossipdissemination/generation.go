package gossipdissemination

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// GenerationFile is the path of a file that keeps the number of a node's last
// generation, across all crashes. A node has a file of its own.
//
//	file := GenerationFile("n1.generation")
//	last, err := file.Last()
//	...
//	Join(Options{LastGeneration: last, Durable: file.Keep, ...})
type GenerationFile string

// Last returns the number of the last generation, 0 if there was none. A file that
// holds anything else is an error: a node must not start without its number.
func (f GenerationFile) Last() (uint32, error) {
	n, err := heartbeat.IncarnationsFile(string(f)).Count()
	if err == nil && n > maxNumber {
		err = fmt.Errorf("%d is no generation", n)
	}
	if err != nil {
		return 0, fmt.Errorf("gossip: the generation in %s: %w", string(f), err)
	}
	return uint32(n), nil
}

// Keep makes the number of a new generation durable: once it has returned nil, the
// number survives any crash.
func (f GenerationFile) Keep(generation uint32) error {
	return heartbeat.IncarnationsFile(string(f)).Begin(uint64(generation))
}
