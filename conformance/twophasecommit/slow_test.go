package twophasecommit

import (
	"context"
	"errors"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/slowtest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsSlowWrites: transactions that share no key run at once on nodes with real
// connections, while one write or flush of a node's log, or one write to a socket of it, after
// the other is slow. Soon behind it that node's disk stops, and a crash takes all that was not
// flushed. The node starts again, and all comes to its end.
func TestSpecAcceptsSlowWrites(t *testing.T) {
	slowtest.Accepts(t, Pattern.Spec, 24, slowRun)
}

func slowRun(ctx context.Context, run conformance.Run, w *slowtest.Write) error {
	return toolbox.Record(run, header("slow", run.Seed), func(rec *trace.Recorder) (err error) {
		tpc.Configure(rec, tpc.NoWait)
		h := &slowHosts{ctx: ctx, all: map[string]*slowHost{}}
		defer func() { err = errors.Join(err, h.close()) }()
		victim := toolbox.Pick(nodes(), run.Seed)
		if err := each(func(name string) error {
			n := newSlowHost(rec, name)
			h.all[name] = n
			if name != victim {
				return n.serve(n.disk, ssc.TCP{})
			}
			w.Then = func() { n.disk.HaltAfter(2) }
			if run.Seed/4%2 == 0 {
				return n.serve(disktest.Intercept(n.disk, w.Disk()), ssc.TCP{})
			}
			return n.serve(n.disk, w.TCP())
		}); err != nil {
			return err
		}
		h.client, err = tpc.NewClient(tpc.ClientOptions{
			Name: client, Coordinator: coordinator, Placement: placement, Retry: 2 * processTick,
			Channel: processChannel, Trace: rec, Age: func() int64 { return 1 },
		})
		if err == nil {
			err = h.introduce()
		}
		if err != nil {
			return err
		}
		w.Nth = 1 + run.Seed/8%3
		w.Begin(rec)
		done := make(chan struct{})
		err = toolbox.Concurrently(2, func(i int) error {
			if i == 0 {
				defer close(done)
				return h.transactAll()
			}
			return h.succeed(victim, done)
		})
		return errors.Join(err, h.comeToRest())
	})
}

// slowHosts are the servers of a run, and its client.
type slowHosts struct {
	toolbox.Patience
	ctx    context.Context
	all    map[string]*slowHost
	client *tpc.Client
}

// slowHost is where the servers of one name run.
type slowHost struct {
	*node
	server *tpc.Server
}

func newSlowHost(rec *trace.Recorder, name string) *slowHost {
	return &slowHost{node: &node{disk: disktest.New(), make: func() (core, error) {
		return newCore(rec, name, tpc.NoWait, childPatience)
	}}}
}

// Use puts the node between the core and its log.
func (n *slowHost) Use(j tpc.Journal) {
	n.log = j.(*lowwatermark.Store)
	n.known = n.log.Status().Applied
	n.core.Use(n.node)
}

// serve starts a server.
func (n *slowHost) serve(fs disk.FS, network ssc.Network) (err error) {
	if n.core, err = n.make(); err != nil {
		return err
	}
	channel := processChannel
	channel.Network = network
	n.server, err = tpc.Serve(n, tpc.ServerOptions{
		Dir: "log", Listen: "127.0.0.1:0", Tick: processTick, Channel: channel,
		Log: lowwatermark.Options{FS: fs, Preallocate: -1, SegmentSize: 300, SnapshotEvery: 4},
	})
	return err
}

// introduce tells each server and the client where all others are.
func (h *slowHosts) introduce() error {
	return each(func(name string) error {
		addr := h.all[name].server.Addr().String()
		return errors.Join(h.client.Know(name, addr), each(func(other string) error {
			if other == name {
				return nil
			}
			return h.all[other].server.Know(name, addr)
		}))
	})
}

// transactAll lets transactions write, each at two participants.
func (h *slowHosts) transactAll() error {
	return toolbox.Concurrently(len(keys)/2, func(i int) error {
		err := h.client.Transact(h.ctx, func(ctx context.Context, tx *tpc.Tx) error {
			if err := tx.Put(ctx, keys[2*i], values[i]); err != nil {
				return err
			}
			return tx.Put(ctx, keys[2*i+1], values[i])
		})
		return toolbox.Allow(err, tpc.ErrUnknown)
	})
}

// succeed starts another server when the first one has stopped.
func (h *slowHosts) succeed(name string, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-h.all[name].server.Done():
		return h.restart(name)
	}
}

// restart starts a server after a crash.
func (h *slowHosts) restart(name string) error {
	n := h.all[name]
	_ = n.server.Close() // its disk has stopped
	if err := n.lose(); err != nil {
		return err
	}
	err := errors.Join(n.log.Close(), n.serve(n.disk, ssc.TCP{}))
	return errors.Join(err, h.introduce())
}

// comeToRest waits until no node has anything left to do, and each has said so: a request
// that is late may come between the two. A server that has stopped by then is followed by
// another one.
func (h *slowHosts) comeToRest() error {
	var err error
	all := func(then func(*slowHost)) bool {
		idle := true
		err = errors.Join(err, each(func(name string) error {
			n := h.all[name]
			if n.server.Do(h.ctx, func() {
				if idle = idle && n.Idle(); idle {
					then(n)
				}
			}) != nil {
				idle = false
				return h.restart(name)
			}
			return nil
		}))
		return idle
	}
	waited := h.Eventually(h.ctx, "all nodes are idle", func() bool {
		return all(func(*slowHost) {}) && all(func(n *slowHost) { n.Quiet() }) || err != nil
	})
	return errors.Join(err, waited)
}

// close closes all. The victim's disk may have stopped.
func (h *slowHosts) close() (err error) {
	if h.client != nil {
		err = h.client.Close()
	}
	for _, n := range h.all {
		if n.server != nil {
			err = errors.Join(err, toolbox.Allow(n.server.Close(), disktest.ErrCrashed))
		}
	}
	return err
}
