package generationclock

import (
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// Clock is the generation number alone, for a program with its own elections and
// orders. It is durable: a crash takes back no number that a method has returned
// or accepted. Its methods may be called by any number of goroutines.
type Clock struct {
	shell
	core *StoreCore
}

// OpenClock opens the clock in the named file, which is made if there is none. If
// fs is nil, that is the operating system's.
func OpenClock(path string, fs wal.FS) (*Clock, error) {
	j, err := openJournal(path, fs)
	if err != nil {
		return nil, err
	}
	core := NewStoreCore("clock", nil)
	core.Restart(j.last)
	return &Clock{shell{journal: j, holder: &core.Holder}, core}, nil
}

// Now returns the clock's number; 0 means that there was no leadership yet.
func (c *Clock) Now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.disk.Gen
}

// Raise returns the number of a new leadership, when it is durable here.
func (c *Clock) Raise() (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return 0, c.failed
	}
	return c.advance(Raised(c.core.Gen))
}

// Check looks at the number of a message that has come in. It returns nil for the
// present number, and for a newer one when that is durable here; newer tells the
// two apart: a leader that has learned of a newer number leads no more. A
// *StaleError means that the message must be refused, and with which number.
func (c *Clock) Check(number uint64) (newer bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failed != nil:
		return false, c.failed
	case IsStale(c.core.Gen, number):
		return false, &StaleError{Number: number, Current: c.core.RefusalNumber(nil)}
	case IsNewer(c.core.Gen, number):
		_, err := c.advance(number)
		return err == nil, err
	}
	return false, nil
}

func (c *Clock) advance(number uint64) (uint64, error) {
	if number > MaxGen {
		return 0, ErrEnd
	}
	c.core.Gen = number
	return number, c.save()
}
