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

// Channel is the way to one other node. Requests reach it in the order in which
// Send or Request have been called, over one connection at a time. Its methods
// may be called by any number of goroutines.
type Channel struct {
	node    *Node
	peer    string
	handler *suq.Queue[struct{}, incoming, struct{}]
	wake    chan struct{} // a connection may be wanted
	closing chan struct{} // closed at the end

	mu      sync.Mutex
	changed sync.Cond // the reader may have room, or the connection is another
	askers  sync.Cond // there may be room for one more request
	core    *Core
	addr    string
	link    *link // the open connection
	queued  int   // requests that the handler has not done with
}

// incoming is a request on its way to the handler.
type incoming struct {
	incarnation, number uint64
	body                []byte
}

func newChannel(n *Node, peer string) (*Channel, error) {
	o := n.options
	limits := Limits{Window: o.Window, Room: o.Room, Silence: o.Silence, MaxMessage: o.MaxMessage}
	ch := &Channel{node: n, peer: peer, wake: make(chan struct{}, 1), closing: make(chan struct{})}
	ch.changed.L, ch.askers.L = &ch.mu, &ch.mu
	if o.Incarnation == 1 {
		ch.core = NewCore(n.name, peer, 1, limits, o.Trace(peer))
	} else {
		ch.core = NewCore(n.name, peer, o.Incarnation-1, limits, o.Trace(peer))
		ch.core.Restart()
	}
	var err error
	ch.handler, err = suq.New(struct{}{}, ch.handle, suq.Options[struct{}, incoming, struct{}]{
		Policy: suq.Reject, Capacity: suq.Unbounded, // mayTake bounds it
	})
	if err != nil {
		return nil, err
	}
	n.working.Go(ch.keep)
	return ch, nil
}

// Peer is the name of the other node.
func (ch *Channel) Peer() string { return ch.peer }

// Connected says whether there is a connection that this end takes for open.
func (ch *Channel) Connected() bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.link != nil
}

// Quiet records, for an observer, that no caller waits at either end, and that all requests
// were handled. The trace is refused if that is not so.
func (ch *Channel) Quiet() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.core.Quiet()
}

// Future is a promise of an answer.
type Future struct {
	ch *Channel
	r  *Request
}

// Request sends a request and waits for its answer. It goes out again when a
// connection breaks, and is handled once by the process that it was sent to.
//
//   - ErrTooLong, ErrNotSent: it was not handled, and will not be.
//   - ErrUnknown: it was sent, and its outcome cannot be known.
//   - ErrRemote: the handler has returned an error.
//
// The error wraps the context's error too where that has ended, and ErrClosed where
// this end was closed. The request must not be changed until it is answered.
func (ch *Channel) Request(ctx context.Context, request []byte) ([]byte, error) {
	f, err := ch.Send(ctx, request)
	if err != nil {
		return nil, err
	}
	return f.Wait(ctx)
}

// Send makes a request and does not wait for its answer, but for its turn: while
// Window requests have no answer, until the context ends.
func (ch *Channel) Send(ctx context.Context, request []byte) (*Future, error) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if !ch.core.Fits(len(request)) {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLong, len(request), ch.node.options.MaxMessage)
	}
	r, err := ch.core.Ask(request)
	if err != nil {
		defer context.AfterFunc(ctx, func() {
			ch.mu.Lock()
			defer ch.mu.Unlock()
			ch.askers.Broadcast()
		})()
	}
	for ; err != nil; r, err = ch.core.Ask(request) {
		if ch.core.over {
			return nil, errors.Join(ErrNotSent, ErrClosed)
		}
		if ctx.Err() != nil {
			return nil, errors.Join(ErrNotSent, context.Cause(ctx))
		}
		ch.askers.Wait()
	}
	if ch.core.HasRoom() {
		ch.askers.Signal() // one answer may have made room for many
	}
	if ch.link != nil {
		ch.link.wakeWriter()
	} else {
		ch.wakeKeeper()
	}
	return &Future{ch: ch, r: r}, nil
}

// Done returns a channel that is closed when the answer is there.
func (f *Future) Done() <-chan struct{} { return f.r.done }

// Wait waits for the answer. If the context ends before, the request is given
// up. The errors are those of Channel.Request.
func (f *Future) Wait(ctx context.Context) ([]byte, error) {
	select {
	case <-f.r.done:
		return f.r.answer, f.r.err
	default:
	}
	select {
	case <-f.r.done:
		return f.r.answer, f.r.err
	case <-ctx.Done():
	}
	f.ch.mu.Lock()
	err := f.ch.core.Cancel(f.r)
	f.ch.askers.Signal()
	f.ch.mu.Unlock()
	<-f.r.done
	if err != nil {
		return f.r.answer, f.r.err // it came just now
	}
	return nil, errors.Join(f.r.err, context.Cause(ctx))
}

func (ch *Channel) setAddr(addr string) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.addr = addr
	ch.wakeKeeper()
}

func (ch *Channel) wakeKeeper() {
	select {
	case ch.wake <- struct{}{}:
	default:
	}
}

// keep makes connections as long as they are wanted. One that breaks soon after
// it was made counts as one that could not be made: it is not tried again at
// once.
func (ch *Channel) keep() {
	first := ch.node.options.Backoff
	most := 20 * first
	wait, last := first, time.Time{}
	for {
		select {
		case <-ch.closing:
			return
		case <-ch.wake:
		}
		for made, wanted := false, true; wanted && !made; {
			if since := time.Since(last); since > most {
				wait = first
			} else {
				select {
				case <-ch.closing:
					return
				case <-time.After(wait - since):
				}
				wait = min(2*wait, most)
			}
			if made, wanted = ch.dial(); wanted {
				last = time.Now()
			}
		}
	}
}

// dial makes a connection if a caller waits for an answer and there is none.
func (ch *Channel) dial() (made, wanted bool) {
	ch.mu.Lock()
	var conn Connection
	err := ErrNotAllowed
	addr := ch.addr
	if addr != "" && len(ch.core.pending) > 0 {
		conn, err = ch.core.Dial()
	}
	ch.mu.Unlock()
	if err != nil {
		return false, false
	}
	socket, answer, err := ch.greet(addr, conn)
	ch.mu.Lock()
	defer ch.mu.Unlock()
	switch {
	case err != nil:
		ch.node.options.Log.Info("no connection", "node", ch.node.name, "peer", ch.peer, "error", err)
		err = errors.Join(err, ch.core.DialFails(conn))
	case answer.kind == kindRefused:
		_ = socket.Close()
		_ = ch.core.Refused(conn, answer.epoch) // or it was given up already
		return ch.link != nil, true
	default:
		if err = ch.core.Open(conn, answer.incarnation); err == nil {
			ch.use(socket, conn)
		}
	}
	if err != nil && socket != nil {
		_ = socket.Close()
	}
	return ch.link != nil, true
}

// greet makes a connection and says hello on it.
func (ch *Channel) greet(addr string, conn Connection) (net.Conn, *greeting, error) {
	timeout := ch.node.options.ConnectTimeout
	ctx, cancel := context.WithTimeout(ch.node.ctx, timeout)
	defer cancel()
	socket, err := ch.node.options.Network.Dial(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = socket.SetDeadline(time.Unix(1, 0)) })()
	hello := greeting{from: ch.node.name, to: ch.peer, incarnation: conn.Incarnation, epoch: conn.Epoch}
	if _, err := socket.Write(AppendFrame(nil, hello.frame(kindHello))); err != nil {
		return socket, nil, err
	}
	answer, err := readGreeting(socket, kindWelcome, kindRefused)
	if err != nil {
		return socket, nil, err
	}
	if answer.from != ch.peer || answer.to != ch.node.name || answer.incarnation == 0 {
		return socket, nil, fmt.Errorf("%w: %q has answered to %q", ErrProtocol, answer.from, answer.to)
	}
	return socket, answer, nil
}

// accept takes a connection that the other end has made, or turns it away. The
// greeting is the first thing that leaves on it.
func (ch *Channel) accept(socket net.Conn, conn Connection) {
	ch.mu.Lock()
	answer := greeting{from: ch.node.name, to: ch.peer, incarnation: ch.core.incarnation, epoch: conn.Epoch}
	err := ch.core.Accept(conn)
	if err == nil {
		ch.drop() // what was open before
		ch.changed.Broadcast()
		ch.askers.Broadcast()
	}
	kind := kindWelcome
	if err != nil {
		kind = kindRefused
		newest, closed := ch.core.Reject(conn)
		if closed != nil {
			ch.mu.Unlock()
			_ = socket.Close()
			return
		}
		answer.epoch = newest
	}
	ch.mu.Unlock()
	_, failed := socket.Write(AppendFrame(nil, answer.frame(kind)))
	ch.mu.Lock()
	defer ch.mu.Unlock()
	switch {
	case err != nil:
		_ = socket.Close()
	case failed != nil:
		_ = ch.core.Lose(conn)
		_ = socket.Close()
		ch.wakeKeeper()
	case !ch.core.IsCurrent(conn):
		_ = socket.Close() // a newer one has come meanwhile
	default:
		ch.use(socket, conn)
	}
}

// use begins to use a connection that is open.
func (ch *Channel) use(socket net.Conn, conn Connection) {
	_ = socket.SetDeadline(time.Time{})
	l := &link{ch: ch, socket: socket, conn: conn, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	ch.drop()
	ch.link = l
	ch.changed.Broadcast()
	ch.askers.Broadcast()
	l.start()
}

// drop ends the connection that was used.
func (ch *Channel) drop() {
	if ch.link != nil {
		ch.link.end()
		ch.link = nil
	}
}

// handle runs the handler, as the worker of the channel's queue.
func (ch *Channel) handle(_ *suq.Turn[struct{}, struct{}], in incoming) (struct{}, error) {
	ch.mu.Lock()
	wanted := ch.core.InWork(in.incarnation, in.number)
	if !wanted {
		ch.done()
	}
	ch.mu.Unlock()
	if !wanted {
		return struct{}{}, nil // its process is gone
	}
	answer, err := []byte(nil), fmt.Errorf("the handler has panicked")
	defer func() { ch.handled(in, answer, err) }()
	if ch.node.handler == nil {
		err = fmt.Errorf("node %q handles no requests", ch.node.name)
		return struct{}{}, nil
	}
	answer, err = ch.node.handler(ch.node.ctx, ch.peer, in.body)
	if err == nil && !ch.core.Fits(len(answer)) {
		err = fmt.Errorf("the answer is too long: %d bytes", len(answer))
	}
	return struct{}{}, nil
}

// handled hands a handler's answer to the core.
func (ch *Channel) handled(in incoming, answer []byte, err error) {
	if err != nil {
		text := err.Error()
		answer = []byte(text[:min(len(text), ch.node.options.MaxMessage)])
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	defer ch.done()
	if !ch.core.InWork(in.incarnation, in.number) {
		return // its process is gone
	}
	if ch.core.Handle(in.number, answer, err != nil) == nil && ch.link != nil {
		ch.link.wakeWriter()
	}
}

// mayTake says whether there is room for one more request: also if the handler
// is still busy with what processes have asked that are gone by now.
func (ch *Channel) mayTake() bool {
	return ch.core.MayRead() && ch.queued-len(ch.core.inbox) < ch.node.options.Room
}

// done notes that the handler has finished a request.
func (ch *Channel) done() {
	ch.queued--
	ch.changed.Broadcast()
}

// end ends the channel. To the other end it looks like the end of the process.
func (ch *Channel) end() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.core.End()
	ch.drop()
	ch.changed.Broadcast()
	ch.askers.Broadcast()
	close(ch.closing)
}
