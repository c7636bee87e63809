package heartbeat

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/slowtest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsSlowWrites: two senders with goroutines start, send to two watchers, crash and
// start again, while one datagram, or one incarnation's number on its way to a file, after the
// other is slow. A process whose number is slow is killed before the number is written.
func TestSpecAcceptsSlowWrites(t *testing.T) {
	slowtest.Accepts(t, Pattern.Spec, 16, slowRun)
}

func slowRun(ctx context.Context, run conformance.Run, w *slowtest.Write) error {
	return inCluster(run, "slow", 0, quick, []string{"a", "b"}, []string{"v", "w"}, func(c *cluster) error {
		h := &slowHosts{cluster: c, ctx: ctx, net: networktest.NewMemory(), w: w, ends: map[string]func(){}}
		for _, name := range c.senders {
			c.nodes[name].incarnations = slowNumbers{hb.IncarnationsFile(filepath.Join(run.Dir, name)), w}
		}
		w.Begin(c.rec)
		ticking, end := context.WithCancel(ctx)
		var ended sync.WaitGroup
		ended.Go(func() { h.tickUntil(ticking) })
		for _, name := range []string{"v", "w", "b"} {
			h.launch(name)
		}
		for range 3 {
			h.launch("a")
			h.becomeKnown()
			h.kill("a")
		}
		for _, stop := range h.ends {
			stop()
		}
		end()
		ended.Wait()
		return c.Err()
	})
}

// slowNumbers are incarnations whose numbers count as writes. In the place of the slow one the
// process ends.
type slowNumbers struct {
	hb.Incarnations
	w *slowtest.Write
}

var errKilled = errors.New("the process was killed")

func (s slowNumbers) Begin(incarnation uint64) error {
	return s.w.Do(func(slow bool) error {
		if slow {
			return errKilled
		}
		return s.Incarnations.Begin(incarnation)
	})
}

// slowHosts are the nodes of a cluster, each of which runs by itself. The environment's steps
// are taken while no node takes one.
type slowHosts struct {
	*cluster
	ctx  context.Context
	net  *networktest.Memory
	w    *slowtest.Write
	ends map[string]func()
	mu   sync.Mutex // held by each goroutine that changes the cluster
	past int        // messages of incarnations that have ended
}

// locked takes a step of the environment, while all these nodes take none. It counts what they
// have sent.
func (h *slowHosts) locked(names []string, messages int, step func() error) error {
	if len(names) == 0 {
		h.flying = slices.Repeat([]*flight{{by: math.MaxInt}}, messages)
		return step()
	}
	n, err := h.nodes[names[0]], error(nil)
	if n.hb == nil {
		return h.locked(names[1:], messages, step)
	}
	n.hb.Observe(func(core *hb.Core) {
		err = h.locked(names[1:], messages+h.sentBy(names[0], core), step)
	})
	return err
}

// sentBy is how many messages an incarnation has sent.
func (h *slowHosts) sentBy(name string, core *hb.Core) int {
	view, err := trace.ValueOf(core)
	h.Must(err)
	return view["sequence"].(int) * len(h.hearers(name))
}

// environment takes a step of the environment.
func (h *slowHosts) environment(step func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Must(h.locked(h.names(), h.past, step))
}

// tickUntil lets time pass.
func (h *slowHosts) tickUntil(end context.Context) {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-end.Done():
			return
		case <-ticker.C:
			h.environment(func() error { h.tick(h.now + 10); return nil })
		}
	}
}

// launch starts a node, which runs by itself from now on. It counts as paused all the time, so
// that nothing is due. A process that is killed before it has started is started again.
func (h *slowHosts) launch(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	socket, err := h.net.Listen(name)
	h.Must(err)
	n := h.nodes[name]
	o := hb.Options{
		Name: name, Endpoint: h.w.Endpoint(socket), SendTo: map[string]string{}, Watch: h.watched(name),
		Interval: inMs(quick.interval), Delay: inMs(quick.delay), Timeout: inMs(quick.ceiling),
		CheckEvery: inMs(quick.checkEvery), Tolerance: inMs(quick.tolerance),
		Incarnations: n.incarnations, Clock: n, Trace: h.rec,
	}
	for _, to := range h.hearers(name) {
		o.SendTo[to] = to
	}
	if n.hb, err = hb.New(o); errors.Is(err, errKilled) {
		n.hb, err = hb.New(o)
	}
	if h.Must(err); err != nil {
		return
	}
	h.alive[name], h.disturbed = true, h.now
	h.Must(h.locked(h.names(), h.past, func() error { return h.pause(name) }))
	ctx, cancel := context.WithCancel(h.ctx)
	ran := make(chan error, 1)
	go func(node *hb.Node) { ran <- node.Run(ctx) }(n.hb)
	h.ends[name] = func() {
		cancel()
		h.Must(<-ran)
	}
}

// kill ends a sender.
func (h *slowHosts) kill(name string) {
	h.ends[name]()
	delete(h.ends, name)
	sent := 0
	h.nodes[name].hb.Observe(func(core *hb.Core) { sent = h.sentBy(name, core) })
	h.environment(func() error {
		h.past += sent
		return h.crash(name)
	})
}

// becomeKnown waits until both watchers have heard both senders, and then once more.
func (h *slowHosts) becomeKnown() {
	h.Must(new(toolbox.Patience).Eventually(h.ctx, "all watchers have heard all senders", func() (known bool) {
		known = true
		for _, watcher := range h.watchers {
			h.nodes[watcher].hb.Observe(func(core *hb.Core) {
				view, err := trace.ValueOf(core)
				h.Must(err)
				peers := trace.NewRecord(view).Record("peers")
				for _, sender := range h.senders {
					heard := peers.Record(sender)
					newest := heard.Uint("incarnation") == h.nodes[sender].hb.Incarnation()
					known = known && newest && heard.Int("sequence") >= 2
				}
				h.Must(peers.Err())
			})
		}
		return known
	}))
}
