package run

import (
	"context"
	"errors"
	"sync"
)

// Together runs the parts at the same time. The first error cancels the other
// parts and is returned.
func Together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	errs := make([]error, len(parts))
	for i, part := range parts {
		wait.Go(func() {
			if errs[i] = part(ctx); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wait.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errors.Join(errs...)
}
