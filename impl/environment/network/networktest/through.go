package networktest

import (
	"fmt"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

// Through puts what an endpoint sends under conditions. Delays are those of the
// package time, so that they cost nothing in a bubble of testing/synctest;
// what is not delayed has been sent when Send returns. A datagram that is still
// delayed when the endpoint is closed is lost.
func Through(c *Conditions, e network.Endpoint) network.Endpoint { return &conditioned{e, c} }

type conditioned struct {
	network.Endpoint
	conditions *Conditions
}

func (e *conditioned) Send(to string, datagram []byte) error {
	if len(datagram) > network.MaxDatagram {
		return fmt.Errorf("%w: %d bytes", network.ErrTooLarge, len(datagram))
	}
	for _, delay := range e.conditions.Fate(e.Name(), to) {
		if delay == 0 {
			if err := e.Endpoint.Send(to, datagram); err != nil {
				return err
			}
			continue
		}
		later := slices.Clone(datagram)
		time.AfterFunc(delay, func() { _ = e.Endpoint.Send(to, later) }) // the sender does not learn whether it arrived
	}
	return nil
}
