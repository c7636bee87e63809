package singlesocketchannel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
)

// Node is a process that has channels to others. Its methods may be called by
// any number of goroutines.
type Node struct {
	name     string
	handler  Handler
	options  Options
	listener net.Listener // nil: it dials only
	ctx      context.Context
	cancel   context.CancelFunc
	working  sync.WaitGroup

	mu       sync.Mutex
	channels map[string]*Channel
	strange  int // channels that others have begun
	shaking  map[net.Conn]bool
	closed   bool
}

const (
	// maxShaking is how many connections may be there at once that have not said
	// their names.
	maxShaking = 256
	// maxStrange is how many peers may connect that this end has not named with Peer.
	// Each has its place until the node is closed, because what it has asked is not
	// handled again; one more is turned away.
	maxStrange = 1024
)

// Listen starts a node that is called name by all others and waits for their
// connections at addr. If addr is "" it does not, and only dials. The handler
// may be nil if no other node sends requests to this one.
func Listen(name, addr string, handler Handler, options Options) (*Node, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	n := &Node{
		name: name, handler: handler, options: options,
		channels: map[string]*Channel{}, shaking: map[net.Conn]bool{},
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	if addr == "" {
		return n, nil
	}
	if n.listener, err = options.Network.Listen(addr); err != nil {
		n.cancel()
		return nil, fmt.Errorf("single-socket channel: %w", err)
	}
	n.working.Go(n.accept)
	return n, nil
}

func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("%w: a name has from 1 to %d bytes, not %d", ErrBadOption, maxName, len(name))
	}
	return nil
}

// Addr is where the node listens, or nil.
func (n *Node) Addr() net.Addr {
	if n.listener == nil {
		return nil
	}
	return n.listener.Addr()
}

// Peer returns the channel to the node that is called name. There is one for
// each name, however often it is asked for. A connection is made when there is
// something to send, to addr; the last call with an addr decides which. If addr
// is "", this end waits until the other one dials.
func (n *Node) Peer(name, addr string) (*Channel, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if name == n.name {
		return nil, fmt.Errorf("%w: %q is the node's own name", ErrBadOption, name)
	}
	ch, err := n.channel(name, false)
	if err != nil {
		return nil, err
	}
	if addr != "" {
		ch.setAddr(addr)
	}
	return ch, nil
}

// channel finds or makes a channel.
func (n *Node) channel(name string, strange bool) (*Channel, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, ErrClosed
	}
	if ch := n.channels[name]; ch != nil {
		return ch, nil
	}
	if strange {
		if n.strange >= maxStrange {
			return nil, fmt.Errorf("%w: %q is not known, and there are too many of the kind", ErrProtocol, name)
		}
		n.strange++
	}
	ch, err := newChannel(n, name)
	if err != nil {
		return nil, err
	}
	n.channels[name] = ch
	return ch, nil
}

// Close ends the node and waits until all its goroutines are gone, handlers
// too. To the others it looks like the end of the process.
func (n *Node) Close() error {
	n.mu.Lock()
	n.closed = true
	channels := n.channels
	n.channels = nil
	for conn := range n.shaking {
		_ = conn.Close()
	}
	n.mu.Unlock()
	for _, ch := range channels { // before the handlers' context ends: their answers have no receiver now
		ch.end()
	}
	n.cancel()
	var err error
	if n.listener != nil {
		if err = n.listener.Close(); errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	for _, ch := range channels {
		_ = ch.handler.Stop(context.Background(), suq.Abandon)
	}
	n.working.Wait()
	return err
}

// accept takes the connections that others make.
func (n *Node) accept() {
	for {
		conn, err := n.listener.Accept()
		if err != nil {
			if n.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			n.options.Log.Warn("accept", "node", n.name, "error", err)
			select { // there may be too many open files; that passes
			case <-n.ctx.Done():
				return
			case <-time.After(n.options.Backoff):
			}
			continue
		}
		n.mu.Lock()
		if n.closed || len(n.shaking) >= maxShaking {
			_ = conn.Close()
		} else {
			n.shaking[conn] = true
			n.working.Go(func() { n.shake(conn) })
		}
		n.mu.Unlock()
	}
}

// shake reads the greeting of a connection, and hands it to its channel.
func (n *Node) shake(conn net.Conn) {
	ch, hello, err := n.greeted(conn)
	n.mu.Lock()
	delete(n.shaking, conn)
	n.mu.Unlock()
	if err != nil {
		n.options.Log.Warn("a connection is turned away", "node", n.name, "from", conn.RemoteAddr(), "error", err)
		_ = conn.Close()
		return
	}
	ch.accept(conn, Connection{Incarnation: hello.incarnation, Epoch: hello.epoch})
}

// greeted reads the greeting of a connection that another node has made.
func (n *Node) greeted(conn net.Conn) (*Channel, *greeting, error) {
	if err := conn.SetDeadline(time.Now().Add(n.options.ConnectTimeout)); err != nil {
		return nil, nil, err
	}
	hello, err := readGreeting(conn, kindHello)
	if err != nil {
		return nil, nil, err
	}
	switch odd := hello.from < n.name; {
	case hello.to != n.name:
		return nil, nil, fmt.Errorf("%w: it is for %q, this is %q", ErrProtocol, hello.to, n.name)
	case hello.from == n.name || checkName(hello.from) != nil:
		return nil, nil, fmt.Errorf("%w: %q is no name for another node", ErrProtocol, hello.from)
	case hello.incarnation == 0 || hello.epoch == 0 || (hello.epoch%2 == 1) != odd:
		return nil, nil, fmt.Errorf("%w: epoch %d of process %d", ErrProtocol, hello.epoch, hello.incarnation)
	}
	ch, err := n.channel(hello.from, true)
	return ch, hello, err
}

// readGreeting reads a greeting of one of the kinds.
func readGreeting(conn net.Conn, kinds ...Kind) (*greeting, error) {
	f, err := ReadFrame(conn, maxGreeting)
	if err != nil {
		return nil, err
	}
	g, err := parseGreeting(f)
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if f.Kind == k {
			g.kind = k
			return g, nil
		}
	}
	return nil, fmt.Errorf("%w: a greeting of kind %d", ErrProtocol, f.Kind)
}
