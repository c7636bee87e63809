package lamportclock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// goroutines lets many goroutines, some of which share a client, work on one
// server with a real file, through a network in memory, in two lives.
func goroutines(ctx context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("goroutines", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	network := networktest.NewMemory()
	var all []*lc.Client
	for _, name := range clients {
		e, err := network.Listen(name)
		if err != nil {
			return err
		}
		c, err := lc.NewClient(e, lc.ClientOptions{Name: name, Trace: rec, Keys: keys, Refused: stop})
		if err != nil {
			return err
		}
		defer c.Close()
		c.Know("s1", "s1")
		all = append(all, c)
	}
	stamps := &unique{given: map[lc.Version]bool{}}
	for life := range 2 {
		err := oneLife(network, lc.ServerOptions{Name: "s1", Path: filepath.Join(run.Dir, "log"), Trace: rec, Refused: unlessRepeated(stop)}, func() error {
			return work(ctx, all, run.Seed*2+int64(life), life, stamps)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unlessRepeated stops a run when a server refuses a request, but for one that was
// sent again because the answer took long.
func unlessRepeated(stop context.CancelCauseFunc) func(error) {
	return func(err error) {
		if !errors.Is(err, lc.ErrRepeated) {
			stop(err)
		}
	}
}

// oneLife opens a server, lets it serve while something runs, and closes
// it.
func oneLife(network *networktest.Memory, o lc.ServerOptions, while func() error) error {
	e, err := network.Listen(o.Name)
	if err != nil {
		return err
	}
	s, err := lc.OpenServer(o)
	if err != nil {
		return errors.Join(err, e.Close())
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(e) }()
	err = while()
	return errors.Join(err, e.Close(), <-served, s.Close())
}

// work lets two goroutines for each client write and read.
func work(ctx context.Context, all []*lc.Client, seed int64, life int, stamps *unique) error {
	ctx, stop := context.WithTimeout(ctx, conformance.WaitLimit())
	defer stop()
	var wg sync.WaitGroup
	failed := make([]error, 2*len(all))
	for i := range failed {
		wg.Go(func() {
			for n, op := range schedule(seed*100+int64(i), 4) {
				value := values[(life*len(failed)+i)*4+n]
				if err := one(ctx, all[i/2], op, value, stamps); err != nil {
					failed[i] = err
					stop() // the others need not wait for what may not come
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// one is one operation, and what its caller may rely on.
func one(ctx context.Context, c *lc.Client, op operation, value string, stamps *unique) error {
	seen, key := c.Seen(), keys[int(op.Key)%len(keys)]
	switch op.Kind % 3 {
	case 0:
		v, at, err := c.Get(ctx, "s1", key)
		if err == nil && (at < seen || v.Stamp > at) {
			err = fmt.Errorf("read %v as of %d, having seen %d", v, at, seen)
		}
		return err
	case 1:
		v, at, err := c.Snapshot(ctx, "s1", key)
		if err == nil && (at < seen || v.Stamp > at) {
			err = fmt.Errorf("read %v as of %d, having seen %d", v, at, seen)
		}
		return err
	}
	v, err := c.Put(ctx, "s1", key, value)
	if err != nil {
		return err
	}
	if v.Stamp <= seen || v.Value != value || v.Node != "s1" {
		return fmt.Errorf("wrote %s, having seen %d, and got %v", value, seen, v)
	}
	return stamps.take(v)
}

// unique makes sure that no version is given twice, whoever got it.
type unique struct {
	mu    sync.Mutex
	given map[lc.Version]bool
}

func (u *unique) take(v lc.Version) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	id := lc.Version{Stamp: v.Stamp, Node: v.Node}
	if u.given[id] {
		return fmt.Errorf("the stamp %d of %s was given twice", v.Stamp, v.Node)
	}
	u.given[id] = true
	return nil
}
