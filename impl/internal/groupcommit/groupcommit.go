// Package groupcommit lets the callers of a log share its flushes. There is no goroutine
// behind it: one of the callers that wait makes a flush, for all entries that are in the
// log by then, while other callers go on appending.
package groupcommit

import (
	"runtime"
	"sync"
)

// Log is what is flushed. A Group calls it with its mutex locked.
type Log[F Flush] interface {
	// Length is the index of the last entry.
	Length() uint64
	// Synced is up to where entries are known to be durable.
	Synced() uint64
	// Err is why the log cannot go on, or nil.
	Err() error
	// StartFlush begins a flush up to an entry, and Flushed ends it with what Do
	// returned. If that is an error, Err must return one from then on.
	StartFlush(upTo uint64) (F, error)
	Flushed(f F, returned error) error
}

// Flush is a flush under way. Do makes it; the log may be used meanwhile.
type Flush interface{ Do() error }

// Sync flushes a log up to an entry: StartFlush, Do and Flushed in one.
func Sync[F Flush](log Log[F], upTo uint64) error {
	f, err := log.StartFlush(upTo)
	if err != nil {
		return err
	}
	return log.Flushed(f, f.Do())
}

// Config is what a Group is made with.
type Config[F Flush] struct {
	Log Log[F]
	// Settle does what is allowed after a flush, such as applying entries. If it panics,
	// it is not called again.
	Settle func()
	// Answered is up to where callers may be told that their entries are in the log.
	Answered func() uint64
	// Gather lets the callers that one flush woke append again before the next.
	Gather bool
	// Closed is what callers get after Close, and Truncated if their entry was truncated.
	Closed, Truncated error
}

// Group is the callers of a log. Its mutex guards the log; all methods but Do are for a
// caller who holds it, and those that wait let it go meanwhile.
type Group[F Flush] struct {
	sync.Mutex
	config Config[F]

	changed  sync.Cond // a caller that waits should look again
	flushing bool
	settling bool     // still true when the mutex is free: Settle has panicked
	waiting  int      // how many callers wait
	expected uint64   // the log's length once every caller that waited for the last flush has appended again
	cuts     []uint64 // where the log was truncated, each time
	closed   bool
}

// New returns a group without callers.
func New[F Flush](config Config[F]) *Group[F] {
	g := &Group[F]{config: config}
	g.changed.L = &g.Mutex
	return g
}

// Usable returns why the log cannot go on, if it cannot.
func (g *Group[F]) Usable() error {
	if err := g.config.Log.Err(); err != nil {
		return err
	}
	if g.closed {
		return g.config.Closed
	}
	return nil
}

// Do calls f with the mutex, if the log can go on. The caller does not hold it.
func (g *Group[F]) Do(f func() error) error {
	g.Lock()
	defer g.Unlock()
	if err := g.Usable(); err != nil {
		return err
	}
	return f()
}

// Flushing says whether a flush is under way.
func (g *Group[F]) Flushing() bool { return g.flushing }

// Panicked says whether Settle has panicked.
func (g *Group[F]) Panicked() bool { return g.settling }

// Notify lets callers that wait look again.
func (g *Group[F]) Notify() { g.changed.Broadcast() }

// Settle does what is allowed by now.
func (g *Group[F]) Settle() {
	g.settling = true
	g.config.Settle()
	g.settling = false
}

// FlushOrWait makes a flush if there is something to flush and no other flush runs;
// otherwise it waits for a change.
func (g *Group[F]) FlushOrWait() {
	if !g.flushing && g.config.Log.Synced() < g.config.Log.Length() {
		g.flush()
		return
	}
	g.wait()
}

func (g *Group[F]) wait() {
	g.waiting++
	g.changed.Wait()
	g.waiting--
}

// WaitForFlush waits until no flush is under way.
func (g *Group[F]) WaitForFlush() {
	for g.flushing {
		g.wait()
	}
}

// flush flushes all that is there.
func (g *Group[F]) flush() {
	log := g.config.Log
	g.flushing = true
	defer func() { // also if Settle panics, so that Close does not wait for ever
		g.flushing = false
		g.expected = log.Synced() + uint64(g.waiting) + 1
		g.changed.Broadcast()
	}()
	if g.config.Gather {
		g.gather()
	}
	f, err := log.StartFlush(log.Length())
	if err == nil {
		g.Unlock()
		err = f.Do()
		g.Lock()
		_ = log.Flushed(f, err) // Usable reports a failure
		g.Settle()
	}
}

// maxYields is how often a flush lets other goroutines go first. One round leaves out
// those that run on another processor meanwhile; more than a few would be spent on
// clients that have stopped writing.
const maxYields = 4

// gather lets the callers that the last flush woke append again before the next one, so
// that the next flush covers all of them and not only the first. It does not wait for a
// caller that does something else.
func (g *Group[F]) gather() {
	for n := 0; n < maxYields && g.config.Log.Length() < g.expected; n++ {
		g.Unlock()
		runtime.Gosched()
		g.Lock()
	}
}

// Sync returns when all entries are flushed that are there now.
func (g *Group[F]) Sync() error {
	log := g.config.Log
	upTo := log.Length()
	for g.Usable() == nil && log.Synced() < min(upTo, log.Length()) {
		g.FlushOrWait()
	}
	return g.Usable()
}

// Cuts is how often the log was truncated. A caller who waits for an entry needs the
// number that was there when the entry was appended.
func (g *Group[F]) Cuts() int { return len(g.cuts) }

// Cut notes that the entries from one on were truncated.
func (g *Group[F]) Cut(from uint64) { g.cuts = append(g.cuts, from) }

// Wait returns when an entry is in the log, or never will be.
func (g *Group[F]) Wait(index uint64, cuts int) error {
	for {
		for _, from := range g.cuts[cuts:] {
			if from <= index {
				return g.config.Truncated
			}
		}
		if index <= g.config.Answered() {
			return nil
		}
		if err := g.Usable(); err != nil {
			return err
		}
		g.FlushOrWait()
	}
}

// Close flushes all entries, unless the log has failed or Settle has panicked. From then
// on callers get Closed, this one too if another one was first.
func (g *Group[F]) Close() error {
	log := g.config.Log
	for g.Usable() == nil && (g.flushing || !g.settling && log.Synced() < log.Length()) {
		g.FlushOrWait()
	}
	g.WaitForFlush()
	if g.closed {
		return g.config.Closed
	}
	g.closed = true
	g.changed.Broadcast()
	return nil
}
