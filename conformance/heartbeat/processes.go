package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// quick are the times of nodes in real processes. The machine may be slow, so the
// delay is not promised, and all nodes count as paused all the time.
var quick = times{interval: 20, checkEvery: 20, tolerance: 100, delay: 10, floor: 300, ceiling: 300}

// hosts is a watcher in this process and senders in others, on real UDP. What is done to
// the senders is recorded when it has been done. What they do is recorded when the
// watcher's socket shows it: then a core in this process takes the same steps.
type hosts struct {
	toolbox.Script
	*environment // under its mu
	processes    *toolbox.Processes
	ctx          context.Context
	run          conformance.Run
	watcher      *hb.Node
	socket       network.Endpoint
	shown        map[string]*hb.Core // the senders
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
		h := &hosts{environment: e, processes: toolbox.NewProcesses(ctx, run), ctx: ctx, run: run, shown: map[string]*hb.Core{}}
		for _, name := range e.senders {
			h.next(name, 0)
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
	for range toolbox.Length(h.run, 1, 20) {
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
		h.Must(h.processes.Eventually(h.ctx, what, holds))
	}
}

// next makes the core of a sender that has had the given number of incarnations.
func (h *hosts) next(name string, incarnations uint64) {
	h.shown[name] = hb.NewCore(hb.CoreConfig{Name: name, Sends: true, Incarnations: incarnations, Trace: h.rec})
}

// open makes the watcher.
func (h *hosts) open(phi *hb.PhiOptions) (err error) {
	if h.socket, err = network.ListenUDP("127.0.0.1:0"); err != nil {
		return err
	}
	h.locked(func() { h.started("w") })
	o := hb.Options{
		Name: "w", Watch: h.senders, Endpoint: listener{h.socket, h}, Phi: phi,
		Clock: &recording{Clock: clock.System(), environment: h.environment}, Trace: h.rec,
	}
	h.times.of(&o)
	if h.watcher, err = hb.New(o); err != nil {
		return errors.Join(err, h.socket.Close())
	}
	h.locked(func() { h.Must(h.pause("w")) })
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
		if h, bad := hb.Decode(datagram); bad != nil || l.hosts.show(h) {
			return from, datagram, nil
		}
	}
}

// show records the heartbeats that a process must have sent, if it runs.
func (h *hosts) show(heard hb.Heartbeat) (runs bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	core := h.shown[heard.From]
	if core == nil || !h.alive[heard.From] || heard.Incarnation != core.Incarnation() {
		return false
	}
	for h.flying[heard] == nil {
		sent, err := core.Send(hb.Reading(h.now))
		if h.Must(err); err != nil || sent.Sequence > heard.Sequence {
			break
		}
		h.sent(sent)
	}
	return true
}

// start starts a process and waits for its first heartbeats.
func (h *hosts) start(name string) {
	second := hb.Heartbeat{From: name, To: "w", Sequence: 2}
	h.locked(func() {
		h.started(name)
		h.Must(h.shown[name].Start(hb.Reading(h.now)))
		second.Incarnation = h.shown[name].Incarnation()
		h.Must(h.pause(name))
	})
	h.Must(h.processes.Start(name, h.socket.Name()))
	h.until("the watcher hears "+name, func() (heard bool) {
		status, _ := h.watcher.Status(name)
		h.locked(func() { heard = h.flying[second] != nil })
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
	h.locked(func() {
		h.Must(h.crash(name))
		h.next(name, h.shown[name].Incarnation())
	})
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
	go func() {
		toolbox.UntilParentEnds()
		cancel()
	}()
	fmt.Println(socket.Name())
	return node.Run(ctx)
}
