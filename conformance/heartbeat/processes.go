package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
)

// quick are the times of nodes in real processes. The machine may be slow, so the
// delay is not promised, and all nodes count as paused all the time.
var quick = times{interval: 20, checkEvery: 20, tolerance: 100, delay: 10, floor: 300, ceiling: 300}

// hosts is a watcher that runs by itself, and senders in other processes, on real UDP. A core here
// takes their steps when the socket shows these. What is done to them is recorded afterwards.
type hosts struct {
	*cluster
	network.Endpoint
	ctx       context.Context
	processes *toolbox.Processes
	began     time.Time
	mu        sync.Mutex // held by each goroutine that changes the cluster
}

// processes suspends a sender and lets it go on, twice, and kills another and starts it again. The
// watcher's clock is set, and its disk is slow.
func processes(ctx context.Context, run conformance.Run) error {
	return inCluster(run, "processes", 0, quick, []string{"a", "b"}, []string{"w"}, func(c *cluster) error {
		socket, err := network.ListenUDP("127.0.0.1:0")
		if err != nil {
			return err
		}
		h := &hosts{cluster: c, Endpoint: socket, ctx: ctx, processes: toolbox.NewProcesses(ctx, run), began: time.Now()}
		w := c.nodes["w"]
		w.Endpoint, w.read = h, h.time
		h.Must(errors.Join(h.start("w"), h.pause("w")))
		watching, end := context.WithCancel(ctx)
		var ended sync.WaitGroup
		ended.Go(func() { h.Must(w.hb.Run(watching)) })
		unblock := w.flush()
		for range toolbox.Length(run, 1, 20) {
			h.Follow("launch a, launch b, suspend a, end b, set w, suspend a, launch b, end b, end a", h.obey)
		}
		unblock()
		h.Must(h.processes.Eventually(ctx, "the watcher has been left alone for long enough", func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.now-h.disturbed > quick.bound()
		}))
		end()
		ended.Wait()
		w.compare()
		h.Must(h.processes.Kill())
		h.end() // also after a failure: then the trace must be refused
		return h.Err()
	})
}

// locked takes steps of the environment, and of what stands for the processes.
func (h *hosts) locked(step func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Must(step())
}

// time is what the watcher reads. It records that time has passed.
func (h *hosts) time() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tick(int(time.Since(h.began).Milliseconds()))
	return h.now
}

// Receive implements network.Endpoint, for the watcher. What comes when its process has been
// killed is lost.
func (h *hosts) Receive() (from string, datagram []byte, err error) {
	for {
		from, datagram, err = h.Endpoint.Receive()
		if heard, wrong := hb.Decode(datagram); err != nil || wrong == nil && h.show(heard) {
			return from, datagram, err
		}
	}
}

// show records the heartbeats that a process must have sent by now, if it runs, and says
// whether this is one.
func (h *hosts) show(heard hb.Heartbeat) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.nodes[heard.From]
	if !h.alive[heard.From] || heard.Incarnation != n.hb.Incarnation() {
		return false
	}
	shown := func(f *flight) bool { return f.Heartbeat == heard }
	for i := uint64(0); !slices.ContainsFunc(h.flying, shown) && i < heard.Sequence; i++ {
		n.hb.Observe(func(core *hb.Core) { h.Must(h.sends(core)) })
	}
	return slices.ContainsFunc(h.flying, shown)
}

// obey carries out a command of the script: launch a process, suspend it until it is taken for
// crashed, end it, or set the watcher's clock. The script ends with the first surprise.
func (h *hosts) obey(words []string) error {
	switch name := words[1]; words[0] {
	case "launch":
		h.locked(func() error { return errors.Join(h.start(name), h.pause(name)) })
		h.Must(h.processes.Start(name, h.Name()))
		h.becomes(name, hb.Up)
	case "suspend":
		h.Must(h.processes.Named(name).Suspend())
		h.becomes(name, hb.Down)
		h.Must(h.processes.Named(name).Continue())
		h.becomes(name, hb.Up)
	case "end":
		h.Must(h.processes.Named(name).Kill())
		h.locked(func() error { return h.crash(name) })
		h.becomes(name, hb.Down)
	case "set":
		h.locked(func() error { return h.setClock(name, offsets[1]-h.wall[name].(int)) })
	}
	return h.Err()
}

// becomes waits until the watcher takes a process for up or down.
func (h *hosts) becomes(name string, status hb.Status) {
	h.Must(h.processes.Eventually(h.ctx, fmt.Sprintf("the watcher takes %s for %s", name, status), func() bool {
		is, err := h.nodes["w"].hb.Status(name)
		return err == nil && is == status
	}))
}

// child is a process that sends heartbeats, every other one, until it is killed or its parent ends.
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
		Name: name, Endpoint: networktest.Failing(2, socket), SendTo: map[string]string{"w": address},
		Interval: inMs(quick.interval), Incarnations: hb.IncarnationsFile(filepath.Join(dir, name)),
	})
	if err != nil {
		return err
	}
	fmt.Println(socket.Name())
	go func() { _ = node.Run(context.Background()) }() // the watcher notices if it fails
	toolbox.UntilParentEnds()
	return nil
}
