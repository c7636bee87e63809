package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
)

type subject struct {
	name    string
	repairs bool // within a turn, what the network lost
	open    func(m measurement) cluster
}

// subjects take turns in this order. Without push/pull, memberlist has nothing that
// repairs what was lost, as a digest does; with it, nodes exchange all that they know
// over TCP, here every ten rounds. As it is, they probe once a second, and exchange
// every 30 seconds, which is longer than a turn.
var subjects = []subject{
	{"lockstep", true, func(m measurement) cluster { return &ours{measurement: m} }},
	{"memberlist", false, func(m measurement) cluster { return &listed{measurement: m, change: m.alike(0)} }},
	{"with push/pull", true, func(m measurement) cluster { return &listed{measurement: m, change: m.alike(10)} }},
	{"as it is", false, func(m measurement) cluster { return &listed{measurement: m, change: func(*memberlist.Config) {}} }},
}

// alike lets memberlist probe as often as Lockstep does, and push and pull once in
// this number of rounds; 0 is never.
func (m measurement) alike(rounds int) func(*memberlist.Config) {
	return func(c *memberlist.Config) {
		c.ProbeInterval, c.ProbeTimeout = m.interval, m.interval/2
		c.PushPullInterval = time.Duration(rounds) * m.interval
	}
}

const (
	loopback = "127.0.0.1"
	packet   = 1400 // the bytes of a datagram at most, which both have by default
	key      = "load"
)

func name(node int) string { return fmt.Sprintf("n%02d", node) }

// ours is Lockstep's.
type ours struct {
	measurement
	list []*gossip.Node
	seed map[string]string
}

func (o *ours) add(node int) error {
	e, err := network.ListenUDP(loopback + ":0")
	if err != nil {
		return err
	}
	if node == 0 {
		o.seed = map[string]string{name(0): e.Name()}
	}
	n, err := gossip.Join(gossip.Options{
		Name: name(node), Endpoint: e, Seeds: o.seed, Interval: o.interval, Fanout: o.fanout, MaxMessage: packet, Random: uint64(node),
	})
	if err != nil {
		return errors.Join(err, e.Close())
	}
	o.list = append(o.list, n)
	return nil
}

func (o *ours) members(node int) int { return len(o.list[node].Owners()) }

func (o *ours) publish(node int, value string) error { return o.list[node].Set(key, value) }

func (o *ours) knows(node, of int, value string) bool {
	v, _ := o.list[node].Get(name(of), key)
	return v == value
}

func (o *ours) sent() (bytes int64) {
	for _, n := range o.list {
		bytes += int64(n.Stats().SentBytes)
	}
	return bytes
}

func (o *ours) close() (err error) {
	for _, n := range o.list {
		err = errors.Join(err, n.Close())
	}
	return err
}

// listed is memberlist's. A value is the metadata of a node.
type listed struct {
	measurement
	change     func(*memberlist.Config)
	list       []*peer
	bytes      atomic.Int64
	publishing sync.WaitGroup
}

// peer is a node with what it is told: its own metadata, and that of others.
type peer struct {
	*memberlist.Memberlist
	own    atomic.Value // string
	others sync.Map     // strings by name
}

func (l *listed) add(node int) error {
	quiet := log.New(io.Discard, "", 0)
	t, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{BindAddrs: []string{loopback}, Logger: quiet})
	if err != nil {
		return err
	}
	p := &peer{}
	p.own.Store("0")
	c := memberlist.DefaultLANConfig()
	c.Name, c.Transport, c.Logger = name(node), counted(t, &l.bytes), quiet
	c.BindAddr, c.AdvertiseAddr, c.AdvertisePort = loopback, loopback, t.GetAutoBindPort()
	c.GossipInterval, c.GossipNodes, c.UDPBufferSize = l.interval, l.fanout, packet
	c.Delegate, c.Events = p, p
	l.change(c)
	if p.Memberlist, err = memberlist.Create(c); err != nil {
		return errors.Join(err, t.Shutdown())
	}
	l.list = append(l.list, p)
	if node == 0 {
		return nil
	}
	first := l.list[0].LocalNode()
	_, err = p.Join([]string{net.JoinHostPort(first.Addr.String(), strconv.Itoa(int(first.Port)))})
	return err
}

func (l *listed) members(node int) int { return l.list[node].NumMembers() }

// publish does not wait, as UpdateNode does, until the news were sent often
// enough.
func (l *listed) publish(node int, value string) error {
	l.list[node].own.Store(value)
	l.publishing.Go(func() { _ = l.list[node].UpdateNode(l.window) })
	return nil
}

func (l *listed) knows(node, of int, value string) bool {
	v, _ := l.list[node].others.Load(name(of))
	return v == value
}

func (l *listed) sent() int64 { return l.bytes.Load() }

func (l *listed) close() (err error) {
	l.publishing.Wait()
	for _, p := range l.list {
		err = errors.Join(err, p.Shutdown())
	}
	return err
}

// NodeMeta implements memberlist.Delegate.
func (p *peer) NodeMeta(int) []byte { return []byte(p.own.Load().(string)) }

// NotifyMsg implements memberlist.Delegate. There are no messages of users here,
// and no state of theirs.
func (p *peer) NotifyMsg([]byte)                {}
func (p *peer) GetBroadcasts(int, int) [][]byte { return nil }
func (p *peer) LocalState(bool) []byte          { return nil }
func (p *peer) MergeRemoteState([]byte, bool)   {}

// NotifyJoin implements memberlist.EventDelegate.
func (p *peer) NotifyJoin(n *memberlist.Node)   { p.NotifyUpdate(n) }
func (p *peer) NotifyLeave(n *memberlist.Node)  {}
func (p *peer) NotifyUpdate(n *memberlist.Node) { p.others.Store(n.Name, string(n.Meta)) }

// counting is a transport that counts the bytes that it sends, in packets and on
// connections, those that were accepted too.
type counting struct {
	*memberlist.NetTransport
	bytes   *atomic.Int64
	streams chan net.Conn
	done    chan struct{}
}

func counted(t *memberlist.NetTransport, bytes *atomic.Int64) *counting {
	c := &counting{t, bytes, make(chan net.Conn), make(chan struct{})}
	go func() {
		for {
			select {
			case conn := <-t.StreamCh():
				select {
				case c.streams <- &countingConn{conn, bytes}:
				case <-c.done:
					_ = conn.Close()
				}
			case <-c.done:
				return
			}
		}
	}()
	return c
}

func (c *counting) WriteTo(b []byte, address string) (time.Time, error) {
	return c.WriteToAddress(b, memberlist.Address{Addr: address})
}

func (c *counting) WriteToAddress(b []byte, to memberlist.Address) (time.Time, error) {
	at, err := c.NetTransport.WriteToAddress(b, to)
	if err == nil {
		c.bytes.Add(int64(len(b)))
	}
	return at, err
}

func (c *counting) DialTimeout(address string, timeout time.Duration) (net.Conn, error) {
	return c.DialAddressTimeout(memberlist.Address{Addr: address}, timeout)
}

func (c *counting) DialAddressTimeout(to memberlist.Address, timeout time.Duration) (net.Conn, error) {
	conn, err := c.NetTransport.DialAddressTimeout(to, timeout)
	if err != nil {
		return nil, err
	}
	return &countingConn{conn, c.bytes}, nil
}

func (c *counting) StreamCh() <-chan net.Conn { return c.streams }

func (c *counting) Shutdown() error {
	err := c.NetTransport.Shutdown() // it may wait until its last connection is taken
	close(c.done)
	return err
}

type countingConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c *countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.bytes.Add(int64(n))
	return n, err
}
