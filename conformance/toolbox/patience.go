package toolbox

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/patience"
)

// Patience is how long the runs of one pattern wait for what must come by itself:
// as long as conformance.WaitLimit says, and longer on a machine that lets this
// process wait. Once it has run out in this process, something hangs and will hang
// again, and later waits end after a tenth of a second. The zero value is ready, for use by several goroutines.
type Patience struct{ out atomic.Bool }

// hurried is how long a wait may take when an earlier one was in vain.
const hurried = 100 * time.Millisecond

// Context returns a context that ends when patience does.
func (p *Patience) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := conformance.WaitLimit()
	if p.out.Load() {
		limit = min(limit, hurried)
	}
	limited, cancel := patience.WithLimit(ctx, limit, context.DeadlineExceeded)
	return limited, func() {
		if ctx.Err() == nil && limited.Err() != nil {
			p.out.Store(true)
		}
		cancel()
	}
}

// RanOut says whether a wait was in vain in this process.
func (p *Patience) RanOut() bool { return p.out.Load() }

// Eventually waits until something holds that other goroutines, processes or the
// network bring about. It is an error if that has not come when patience ends, or
// the context: what says what was waited for, as a clause. The error wraps
// context.DeadlineExceeded or the cause of the context's end.
//
// Holds is called by this goroutine, at first often and then each millisecond.
func (p *Patience) Eventually(ctx context.Context, what string, holds func() bool) error {
	limited, cancel := p.Context(ctx)
	defer cancel()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for tries := 0; !holds(); tries++ {
		if limited.Err() == nil && tries < 1000 {
			runtime.Gosched() // mostly it comes at once
			continue
		}
		select {
		case <-limited.Done():
			if holds() { // this goroutine may have been the one that was late
				return nil
			}
			return fmt.Errorf("it is not so that %s: %w", what, context.Cause(limited))
		case <-look.C:
		}
	}
	return nil
}

// Waiting is Eventually for what a channel brings.
func Waiting[T any](ctx context.Context, p *Patience, what string, from <-chan T) (v T, err error) {
	limited, cancel := p.Context(ctx)
	defer cancel()
	select {
	case v = <-from:
		return v, nil
	case <-limited.Done():
		return v, fmt.Errorf("it is not so that %s: %w", what, context.Cause(limited))
	}
}
