package singlesocketchannel

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// link is an open connection, with the goroutine that reads it and the one that
// writes it.
type link struct {
	ch     *Channel
	socket net.Conn
	conn   Connection
	wake   chan struct{} // there may be something to write
	gone   chan struct{} // closed when it is not used any more
	once   sync.Once
	asks   bool   // a request has the next turn, not an answer
	last   uint64 // the last request that has come; for the reader
}

func (l *link) start() {
	l.ch.node.working.Go(l.read)
	l.startWriter()
}

// startWriter starts the one goroutine that writes.
func (l *link) startWriter() { l.ch.node.working.Go(l.write) }

func (l *link) wakeWriter() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// end lets both goroutines come to their end.
func (l *link) end() {
	l.once.Do(func() {
		close(l.gone)
		_ = l.socket.Close()
	})
}

// lose ends the connection after reading or writing has failed.
func (l *link) lose(err error) {
	l.ch.mu.Lock()
	defer l.ch.mu.Unlock()
	end := l.ch.core.Lose
	if errors.Is(err, errStalled) {
		end = l.ch.core.Stall
	}
	_ = end(l.conn) // or it was given up before
	if l.ch.link == l {
		l.ch.node.options.Log.Info("connection lost", "node", l.ch.node.name, "peer", l.ch.peer, "epoch", l.conn.Epoch, "error", err)
		l.ch.link = nil
		l.ch.changed.Broadcast()
		l.ch.wakeKeeper()
	}
	l.end()
}

// next ends the frame that was being written, and begins the next one. Answers
// and requests take turns, so that neither waits for ever. It returns nil if
// there is none.
func (l *link) next(finish, beat bool) (*Frame, error) {
	l.ch.mu.Lock()
	defer l.ch.mu.Unlock()
	if finish {
		if err := l.ch.core.Finish(l.conn); err != nil {
			return nil, err
		}
	}
	first, second := l.ch.core.SendAnswer, l.ch.core.SendRequest
	if l.asks = !l.asks; l.asks {
		first, second = second, first
	}
	f, err := first(l.conn)
	if err != nil {
		f, err = second(l.conn)
	}
	if err != nil && beat {
		f, err = l.ch.core.SendHeartbeat(l.conn)
	}
	if err != nil {
		return nil, nil
	}
	return f, nil
}

// write writes what there is to write. The last byte of a frame leaves when the
// frame is finished, and the buffer when nothing else is there to go with it.
func (l *link) write() {
	out := bufio.NewWriterSize(deadlineWriter{l}, l.ch.node.options.Buffer)
	interval := l.ch.node.options.Heartbeat
	silence := time.NewTimer(interval)
	defer silence.Stop()
	var buf []byte // the frame, of which the last byte is still to be written
	said := false  // was a frame written since the timer was set?
	due := false   // has it run out?
	for {
		f, err := l.next(len(buf) > 0, due)
		if err == nil && len(buf) > 0 {
			err = out.WriteByte(buf[len(buf)-1])
		}
		buf, due = buf[:0], false
		if err == nil && f != nil {
			said = true
			buf = AppendFrame(buf, f)
			_, err = out.Write(buf[:len(buf)-1])
		} else if err == nil {
			err = out.Flush()
		}
		if err != nil {
			l.lose(err)
			return
		}
		if f != nil {
			continue
		}
		if said {
			silence.Reset(interval)
			said = false
		}
		select {
		case <-l.gone:
			return
		case <-l.wake:
		case <-silence.C:
			due = true
		}
	}
}

var errStalled = errors.New("single-socket channel: the other end does not read in time")

// deadlineWriter gives each write a time in which it must be done.
type deadlineWriter struct{ l *link }

func (w deadlineWriter) Write(p []byte) (int, error) {
	if err := w.l.socket.SetWriteDeadline(time.Now().Add(w.l.ch.node.options.WriteTimeout)); err != nil {
		return 0, err
	}
	n, err := w.l.socket.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errStalled
	}
	return n, err
}

// read reads frames and hands them over, until the connection ends.
func (l *link) read() {
	in := bufio.NewReaderSize(patientReader{l}, l.ch.node.options.Buffer)
	var head [headSize]byte
	for {
		f, err := readFrame(in, &head, l.ch.node.options.MaxMessage)
		if err == nil {
			err = l.take(f)
		}
		if err != nil {
			l.lose(err)
			return
		}
	}
}

// patientReader reads the socket, and counts the intervals in which nothing comes.
type patientReader struct{ l *link }

func (r patientReader) Read(p []byte) (int, error) {
	for {
		if err := r.l.socket.SetReadDeadline(time.Now().Add(r.l.ch.node.options.Heartbeat)); err != nil {
			return 0, err
		}
		n, err := r.l.socket.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if err := r.l.quiet(); err != nil {
			return 0, err
		}
	}
}

var errSilent = errors.New("single-socket channel: the other end is silent")

// quiet notes that an interval has passed without a byte.
func (l *link) quiet() error {
	l.ch.mu.Lock()
	defer l.ch.mu.Unlock()
	if err := l.ch.core.MissHeartbeat(l.conn); err != nil {
		return err
	}
	if l.ch.core.TimeOut(l.conn) == nil {
		return errSilent
	}
	return nil
}

// take hands a frame over. A request for which there is no room waits, and all
// behind it.
func (l *link) take(f *Frame) error {
	ch := l.ch
	ch.mu.Lock()
	defer ch.mu.Unlock()
	switch f.Kind {
	case kindHeartbeat:
		return ch.core.ReceiveHeartbeat(l.conn, f)
	case kindAnswer, kindFailure:
		err := ch.core.ReceiveAnswer(l.conn, f)
		ch.askers.Signal()
		return err
	case kindRequest:
	default:
		return fmt.Errorf("%w: a greeting in the middle", ErrProtocol)
	}
	if f.Oldest == 0 || f.Oldest > f.Number || f.Number-f.Oldest >= uint64(ch.node.options.Window) {
		return fmt.Errorf("%w: request %d, the oldest one being %d, in a window of %d", ErrProtocol, f.Number, f.Oldest, ch.node.options.Window)
	}
	if f.Number <= l.last {
		return fmt.Errorf("%w: request %d comes behind request %d on one connection", ErrProtocol, f.Number, l.last)
	}
	l.last = f.Number
	for ch.core.IsNew(f.Number) && !ch.mayTake() && ch.core.IsCurrent(l.conn) {
		ch.changed.Wait()
	}
	if ch.core.ReceiveAgain(l.conn, f) == nil {
		l.wakeWriter()
		return nil
	}
	if err := ch.core.ReceiveRequest(l.conn, f); err != nil {
		return err
	}
	ch.queued++
	_, err := ch.handler.Submit(ch.node.ctx, incoming{incarnation: ch.core.other, number: f.Number, body: f.Body})
	return err
}
