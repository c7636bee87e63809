package lamportclock

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/slowtest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsSlowWrites: goroutines ask a server, while one datagram or one write of the
// server's log after the other is slow. Soon behind it the server's disk stops, and a crash
// takes all that was not flushed. The next server goes on with the rest.
func TestSpecAcceptsSlowWrites(t *testing.T) {
	slowtest.Accepts(t, Pattern.Spec, 20, slowRun)
}

func slowRun(ctx context.Context, run conformance.Run, w *slowtest.Write) error {
	return toolbox.Record(run, header("slow", run.Seed), func(rec *trace.Recorder) error {
		h := &slowHost{rec: rec, disk: disktest.New(), net: networktest.NewMemory(), w: w}
		w.Then = func() { h.disk.HaltAfter(2) }
		if err := h.start(disktest.Intercept(h.disk, w.Disk())); err != nil {
			return err
		}
		w.Begin(rec)
		asked := make(chan struct{})
		err := toolbox.Concurrently(2, func(i int) error {
			if i == 0 {
				defer close(asked)
				return h.askAll(ctx)
			}
			return h.succeed(asked)
		})
		err = errors.Join(err, h.end())
		select {
		case <-h.stopped: // by a request that came again
			err = errors.Join(err, h.restart(), h.end())
		default:
		}
		end(rec, servers[0], h.server)
		return errors.Join(err, toolbox.Allow(h.server.Close(), disktest.ErrCrashed))
	})
}

// slowHost is where a server runs, and its successor.
type slowHost struct {
	rec      *trace.Recorder
	disk     *disktest.Disk
	net      *networktest.Memory
	w        *slowtest.Write
	stopped  chan struct{} // the server has been asked since its disk has stopped
	server   *lc.Server
	endpoint network.Endpoint
	served   chan error
}

func (h *slowHost) listen(name string) (network.Endpoint, error) {
	e, err := h.net.Listen(name)
	return h.w.Endpoint(e), err
}

// start starts a server.
func (h *slowHost) start(fs disk.FS) (err error) {
	stopped := make(chan struct{})
	stop := sync.OnceFunc(func() { close(stopped) })
	h.stopped = stopped
	refused := func(err error) {
		if errors.Is(err, lc.ErrStopped) {
			stop()
		}
	}
	h.server, err = lc.OpenServer(lc.ServerOptions{
		Name: servers[0], Path: "log", FS: fs, Trace: h.rec, Refused: refused,
	})
	if err != nil {
		return err
	}
	h.served = make(chan error, 1)
	h.endpoint, err = h.listen(servers[0])
	go func() { h.served <- h.server.Serve(h.endpoint) }()
	return err
}

// end ends the server's work.
func (h *slowHost) end() error { return errors.Join(h.endpoint.Close(), <-h.served) }

// succeed starts another server when the first one has stopped.
func (h *slowHost) succeed(asked <-chan struct{}) error {
	select {
	case <-asked:
		return nil
	case <-h.stopped:
		return errors.Join(h.end(), h.restart())
	}
}

// restart starts a server after a crash.
func (h *slowHost) restart() error {
	err := toolbox.Allow(h.server.Close(), disktest.ErrCrashed)
	h.disk.Crash(nil)
	return errors.Join(err, h.start(h.disk))
}

// askAll lets each client ask, in two goroutines.
func (h *slowHost) askAll(ctx context.Context) error {
	const each, operations = 2, 3
	var all []*lc.Client
	for _, name := range clients {
		e, err := h.listen(name)
		if err != nil {
			return err
		}
		client, err := lc.NewClient(e, lc.ClientOptions{Name: name, Keys: keys, Trace: h.rec})
		if err != nil {
			return err
		}
		client.Know(servers[0], servers[0])
		all = append(all, client)
	}
	err := toolbox.Concurrently(each*len(all), func(i int) error {
		client := all[i%len(all)]
		for n := range operations {
			key := toolbox.Pick(keys, i+n)
			_, err := client.Put(ctx, servers[0], key, values[i*operations+n])
			if err == nil && (i+n)%3 == 0 {
				_, _, err = client.Get(ctx, servers[0], toolbox.Pick(keys, n))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, client := range all {
		err = errors.Join(err, client.Close())
	}
	return err
}
