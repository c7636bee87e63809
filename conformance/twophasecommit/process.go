package twophasecommit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// How processes are made. A participant is as patient as its run says, and the
// coordinator twice as patient.
const (
	processTick   = 20 * time.Millisecond
	leastPatience = 250 // ticks: 5 s
	processMemory = 3
)

var processChannel = ssc.Options{Backoff: 5 * time.Millisecond}

// withClients is the process that has the clients and the operator; those of the
// nodes have their names.
const withClients = "clients"

func nodes() []string { return append([]string{coordinator}, participants...) }

func traceFile(dir, process string) string { return filepath.Join(dir, process+".ndjson") }

// openTrace makes the recorder of a process, which goes on with what an earlier
// one has left.
func openTrace(dir, process string, seed int64) (*trace.Recorder, error) {
	rec, err := trace.Resume(traceFile(dir, process))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, trace.ErrNoHeader) {
		h := header("processes", seed)
		h.Process = &trace.Process{Name: process, All: append([]string{withClients}, nodes()...), Run: fmt.Sprint(seed)}
		rec, err = trace.Create(traceFile(dir, process), h)
	}
	if err != nil {
		return nil, err
	}
	rec.UseClock(new(lamportclock.Clock))
	return rec, nil
}

// others are the last stamps of all other processes. What a process does when it
// starts is put behind them: whatever an earlier process of its name had heard
// before it died, and written down without coming to record it, they had sent.
func others(dir, process string) ([]trace.Stamp, error) {
	var all []trace.Stamp
	for _, name := range append([]string{withClients}, nodes()...) {
		if name == process {
			continue
		}
		t, err := trace.ReadUnfinished(traceFile(dir, name))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, trace.ErrNoHeader) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n := len(t.Events); n > 0 {
			all = append(all, trace.Stamp{Process: name, Time: t.Events[n-1].Stamp})
		}
	}
	return all, nil
}

// host is a node in a process of its own, and what its parent may ask for.
type host struct {
	name   string
	rec    *trace.Recorder
	trap   *trap
	server *tpc.Server
	core   core
}

// child is the main function of a node's process. It says where it listens, then
// does what its parent says, line by line, and ends with its input.
func child(args []string) error {
	var name, dir, policy string
	var seed int64
	var patience int
	if err := toolbox.Arguments(args, "NODE FOLDER SEED POLICY PATIENCE", &name, &dir, &seed, &policy, &patience); err != nil {
		return err
	}
	rec, err := openTrace(dir, name, seed)
	if err != nil {
		return err
	}
	h := &host{name: name, rec: rec, trap: &trap{}}
	if err := h.start(dir, tpc.Policy(policy), patience); err != nil {
		return err
	}
	fmt.Println(h.server.Addr())
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		answer, err := h.obey(strings.Fields(in.Text()))
		if err != nil {
			return err
		}
		fmt.Println(answer)
	}
	time.AfterFunc(processesPatience/8, func() { os.Exit(1) }) // who is in a trap does not end by himself
	return errors.Join(h.server.Close(), rec.Close())
}

func (h *host) start(dir string, policy tpc.Policy, patience int) error {
	heard, err := others(dir, h.name)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, h.name+".log")
	make := func() (core, error) {
		if h.name == coordinator {
			return tpc.NewCoordinator(tpc.CoordinatorConfig{Name: coordinator, Home: home, Trace: h.rec, Patience: 2 * patience, Memory: processMemory})
		}
		return tpc.NewParticipant(tpc.ParticipantConfig{
			Name: h.name, Coordinator: coordinator, Policy: policy, Keys: keys, Trace: h.rec, Patience: patience,
		})
	}
	if err := recordDeath(h.rec, dir, h.name, path, heard, make); err != nil {
		return err
	}
	if h.core, err = make(); err != nil {
		return err
	}
	h.core.Heard(heard...)
	channel := processChannel
	channel.Network = trapNetwork{trap: h.trap}
	h.server, err = tpc.Serve(h.core, tpc.ServerOptions{
		Path: path, Log: wal.Options{FS: trapDisk{trap: h.trap}, Preallocate: -1}, Listen: "127.0.0.1:0", Tick: processTick, Channel: channel,
	})
	return err
}

// obey does what the parent says.
func (h *host) obey(order []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), processesPatience)
	defer cancel()
	switch {
	case len(order) == 3 && order[0] == "know":
		return "ok", h.server.Know(order[1], order[2])
	case len(order) == 2 && order[0] == "die":
		h.trap.set(order[1])
		return "ok", nil
	case len(order) == 1 && order[0] == "status":
		var answer string
		err := h.server.Do(ctx, func() {
			doubt, waiting := 0, 0
			if p, ok := h.core.(*tpc.Participant); ok {
				doubt, waiting = p.InDoubt(), p.Waiting()
			}
			answer = fmt.Sprint(h.core.Idle(), doubt, waiting)
		})
		return answer, err
	case len(order) == 1 && order[0] == "quiet":
		return "ok", h.server.Do(ctx, h.core.Quiet)
	}
	return "", fmt.Errorf("the order %q is not known", order)
}
