package twophasecommit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// transport carries the messages of one node, over Single-Socket Channels, in any order.
// Sending never waits. What cannot be delivered in time, or finds no room, is dropped:
// the node that needs it asks again.
type transport struct {
	name string
	node *ssc.Node
	take func(ctx context.Context, m Message) error
	log  *slog.Logger
	// patience is how long a message may be on its way.
	patience time.Duration

	ctx     context.Context
	cancel  context.CancelFunc
	working sync.WaitGroup

	mu       sync.Mutex
	known    map[string]bool // nodes whose address is known
	underWay map[string]int  // messages, by their receiver
	closed   bool
}

// mostUnderWay is how many messages may be under way to one node.
const mostUnderWay = 256

// openTransport starts to listen at addr, unless that is "". Whatever comes goes to
// take, which may wait; meanwhile nothing else of the same sender is taken.
func openTransport(name, addr string, o ssc.Options, patience time.Duration, take func(context.Context, Message) error) (*transport, error) {
	p := &transport{name: name, take: take, patience: patience, log: o.Log, known: map[string]bool{}, underWay: map[string]int{}}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	o.MaxMessage = MaxMessage
	var err error
	if p.node, err = ssc.Listen(name, addr, p.receive, o); err != nil {
		p.cancel()
		return nil, asOptions(err)
	}
	return p, nil
}

func (p *transport) addr() net.Addr { return p.node.Addr() }

// receive is the handler of the channels. The sender of a message that is
// not for this node, or names another sender, receives an error.
func (p *transport) receive(ctx context.Context, from string, request []byte) ([]byte, error) {
	m, err := Decode(request)
	switch {
	case err != nil:
	case m.From != from:
		err = fmt.Errorf("%w: it names %q as its sender, and comes from %q", ErrMessage, m.From, from)
	default:
		return nil, p.take(ctx, m)
	}
	p.log.Warn("a message is refused", "from", from, "error", err)
	return nil, err
}

// know says where a node is, from now on.
func (p *transport) know(name, addr string) error {
	if addr == "" {
		return fmt.Errorf("%w: no address for %q", ErrOptions, name)
	}
	if _, err := p.node.Peer(name, addr); err != nil {
		return asOptions(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[name] = true
	return nil
}

func (p *transport) knowAll(peers map[string]string) error {
	for name, addr := range peers {
		if name == p.name {
			continue // all nodes may have the same list
		}
		if err := p.know(name, addr); err != nil {
			return err
		}
	}
	return nil
}

func (p *transport) knows(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[name]
}

// send sends messages, each to its receiver.
func (p *transport) send(messages []Message) {
	for _, m := range messages {
		if err := p.put(m); err != nil {
			p.log.Warn("a message is dropped", "to", m.To, "type", m.Type, "error", err)
		}
	}
}

var errFull = errors.New("too many are under way already")

// put sends a message in a goroutine of its own. A node whose address is not known has to
// make the connection itself.
func (p *transport) put(m Message) error {
	body, err := m.Encode()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return ErrClosed
	case p.underWay[m.To] == mostUnderWay:
		return errFull
	}
	ch, err := p.node.Peer(m.To, "")
	if err != nil {
		return err
	}
	p.underWay[m.To]++
	p.working.Go(func() {
		ctx, cancel := context.WithTimeout(p.ctx, p.patience)
		defer cancel()
		if _, err := ch.Request(ctx, body); err != nil {
			p.lost(ch, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.underWay[m.To]--
	})
	return nil
}

// lost is when a message has not arrived, or may not have, or was refused.
func (p *transport) lost(ch *ssc.Channel, err error) {
	if p.ctx.Err() != nil {
		return
	}
	level := slog.LevelDebug
	if errors.Is(err, ssc.ErrRemote) {
		level = slog.LevelWarn
	}
	p.log.Log(p.ctx, level, "a message is lost", "to", ch.Peer(), "error", err)
}

// close ends all connections and waits for all goroutines.
func (p *transport) close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	err := p.node.Close()
	p.working.Wait()
	return err
}

// asOptions gives an error of the channels the name that it has here.
func asOptions(err error) error {
	switch {
	case errors.Is(err, ssc.ErrBadOption):
		return fmt.Errorf("%w: %w", ErrOptions, err)
	case errors.Is(err, ssc.ErrClosed):
		return ErrClosed
	}
	return err
}
