// Package channels lets the processes of a run send each other requests over TCP, by
// Single-Socket Channel. It goes with toolbox.Processes.
package channels

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// Serve is for a child of toolbox.Processes: it listens for requests, and says first where.
func Serve(name string, handle ssc.Handler) (*ssc.Node, error) {
	n, err := ssc.Listen(name, "127.0.0.1:0", handle, ssc.Options{})
	if err == nil {
		fmt.Println(n.Addr())
	}
	return n, err
}

// Request sends a request to a node whose address is known by now, and returns its answer.
func Request(ctx context.Context, from *ssc.Node, to string, request []byte) ([]byte, error) {
	channel, err := from.Peer(to, "")
	if err != nil {
		return nil, err
	}
	return channel.Request(ctx, request)
}

// Know is a child's side of the Introduce of toolbox.Processes.
func Know(n *ssc.Node, words []string) (answer string, err error) {
	return toolbox.Introduced(words, func(name, address string) error {
		return toolbox.ErrOf(n.Peer(name, address))
	})
}
