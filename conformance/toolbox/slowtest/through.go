package slowtest

import (
	"net"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// Disk is for a disk whose writes to files and flushes count.
func (w *Write) Disk() disktest.Failpoint {
	type place struct {
		kind   disktest.Kind
		name   string
		offset int64
	}
	var slow atomic.Pointer[place]
	at := func(op disktest.Op) place { return place{op.Kind, op.Name, op.Offset} }
	return disktest.Failpoint{
		Before: func(op disktest.Op) error {
			if (op.Kind == disktest.Write || op.Kind == disktest.Sync) && w.isNext() {
				w.wait()
				here := at(op)
				slow.Store(&here)
			}
			return nil
		},
		After: func(op disktest.Op) error {
			if here := slow.Load(); here != nil && *here == at(op) && slow.CompareAndSwap(here, nil) {
				w.over()
			}
			return nil
		},
	}
}

// Endpoint returns an endpoint whose datagrams count.
func (w *Write) Endpoint(e network.Endpoint) network.Endpoint { return endpoint{e, w} }

type endpoint struct {
	network.Endpoint
	w *Write
}

func (e endpoint) Send(to string, datagram []byte) error {
	return e.w.Do(func(bool) error { return e.Endpoint.Send(to, datagram) })
}

// TCP is the real network. Each write to one of its connections counts.
func (w *Write) TCP() ssc.Network {
	return channels.Wrapped(func(c net.Conn) net.Conn { return conn{c, w} })
}

type conn struct {
	net.Conn
	w *Write
}

func (c conn) Write(p []byte) (n int, err error) {
	err = c.w.Do(func(bool) error {
		n, err = c.Conn.Write(p)
		return err
	})
	return n, err
}
