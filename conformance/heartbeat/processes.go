package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// quick are the times of nodes in real processes. The machine may be slow, so the
// delay is not promised, and all nodes count as paused all the time.
var quick = times{interval: 20, checkEvery: 20, tolerance: 100, delay: 10, floor: 300, ceiling: 300}

// hosts is a watcher in this process and senders in others, on real UDP. What the
// senders do is recorded when the watcher's socket shows it, what is done to them when
// it has been done.
type hosts struct {
	toolbox.Script
	*environment // under its mu
	ctx          context.Context
	run          conformance.Run
	watcher      *hb.Node
	socket       network.Endpoint
	processes    *toolbox.Processes
	senders      map[string]*sender
	patience     toolbox.Patience
}

// sender is a process that sends, as far as its datagrams show.
type sender struct {
	incarnation, sequence uint64
	sentAt                int
}

// View is the sender's state, as its datagrams show it.
func (s *sender) View(o *trace.Object) {
	o.Uint("incarnation", s.incarnation).Uint("sequence", s.sequence)
	o.Int("sent", s.sentAt).Bool("busy", false).Int("lastCheck", 0)
	o.Record("peers", func(*trace.Object) {})
}

// processes suspends a sender and lets it go on, and kills another and starts it again.
func processes(ctx context.Context, run conformance.Run) error {
	t := quick
	var phi *hb.PhiOptions
	if run.Seed%2 == 0 {
		t.floor, phi = t.interval+t.delay+1, &hb.PhiOptions{MinDeviation: 20}
	}
	return inEnvironment(run, "processes", t, []string{"a", "b"}, []string{"w"}, func(e *environment) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		h := &hosts{
			environment: e, ctx: ctx, run: run,
			processes: toolbox.NewProcesses(ctx, run), senders: map[string]*sender{"a": {}, "b": {}},
		}
		if err := h.open(phi); err != nil {
			return err
		}
		done := make(chan error, 1)
		go func() { done <- h.watcher.Run(ctx) }()
		h.lead()
		h.Must(h.processes.Kill())
		h.locked(e.end) // also after a failure: then the trace must be refused
		cancel()
		return errors.Join(h.Err(), <-done)
	})
}

// lead is the course of events. It ends at the first surprise.
func (h *hosts) lead() {
	rounds := toolbox.Length(h.run, 1, 20)
	for range rounds {
		h.Follow("start a, start b, suspend a, kill b, start b, kill b, kill a", func(words []string) error {
			if h.Err() == nil {
				map[string]func(string){"start": h.start, "suspend": h.suspend, "kill": h.kill}[words[0]](words[1])
			}
			return nil
		})
	}
	h.until("the watcher has been left alone for long enough", func() (holds bool) {
		h.locked(func() { holds = h.now-h.disturbed > h.times.bound() })
		return holds
	})
}

func (h *hosts) locked(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
}

func (h *hosts) until(what string, holds func() bool) {
	if h.Err() == nil {
		h.Must(h.patience.Eventually(h.ctx, what, holds))
	}
}

// open makes the watcher.
func (h *hosts) open(phi *hb.PhiOptions) (err error) {
	if h.socket, err = network.ListenUDP("127.0.0.1:0"); err != nil {
		return err
	}
	h.locked(func() { h.started("w") })
	h.watcher, err = hb.New(hb.Options{
		Name: "w", Watch: h.environment.senders, Endpoint: listener{h.socket, h},
		Interval: inMs(h.times.interval), Delay: inMs(h.times.delay), Timeout: inMs(h.times.ceiling), Phi: phi,
		CheckEvery: inMs(h.times.checkEvery), Tolerance: inMs(h.times.tolerance),
		Clock: &recording{Clock: clock.System(), environment: h.environment}, Trace: h.rec,
	})
	if err != nil {
		return errors.Join(err, h.socket.Close())
	}
	h.locked(func() { h.pause("w") })
	return nil
}

// recording is a clock that records that time has passed. It is read by one node only,
// under that node's lock, so that the node's step comes next. Its time begins when it
// is read first, which is for the node's start.
type recording struct {
	clock.Clock
	environment *environment
	began       time.Duration // 0 until then
}

func (r *recording) Monotonic() time.Duration {
	r.environment.mu.Lock()
	defer r.environment.mu.Unlock()
	if r.began == 0 {
		r.began = r.Clock.Monotonic()
	}
	now := r.Clock.Monotonic() - r.began
	r.environment.tick(int(now.Milliseconds()))
	return now
}

// listener is the watcher's socket. What a process has sent is recorded before the
// watcher can take it. What comes when the process has been killed is lost.
type listener struct {
	network.Endpoint
	hosts *hosts
}

func (l listener) Receive() (string, []byte, error) {
	for {
		from, datagram, err := l.Endpoint.Receive()
		if err != nil {
			return from, datagram, err
		}
		if h, bad := hb.Decode(datagram); bad != nil || l.hosts.shown(h) {
			return from, datagram, nil
		}
	}
}

// shown records the heartbeats that a process must have sent, if it runs.
func (h *hosts) shown(heard hb.Heartbeat) (runs bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.senders[heard.From]
	if s == nil || !h.alive[heard.From] || heard.Incarnation != s.incarnation {
		return false
	}
	for s.sequence < heard.Sequence {
		s.sequence++
		s.sentAt = h.now
		h.sent(hb.Heartbeat{From: heard.From, Incarnation: s.incarnation, Sequence: s.sequence})
		h.rec.Step("Send").String("node", heard.From).Int("at", h.now).State(s)
	}
	return true
}

// start starts a process and waits for its first heartbeats.
func (h *hosts) start(name string) {
	s := h.senders[name]
	h.locked(func() {
		h.started(name)
		s.incarnation++
		s.sequence, s.sentAt = 0, h.now
		h.rec.Step("Start").String("node", name).Int("at", h.now).State(s)
		h.pause(name)
	})
	h.Must(h.processes.Start(name, h.socket.Name()))
	h.until("the watcher hears "+name, func() (heard bool) {
		status, _ := h.watcher.Status(name)
		h.locked(func() { heard = s.sequence > 1 })
		return heard && status == hb.Up
	})
}

// suspend lets a process stand still until it is taken for crashed, and go on until it
// is heard again.
func (h *hosts) suspend(name string) {
	h.Must(h.processes.Named(name).Suspend())
	h.becomes(name, hb.Down)
	h.Must(h.processes.Named(name).Continue())
	h.becomes(name, hb.Up)
}

// kill kills a process, and waits until it is taken for crashed.
func (h *hosts) kill(name string) {
	h.Must(h.processes.Named(name).Kill())
	h.locked(func() { h.crash(name) })
	h.becomes(name, hb.Down)
}

func (h *hosts) becomes(name string, status hb.Status) {
	h.until(fmt.Sprintf("the watcher takes %s for %s", name, status), func() bool {
		now, _ := h.watcher.Status(name)
		return now == status
	})
}

// child is a process that sends heartbeats, until it is killed or its parent ends.
func child(args []string) error {
	var name, dir, seed, address string
	if err := toolbox.Arguments(args, "NAME FOLDER SEED ADDRESS", &name, &dir, &seed, &address); err != nil {
		return err
	}
	socket, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	node, err := hb.New(hb.Options{
		Name: name, Endpoint: socket, SendTo: map[string]string{"w": address},
		Interval: inMs(quick.interval), Incarnations: hb.IncarnationsFile(filepath.Join(dir, name)),
	})
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { err = node.Run(ctx) })
	fmt.Println(socket.Name())
	toolbox.UntilParentEnds()
	cancel()
	wait.Wait()
	return err
}
