package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/patience"
)

// errRunTooLong is wrapped by the error of a scenario's run that was given up
// because it took longer than its Limit.
var errRunTooLong = errors.New("the run took too long and was given up")

const (
	defaultRunLimit = 5 * time.Minute
	// A run whose context has ended gets this long to return.
	runGrace = 5 * time.Second
)

// runScenario does one run. It turns a panic into an error: code under a broken
// rule may panic, and what it had recorded still counts. A run that does not end
// in its time is left behind, with the stacks of all goroutines and the trace so
// far in a folder that the error names.
func runScenario(ctx context.Context, s Scenario, run Run) error {
	limit := s.Limit
	if limit == 0 {
		limit = defaultRunLimit
	}
	ctx, cancel := patience.WithLimit(ctx, limit, errRunTooLong)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("panic: %v", p)
			}
		}()
		done <- s.Run(ctx, run)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	late := context.Cause(ctx)
	stacks := allStacks() // while it still hangs
	select {
	case err := <-done:
		if errors.Is(late, errRunTooLong) && err != nil {
			return fmt.Errorf("%w, after %s: %w", late, limit, err)
		}
		return err
	case <-time.After(runGrace):
	}
	if !errors.Is(late, errRunTooLong) {
		return late
	}
	return fmt.Errorf("%w, after %s; %s", late, limit, keepUnfinished(run, stacks))
}

func allStacks() []byte {
	stacks := make([]byte, 1<<20)
	return stacks[:runtime.Stack(stacks, true)]
}

// keepUnfinished keeps the stacks and the trace so far, and says where.
func keepUnfinished(run Run, stacks []byte) string {
	dir, err := os.MkdirTemp("", "lockstep-unfinished-")
	if err != nil {
		return "its goroutines:\n" + string(stacks)
	}
	kept := []string{filepath.Join(dir, "goroutines.txt")}
	if err := os.WriteFile(kept[0], stacks, 0o600); err != nil {
		return "its goroutines:\n" + string(stacks)
	}
	if path := filepath.Join(dir, filepath.Base(run.Path)); copyTo(path, run.Path) == nil {
		kept = append(kept, path)
	}
	return "its goroutines and the trace so far are in " + strings.Join(kept, " and ")
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
