// Package proxy is a TCP proxy that does to connections what networks do to
// them: it cuts them in the middle of something, lets them stand still, closes
// one half, or delays what they carry. What happens to a connection is planned
// before it is made, or asked for at any time.
package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	fuzz "github.com/google/gofuzz"
)

// Fault is what happens to one direction of a connection.
type Fault struct {
	Kind  Kind
	After int           // the bytes of that direction that pass before it
	Piece int           // bytes are passed on in pieces of at most this size; 0: as they come
	Delay time.Duration // before each piece
}

// Kind is a kind of fault.
type Kind uint8

const (
	None  Kind = iota
	Cut        // the connection ends, both directions of it
	Half       // this direction ends, the other one goes on
	Stall      // nothing more passes in this direction, and neither end gets an error
	kinds
)

// Plan says what happens to the connection with the given number, from 0: on
// the way to the target, and on the way back.
type Plan func(connection int) (there, back Fault)

// Faultless is a plan in which nothing happens.
func Faultless(int) (there, back Fault) { return }

// Seeded plans faults for some connections, always the same for a seed: each
// direction of a connection gets any of the kinds, within the first `within'
// bytes. Later connections are left alone.
func Seeded(seed int64, connections, within int) Plan {
	var draws []struct {
		Kind, Piece, Delay [2]uint8
		After              [2]uint16
	}
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(connections, connections).Fuzz(&draws)
	fault := func(i, way int) Fault {
		if i >= len(draws) {
			return Fault{}
		}
		d := draws[i]
		return Fault{
			Kind: Kind(d.Kind[way]) % kinds, After: int(d.After[way]) % within,
			Piece: int(d.Piece[way]) % 50, Delay: time.Duration(d.Delay[way]%4) * 100 * time.Microsecond,
		}
	}
	return func(i int) (there, back Fault) { return fault(i, 0), fault(i, 1) }
}

// Proxy is a running proxy. Its methods may be called from any goroutine.
type Proxy struct {
	listener net.Listener
	plan     Plan
	working  sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	target  string
	made    int
	held    bool
	closed  bool
	passed  int // bytes, in both directions
	pairs   map[*pair]bool
}

// pair is one connection: the half that was made to the proxy, and the half
// that it has made itself.
type pair struct{ client, server net.Conn }

func (p *pair) close() {
	_ = p.client.Close()
	_ = p.server.Close()
}

// New starts a proxy on loopback that connects to the target.
func New(target string, plan Plan) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, plan: plan, target: target, pairs: map[*pair]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.working.Go(p.accept)
	return p, nil
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Retarget lets new connections go somewhere else.
func (p *Proxy) Retarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Hold lets all connections stand still, new ones too, until Release.
func (p *Proxy) Hold() { p.hold(true) }

// Release lets what was held go on.
func (p *Proxy) Release() { p.hold(false) }

func (p *Proxy) hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
	p.changed.Broadcast()
}

// Cut ends all connections that there are. What has come in and was not passed
// on is lost.
func (p *Proxy) Cut() {
	p.each(func(c *pair) { c.close() })
}

// CutClients ends the halves of all connections that were made to the proxy.
// The other halves stay open, and nothing comes on them any more.
func (p *Proxy) CutClients() {
	p.each(func(c *pair) { _ = c.client.Close() })
}

// CutServers ends the halves that the proxy has made.
func (p *Proxy) CutServers() {
	p.each(func(c *pair) { _ = c.server.Close() })
}

func (p *Proxy) each(do func(*pair)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		do(c)
	}
	p.changed.Broadcast()
}

// Passed says how many bytes were passed on, in both directions.
func (p *Proxy) Passed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// Open says how many connections there are of which no half was closed by the
// ends.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pairs)
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	for c := range p.pairs {
		c.close()
	}
	p.changed.Broadcast()
	p.mu.Unlock()
	err := p.listener.Close()
	p.working.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.working.Go(func() { p.connect(client) })
	}
}

// connect makes the other half of a connection. If that fails there is none.
func (p *Proxy) connect(client net.Conn) {
	p.mu.Lock()
	target, number := p.target, p.made
	p.made++
	p.mu.Unlock()
	var d net.Dialer
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	server, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &pair{client, server}
	there, back := p.plan(number)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.close()
		return
	}
	p.pairs[c] = true
	p.working.Go(func() { p.pass(c, client, server, there) })
	p.working.Go(func() { p.pass(c, server, client, back) })
}

// pass passes on what comes in from one half to the other one.
func (p *Proxy) pass(c *pair, from, to net.Conn, fault Fault) {
	buf := make([]byte, 32<<10)
	left := fault.After
	for {
		n, err := from.Read(buf)
		for piece := buf[:n]; len(piece) > 0; {
			now := len(piece)
			if fault.Piece > 0 {
				now = min(now, fault.Piece)
			}
			if fault.Kind != None {
				now = min(now, left)
			}
			if now > 0 && !p.passOn(to, piece[:now], fault.Delay) {
				p.over(c)
				return
			}
			left -= now
			piece = piece[now:]
			if fault.Kind != None && left == 0 {
				p.strike(c, from, to, fault.Kind)
				return
			}
		}
		if err != nil {
			p.ended(c, to, err)
			return
		}
	}
}

// passOn writes a piece, unless the proxy is closed first.
func (p *Proxy) passOn(to net.Conn, piece []byte, delay time.Duration) bool {
	if delay > 0 {
		time.Sleep(delay) // the delay is the fault
	}
	p.mu.Lock()
	for p.held && !p.closed {
		p.changed.Wait()
	}
	p.passed += len(piece)
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return false
	}
	_, err := to.Write(piece)
	return err == nil
}

// strike is the moment of a fault.
func (p *Proxy) strike(c *pair, from, to net.Conn, kind Kind) {
	switch kind {
	case Cut:
		c.close()
	case Half:
		closeWrite(to)
	}
	for buf := make([]byte, 32<<10); ; { // the writer does not get an error
		if _, err := from.Read(buf); err != nil {
			p.over(c)
			return
		}
	}
}

// ended is when one half has come to its end. A half that was cut here does not
// take the other one with it.
func (p *Proxy) ended(c *pair, to net.Conn, err error) {
	if !errors.Is(err, net.ErrClosed) {
		closeWrite(to)
		p.over(c)
	}
}

// over forgets a connection. Its halves are closed for writing by then.
func (p *Proxy) over(c *pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pairs[c] {
		delete(p.pairs, c)
		c.close()
	}
}

func closeWrite(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}
