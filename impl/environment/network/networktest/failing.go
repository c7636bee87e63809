package networktest

import (
	"errors"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

// ErrNotSent is how a Send of a Failing endpoint fails.
var ErrNotSent = errors.New("networktest: the datagram was not sent")

// Failing returns an endpoint of which every nth Send fails, and sends nothing.
func Failing(n int64, e network.Endpoint) network.Endpoint { return &failing{Endpoint: e, every: n} }

type failing struct {
	network.Endpoint
	every int64
	sent  atomic.Int64
}

func (e *failing) Send(to string, datagram []byte) error {
	if e.sent.Add(1)%e.every == 0 {
		return ErrNotSent
	}
	return e.Endpoint.Send(to, datagram)
}
