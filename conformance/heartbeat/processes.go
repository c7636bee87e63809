package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
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
	*cluster
	ctx       context.Context
	processes *toolbox.Processes
	socket    network.Endpoint
	came      chan hb.Heartbeat
	began     time.Time
	shown     map[string]*hb.Core // the senders
}

// processes suspends a sender and lets it go on, and kills another and starts it again.
func processes(ctx context.Context, run conformance.Run) error {
	return inCluster(run, "processes", quick, []string{"a", "b"}, []string{"w"}, func(c *cluster) error {
		socket, err := network.ListenUDP("127.0.0.1:0")
		if err != nil {
			return err
		}
		h := &hosts{
			cluster: c, ctx: ctx, processes: toolbox.NewProcesses(ctx, run), socket: socket,
			came: make(chan hb.Heartbeat, 1000), began: time.Now(), shown: map[string]*hb.Core{},
		}
		go h.listen()
		h.start("w")
		h.Must(h.pause("w"))
		for range toolbox.Length(run, 1, 20) {
			h.Follow("launch a, launch b, suspend a, end b, launch b, end b, end a", h.obey)
		}
		h.until("the watcher has been left alone for long enough", func() bool {
			return h.now-h.disturbed > quick.bound()
		})
		h.Must(h.processes.Kill())
		h.end() // also after a failure: then the trace must be refused
		return errors.Join(h.Err(), socket.Close())
	})
}

// listen hands on what comes, until the socket is closed.
func (h *hosts) listen() {
	for {
		_, datagram, err := h.socket.Receive()
		if err != nil {
			return
		}
		if heard, err := hb.Decode(datagram); err == nil {
			select {
			case h.came <- heard:
			default: // it is lost, like any datagram for which there is no room
			}
		}
	}
}

// until lets the watcher work until something holds.
func (h *hosts) until(what string, holds func() bool) {
	h.Must(h.processes.Eventually(h.ctx, what, func() bool {
		h.work()
		return holds()
	}))
}

// work lets the watcher take what has come, or do what is due.
func (h *hosts) work() {
	watcher, at := h.nodes["w"], int(time.Since(h.began).Milliseconds())
	select {
	case heard := <-h.came:
		h.tick(at)
		if f := h.show(heard); f != nil {
			watcher.handle(f)
		}
	default:
		if at >= watcher.due {
			h.tick(at)
			watcher.act()
		}
	}
}

// show records the heartbeats that a process must have sent by now, if it runs, and returns
// the one that has come. What comes when the process has been killed is lost.
func (h *hosts) show(heard hb.Heartbeat) *flight {
	core := h.shown[heard.From]
	if core == nil || !h.alive[heard.From] || heard.Incarnation != core.Incarnation() {
		return nil
	}
	for h.find(heard) == nil {
		sent, err := core.Send(hb.Reading(h.now))
		if h.Must(err); err != nil || sent.Sequence > heard.Sequence {
			return nil
		}
		sent.To = "w"
		h.sent(sent)
	}
	return h.find(heard)
}

// obey carries out a command of the script. After a surprise it does nothing.
func (h *hosts) obey(words []string) error {
	if h.Err() == nil {
		map[string]func(string){"launch": h.launch, "suspend": h.suspend, "end": h.stop}[words[0]](words[1])
	}
	return nil
}

// launch starts a process and waits for its heartbeats.
func (h *hosts) launch(name string) {
	incarnations := uint64(0)
	if last := h.shown[name]; last != nil {
		incarnations = last.Incarnation()
	}
	core := hb.NewCore(hb.CoreConfig{Name: name, Sends: true, Incarnations: incarnations, Trace: h.rec})
	h.shown[name] = core
	h.Must(core.Start(hb.Reading(h.now)))
	h.started(name)
	h.Must(h.pause(name))
	h.Must(h.processes.Start(name, h.socket.Name()))
	h.becomes(name, hb.Up)
}

// suspend lets a process stand still until it is taken for crashed, and go on until it
// is heard again.
func (h *hosts) suspend(name string) {
	h.Must(h.processes.Named(name).Suspend())
	h.becomes(name, hb.Down)
	h.Must(h.processes.Named(name).Continue())
	h.becomes(name, hb.Up)
}

// stop kills a process, and waits until it is taken for crashed.
func (h *hosts) stop(name string) {
	h.Must(h.processes.Named(name).Kill())
	h.Must(h.crash(name))
	h.becomes(name, hb.Down)
}

func (h *hosts) becomes(name string, status hb.Status) {
	h.until(fmt.Sprintf("the watcher takes %s for %s", name, status), func() bool {
		return h.nodes["w"].known[name] == status
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
