package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// quick are the times of nodes in real processes. The machine may be slow, so
// the delay is not promised, and all nodes count as paused all the time.
var quick = times{interval: 20, checkEvery: 20, tolerance: 100, delay: 10, floor: 300, ceiling: 300}

// theatre is a watcher in this process and senders in others, on real UDP. What
// the senders do is recorded when the watcher's socket shows it, what is done
// to them when it has been done.
type theatre struct {
	*world
	run      conformance.Run
	phi      *hb.PhiOptions
	watcher  *hb.Node
	socket   network.Endpoint
	sequence map[string]uint64
	lives    map[string]uint64
	sentAt   map[string]int
	changed  chan hb.Change
	marked   chan struct{}
	children map[string]*exec.Cmd
}

// processes stops a sender and lets it go on, and kills another and starts it
// again.
func processes(ctx context.Context, run conformance.Run) error {
	t := quick
	var phi *hb.PhiOptions
	if run.Seed%2 == 0 {
		t.floor, phi = t.interval+t.delay+1, &hb.PhiOptions{MinDeviation: 20}
	}
	return recorded(run, "processes", t, []string{"a", "b"}, []string{"w"}, func(w *world) error {
		th := &theatre{
			world: w, run: run, phi: phi, sequence: map[string]uint64{}, lives: map[string]uint64{}, sentAt: map[string]int{},
			changed: make(chan hb.Change, 1000), marked: make(chan struct{}, 100), children: map[string]*exec.Cmd{},
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if err := th.open(); err != nil {
			return err
		}
		done := make(chan error, 1)
		go func() { done <- th.watcher.Run(ctx) }()
		err := th.play(ctx)
		for _, cmd := range th.children {
			err = errors.Join(err, end(cmd))
		}
		w.mu.Lock()
		w.end() // also after a failure: then the trace must be refused
		w.mu.Unlock()
		cancel()
		return errors.Join(err, <-done)
	})
}

// play is what happens.
func (th *theatre) play(ctx context.Context) error {
	rounds := 1
	if th.run.Long {
		rounds = 20
	}
	for range rounds {
		for _, act := range []func(context.Context) error{
			th.starts("a"), th.starts("b"),
			th.stops("a"),
			th.kills("b"), th.starts("b"),
			th.kills("b"), th.kills("a"),
		} {
			if err := act(ctx); err != nil {
				return err
			}
		}
	}
	return th.settles()
}

// open makes the watcher.
func (th *theatre) open() (err error) {
	if th.socket, err = network.ListenUDP("127.0.0.1:0"); err != nil {
		return err
	}
	o := hb.Options{
		Name: "w", Watch: []string{"a", "b"}, Endpoint: listener{th.socket, th},
		Interval: time.Duration(th.times.interval) * ms, Delay: time.Duration(th.times.delay) * ms,
		Timeout: time.Duration(th.times.ceiling) * ms, Phi: th.phi,
		CheckEvery: time.Duration(th.times.checkEvery) * ms, Tolerance: time.Duration(th.times.tolerance) * ms,
		Clock: &ticking{Clock: clock.System(), world: th.world}, OnChange: func(c hb.Change) { th.changed <- c },
		Trace: th.rec,
	}
	th.mu.Lock()
	th.started("w")
	th.mu.Unlock()
	if th.watcher, err = hb.New(o); err != nil {
		return errors.Join(err, th.socket.Close())
	}
	th.mu.Lock()
	th.pause("w")
	th.mu.Unlock()
	return nil
}

// ticking is a clock that records that time has passed. It is read by one node
// only, under that node's lock, so that the node's step comes next. Its time
// begins when it is read first, which is for the node's start.
type ticking struct {
	clock.Clock
	world *world
	began time.Duration // 0 until then
}

func (t *ticking) Monotonic() time.Duration {
	t.world.mu.Lock()
	defer t.world.mu.Unlock()
	if t.began == 0 {
		t.began = t.Clock.Monotonic()
	}
	now := t.Clock.Monotonic() - t.began
	t.world.tick(int(now.Milliseconds()))
	return now
}

// listener is the watcher's socket. Whatever a process has sent is recorded
// before the watcher can take it.
type listener struct {
	network.Endpoint
	th *theatre
}

func (l listener) Receive() (string, []byte, error) {
	from, datagram, err := l.Endpoint.Receive()
	if err != nil {
		return from, datagram, err
	}
	h, bad := hb.Decode(datagram)
	if bad != nil {
		l.th.marked <- struct{}{}
	} else {
		l.th.shown(h)
	}
	return from, datagram, nil
}

// shown records the heartbeats that a process must have sent.
func (th *theatre) shown(h hb.Heartbeat) {
	th.mu.Lock()
	defer th.mu.Unlock()
	for h.Incarnation == th.lives[h.From] && th.sequence[h.From] < h.Sequence {
		th.sequence[h.From]++
		th.sentAt[h.From] = th.now
		th.sent(hb.Heartbeat{From: h.From, Incarnation: h.Incarnation, Sequence: th.sequence[h.From]})
		th.rec.Step("Send").String("node", h.From).Int("at", th.now).State(actor{th, h.From})
	}
}

// starts starts a process and waits for its first heartbeat.
func (th *theatre) starts(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		cmd := th.run.Command(ctx, name, th.socket.Name(), filepath.Join(th.run.Dir, name))
		cmd.Stderr = os.Stderr
		if _, err := cmd.StdinPipe(); err != nil { // it ends with this process
			return err
		}
		th.mu.Lock()
		th.started(name)
		th.lives[name]++
		th.sequence[name], th.sentAt[name] = 0, th.now
		th.rec.Step("Start").String("node", name).Int("at", th.now).State(actor{th, name})
		th.pause(name)
		th.mu.Unlock()
		if err := cmd.Start(); err != nil {
			return err
		}
		th.children[name] = cmd
		return th.until("hears "+name, func() bool {
			status, _ := th.watcher.Status(name)
			th.mu.Lock()
			defer th.mu.Unlock()
			return th.sequence[name] > 1 && status == hb.Up
		})
	}
}

// stops lets a process stand still until it is taken for crashed, and go on
// until it is heard again.
func (th *theatre) stops(name string) func(context.Context) error {
	return func(context.Context) error {
		process := th.children[name].Process
		if err := suspend(process); err != nil {
			return err
		}
		err := th.becomes(name, hb.Down)
		return errors.Join(err, proceed(process), th.becomes(name, hb.Up))
	}
}

// kills kills a process, and waits until it is taken for crashed.
func (th *theatre) kills(name string) func(context.Context) error {
	return func(context.Context) error {
		if err := end(th.children[name]); err != nil {
			return err
		}
		delete(th.children, name)
		if err := th.drain(); err != nil {
			return err
		}
		th.mu.Lock()
		th.crash(name)
		th.mu.Unlock()
		return th.becomes(name, hb.Down)
	}
}

// end kills a process and waits for its end.
func end(cmd *exec.Cmd) error {
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	cmd.Wait() // it was killed, and says so
	return nil
}

// drain waits until everything that was sent so far has been read: a datagram
// that is no heartbeat is sent behind it.
func (th *theatre) drain() error {
	marker, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer marker.Close()
	over := time.After(conformance.WaitLimit())
	for {
		if err := marker.Send(th.socket.Name(), []byte("this far")); err != nil {
			return err
		}
		select {
		case <-th.marked:
			return nil
		case <-over:
			return errors.New("the watcher does not read its socket")
		case <-time.After(time.Second): // it may have been lost
		}
	}
}

func (th *theatre) becomes(name string, status hb.Status) error {
	return th.until(fmt.Sprintf("takes %s for %s", name, status), func() bool {
		now, _ := th.watcher.Status(name)
		return now == status
	})
}

// settles waits until everybody must be right.
func (th *theatre) settles() error {
	return th.until("has been left alone for long enough", func() bool {
		th.mu.Lock()
		defer th.mu.Unlock()
		return th.now-th.disturbed > th.times.bound()
	})
}

// until waits until something has come true of the watcher.
func (th *theatre) until(what string, holds func() bool) error {
	over := time.After(conformance.WaitLimit())
	again := time.NewTicker(2 * ms)
	defer again.Stop()
	for !holds() {
		select {
		case <-over:
			return fmt.Errorf("it is not so that the watcher %s", what)
		case <-th.changed:
		case <-again.C:
		}
	}
	return nil
}

// child is a process that says that it is alive, until it is killed or nobody
// is there any more to do that.
func child(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want: NAME ADDRESS FILE; have %q", args)
	}
	socket, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	node, err := hb.New(hb.Options{
		Name: args[0], Endpoint: socket, SendTo: map[string]string{"w": args[1]},
		Interval: time.Duration(quick.interval) * ms, Lives: hb.LivesFile(args[2]),
	})
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { err = node.Run(ctx) })
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is the end
	cancel()
	wait.Wait()
	return err
}
