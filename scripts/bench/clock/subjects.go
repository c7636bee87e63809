package main

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"time"

	matrixone "github.com/matrixorigin/matrixone/pkg/txn/clock"

	"github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
)

// clock is what is measured: a call gives one stamp, which is a number, and a second one
// for stamps with an equal first one.
type clock struct {
	now   func() (uint64, uint32, error)
	close func() error
}

// subjects take turns in this order; the others are compared with the first.
var subjects = []struct {
	name string
	// open makes a clock, whose files, if it has any, are in a folder.
	open func(dir string) (clock, error)
}{
	{"hybrid clock", openHybrid},
	{"MatrixOne", openMatrixOne},
	{"compare-and-swap", openSwap},
	{"lamport clock", openLamport},
	{"time.Now", openTime},
}

func nothing() error { return nil }

func openHybrid(dir string) (clock, error) {
	c, err := hybridclock.Open(hybridclock.Options{Path: filepath.Join(dir, "clock")})
	if err != nil {
		return clock{}, err
	}
	now := func() (uint64, uint32, error) {
		s, err := c.Now()
		return uint64(s), 0, err
	}
	return clock{now, c.Close}, nil
}

// openMatrixOne opens MatrixOne's clock without a maximum offset. With one it takes two
// goroutines that overtake each other for a clock that was set back, and writes a log.
func openMatrixOne(string) (clock, error) {
	c := matrixone.NewHLCClock(func() int64 { return time.Now().UnixNano() }, 0)
	now := func() (uint64, uint32, error) {
		s, _ := c.Now()
		return uint64(s.PhysicalTime), s.LogicalTime, nil
	}
	return clock{now, nothing}, nil
}

// openSwap is a hybrid clock without a lock, a reservation and a trace: what
// hybridclock could be at best.
func openSwap(string) (clock, error) {
	var latest atomic.Uint64
	now := func() (uint64, uint32, error) {
		physical := hybridclock.Pack(uint64(time.Now().UnixMilli()), 0)
		for {
			own := latest.Load()
			next := hybridclock.WithPhysical(hybridclock.NextStamp(hybridclock.Stamp(own), 0), physical.Wall())
			if latest.CompareAndSwap(own, uint64(next)) {
				return uint64(next), 0, nil
			}
		}
	}
	return clock{now, nothing}, nil
}

func openLamport(string) (clock, error) {
	c := new(lamportclock.Clock)
	return clock{func() (uint64, uint32, error) { return c.Tick(0), 0, nil }, nothing}, nil
}

var errTime = errors.New("a time before 1970")

// openTime is the physical clock alone, which every hybrid clock reads.
func openTime(string) (clock, error) {
	now := func() (uint64, uint32, error) {
		ms := time.Now().UnixMilli()
		if ms < 0 {
			return 0, 0, errTime
		}
		return uint64(ms), 0, nil
	}
	return clock{now, nothing}, nil
}
