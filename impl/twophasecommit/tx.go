package twophasecommit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Tx is a transaction of a Client. What it reads is locked against
// writing by others, and what it writes is invisible until it commits.
//
// Its methods must not be called by two goroutines at once. Once one of them
// has returned ErrAborted, all of them do: the transaction has had no effect,
// and will have none. What a context has ended with is beside that.
type Tx struct {
	client *Client
	ref    Ref
	notice chan struct{} // something has come

	mu        sync.Mutex
	session   *Session
	forgotten bool           // the coordinator does not remember it
	answer    Message        // to the last operation
	weights   map[string]int // of its writes, by participant
	keys      int            // how much room the names of its keys take
}

func newTx(c *Client, ref Ref) *Tx {
	o := c.options
	return &Tx{
		client: c, ref: ref, notice: make(chan struct{}, 1), weights: map[string]int{},
		session: NewSession(SessionConfig{Client: o.Name, Coordinator: o.Coordinator, Placement: o.Placement, Trace: o.Trace}, ref),
	}
}

// Ref returns the transaction's name and age.
func (t *Tx) Ref() Ref { return t.ref }

// take takes a message, and sends what follows from it.
func (t *Tx) take(m Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgotten = t.forgotten || m.Type == TypeForgotten
	answered := t.session.answered
	err := t.session.Receive(m)
	if t.session.answered > answered {
		t.answer = m
	}
	t.send()
	select {
	case t.notice <- struct{}{}:
	default:
	}
	return err
}

// send sends the messages of the session.
func (t *Tx) send() { t.client.transport.send(t.session.Messages()) }

// Get returns the value of a key, and whether it has one. It waits as long as
// the participants' policy lets it wait for another transaction. If the context
// ends the transaction is rolled back.
func (t *Tx) Get(ctx context.Context, key string) (value string, found bool, err error) {
	m, err := t.operate(ctx, Message{Type: TypeGet, Key: key}, func() error { return t.session.Get(key) })
	return m.Value, m.Found, err
}

// Put lets the transaction write a value. It does not wait: a
// conflict may show when it commits. If the context ends the transaction is rolled back.
func (t *Tx) Put(ctx context.Context, key, value string) error {
	_, err := t.operate(ctx, Message{Type: TypePut, Key: key, Value: value}, func() error { return t.session.Put(key, value) })
	return err
}

// operate asks a participant for something and waits for its answer. What cannot
// be sent is refused before, and changes nothing.
func (t *Tx) operate(ctx context.Context, m Message, ask func() error) (Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session.Outcome() == Aborted {
		return Message{}, t.aborted(nil)
	}
	if err := t.fits(m); err != nil {
		return Message{}, err
	}
	if err := ask(); err != nil {
		return Message{}, fmt.Errorf("%w: %s is busy, or has asked to commit", err, t.ref)
	}
	s := t.session
	err := t.wait(ctx, func() bool { return s.Outcome() != "" || s.answered == s.ops })
	if err != nil {
		_ = s.RollBack() // it may, as long as it has not asked to commit
		t.end()
	}
	if s.Outcome() == Aborted {
		return Message{}, t.aborted(err)
	}
	return t.answer, nil
}

// fits says whether an operation can be sent, and the transaction that it makes
// be put into the logs.
func (t *Tx) fits(m Message) error {
	m.From, m.To, m.Transaction, m.Operation = t.client.options.Name, t.client.options.Placement(m.Key), t.ref, 1<<63
	if m.To == "" {
		return fmt.Errorf("%w: no participant holds the key %q", ErrUnreachable, m.Key)
	}
	if err := t.client.reaches(m.To); err != nil {
		return err
	}
	if _, err := m.Encode(); err != nil {
		return err
	}
	keys := t.keys + 6*len(m.Key) + 64 // a byte takes six at the most, as JSON
	if keys > MaxMessage {
		return fmt.Errorf("%w: the keys of the transaction do not fit into one message", ErrMessage)
	}
	if m.Type == TypePut {
		if t.weights[m.To]+weight(m.Key, m.Value) > MaxWrites {
			return fmt.Errorf("%w: a transaction writes at most %d bytes at %q", ErrMessage, MaxWrites, m.To)
		}
		t.weights[m.To] += weight(m.Key, m.Value)
	}
	t.keys = keys
	return nil
}

// Commit asks for the transaction to be carried out and waits for what becomes
// of it.
//
//   - nil: it was.
//   - ErrAborted: it was not, and never will be.
//   - ErrUnknown: it may have been or not, or may be later. Either the context has
//     ended, and Commit can be called again, or it was asked for so long ago that
//     the coordinator has forgotten it. After AskCommit it cannot be rolled back.
func (t *Tx) Commit(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.session
	if s.phase == open {
		if err := s.AskCommit(); err != nil {
			return err // an operation is under way, in another goroutine
		}
	} else {
		t.client.mu.Lock()
		t.client.open[t.ref.Number] = t // it is not known there if Commit has returned before
		t.client.mu.Unlock()
		s.Again()
	}
	err := t.wait(ctx, func() bool { return s.Outcome() != "" || t.forgotten })
	t.end()
	switch s.Outcome() {
	case Committed:
		return nil
	case Aborted:
		return t.aborted(nil)
	}
	if err == nil {
		return fmt.Errorf("%w: %s has been over for long", ErrUnknown, t.ref)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnknown, t.ref, err)
}

// RollBack gives the transaction up. If it is over, or has asked to commit, that
// does nothing and returns ErrNotAllowed.
func (t *Tx) RollBack() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.session.RollBack()
	t.end()
	return err
}

// end is when the client does not wait for this transaction any more.
func (t *Tx) end() {
	t.send()
	t.client.forget(t)
}

// wait sends what there is to send and waits until something has come true,
// asking again from time to time. The transaction is not locked meanwhile.
func (t *Tx) wait(ctx context.Context, until func() bool) error {
	often := t.client.options.Retry
	again := time.NewTimer(often)
	defer again.Stop()
	for t.send(); !until(); t.send() {
		t.mu.Unlock()
		var err error
		var asks bool
		select {
		case <-t.notice:
		case <-again.C:
			asks = true
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-t.client.ctx.Done():
			err = ErrClosed
		}
		t.mu.Lock()
		if err != nil && !until() {
			return err
		}
		if asks {
			t.session.Again()
			often = min(2*often, mostPatient*t.client.options.Retry)
			again.Reset(often)
		}
	}
	return nil
}

// mostPatient is how many times as long a client waits in the end before it asks
// again. A slow node is not helped by more messages. With what is
// usual, the coordinator remembers for longer than that.
const mostPatient = 4

// aborted is why nothing came of it.
func (t *Tx) aborted(cause error) error {
	err := fmt.Errorf("%w: %s", ErrAborted, t.ref)
	if cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
