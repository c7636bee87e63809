package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/patience"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/trace"
)

// errGivenUp is wrapped by the error of a scenario's run that was given up. The error also
// wraps one of those below.
var errGivenUp = errors.New("the run")

var (
	// errRunTooLong: the run took longer than its Limit.
	errRunTooLong = fmt.Errorf("%w took too long and was given up", errGivenUp)
	// errRunTooLarge: the run recorded more than a check reads.
	errRunTooLarge = fmt.Errorf("%w recorded too much and was given up", errGivenUp)
)

const (
	defaultRunLimit = 5 * time.Minute
	// A run whose context has ended gets this long to return.
	runGrace = 5 * time.Second
)

// maxRecorded is how much a run may record in one file, in bytes. Broken code may record in
// an endless loop, and fill the disk in minutes. A check does not read more.
var maxRecorded = replay.MaxTrace

// Record does one run of the scenario within its limits: of time, and of the size of its
// traces. It turns a panic into an error: code under a broken rule may panic, and what it had
// recorded still counts. A run that does not end at its limit is left behind, with the stacks
// of all goroutines and the trace so far in a folder that the error names.
func (s Scenario) Record(ctx context.Context, run Run) error {
	if s.Run == nil {
		return errors.New("the scenario has no function Run")
	}
	limit := s.Limit
	if limit == 0 {
		limit = defaultRunLimit
	}
	ctx, cancel := patience.WithLimit(ctx, limit, fmt.Errorf("%w, after %s", errRunTooLong, limit))
	defer cancel()
	ctx, over := context.WithCancelCause(ctx)
	defer over(nil)
	tooLarge := func(err error) { over(fmt.Errorf("%w: %w", errRunTooLarge, err)) }
	unlimited := trace.LimitFiles(maxRecorded, tooLarge, run.Path, run.Dir)
	done := make(chan error, 1)
	go func() {
		err := errors.New("the run has ended its goroutine, as FailNow of a test does")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
			done <- err
		}()
		err = s.Run(ctx, run)
	}()
	ended := func(err error) error {
		unlimited()
		return lateError(context.Cause(ctx), err)
	}
	select {
	case err := <-done:
		return ended(err)
	case <-ctx.Done():
	}
	stacks := allStacks() // while it still hangs
	select {
	case err := <-done:
		return ended(err)
	case <-time.After(runGrace):
	}
	late := context.Cause(ctx)
	if !errors.Is(late, errGivenUp) {
		return late
	}
	return fmt.Errorf("%w; %s", late, keepUnfinished(run, stacks, !errors.Is(late, errRunTooLarge)))
}

// lateError is the error of a run that has returned err. Late is why its context has ended,
// or nil. That a run is over in time after all makes it good, but not that it ended a trace
// that lacks steps.
func lateError(late, err error) error {
	switch {
	case !errors.Is(late, errGivenUp):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", late, err)
	case errors.Is(late, errRunTooLarge):
		return late
	}
	return nil
}

func allStacks() []byte {
	stacks := make([]byte, 1<<20)
	return stacks[:runtime.Stack(stacks, true)]
}

// keepUnfinished keeps the stacks, and the trace so far if it is wanted, and says where.
func keepUnfinished(run Run, stacks []byte, withTrace bool) string {
	dir, err := os.MkdirTemp("", "lockstep-unfinished-")
	if err != nil {
		return "its goroutines:\n" + string(stacks)
	}
	what, kept := "its goroutines", filepath.Join(dir, "goroutines.txt")
	if err := os.WriteFile(kept, stacks, 0o600); err != nil {
		return "its goroutines:\n" + string(stacks)
	}
	if path := filepath.Join(dir, filepath.Base(run.Path)); withTrace && copyTo(path, run.Path) == nil {
		what, kept = what+" and the trace so far", kept+" and "+path
	}
	return what + " are in " + kept
}

func copyTo(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
