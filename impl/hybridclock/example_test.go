package hybridclock_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
)

// Two nodes, one of whose physical clocks is a quarter of a second behind. What it writes
// after it has read has the greater stamp all the same.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC).Sub(clocktest.Epoch)
	open := func(name string, late time.Duration) *hc.Clock {
		physical := clocktest.New(func() time.Duration { return start }) // in place of the machine's
		physical.Set(-late)
		c, err := hc.Open(hc.Options{Path: filepath.Join(dir, name), Clock: physical})
		if err != nil {
			panic(err)
		}
		return c
	}
	red, blue, grey := open("red", 0), open("blue", 250*time.Millisecond), open("grey", time.Second)
	defer red.Close()
	defer blue.Close()
	defer grey.Close()

	sent, err := red.Now()
	fmt.Println("red:", sent, err)
	received, err := blue.Update(sent)
	fmt.Println("blue:", received, err)
	_, err = grey.Update(sent)
	fmt.Println("grey:", errors.Is(err, hc.ErrAhead))
	// Output:
	// red: 2026-11-29T12:00:00.000Z+0 <nil>
	// blue: 2026-11-29T12:00:00.000Z+1 <nil>
	// grey: true
}
