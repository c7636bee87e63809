package lamportclock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// withClients is the process that has the clients; those of the servers have their names.
const withClients = "clients"

var all = append([]string{withClients}, servers...)

// open makes the recorder of a process. This package's own clock orders the files of its
// processes.
func open(process, dir string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(dir, process, all, header("processes", seed), new(lc.Clock))
}

// clusterOf is the name of a run's cluster: another run on this machine may be given a port
// that was this one's.
func clusterOf(parent int, dir string) string { return fmt.Sprint(parent, " ", filepath.Base(dir)) }

// hosts are the clients, whose goroutines work at once and look at what they get, and the
// processes of the servers.
type hosts struct {
	*toolbox.Processes
	ctx     context.Context
	clients []*lc.Client
	rec     *trace.Recorder // of the clients
	answers toolbox.Answers
}

// processes lets each server be a process, kills it now and then, and starts it again.
// The clients are here, and reach the servers over UDP.
func processes(ctx context.Context, run conformance.Run) error {
	rec, err := open(withClients, run.Dir, run.Seed)
	if err != nil {
		return err
	}
	h := &hosts{Processes: toolbox.NewProcesses(ctx, run), ctx: ctx, rec: rec}
	err = h.openClients(clusterOf(os.Getpid(), run.Dir))
	if err == nil {
		err = h.killAndStart(run)
	}
	err = errors.Join(err, h.Close(2*conformance.WaitLimit()))
	for _, client := range h.clients {
		err = errors.Join(err, client.Close())
	}
	if err := errors.Join(err, rec.Close(), toolbox.Merge(run, all)); err != nil {
		return err
	}
	return h.answers.Check(toolbox.TraceFile(run.Dir, withClients))
}

// openClients makes the clients.
func (h *hosts) openClients(cluster string) error {
	for _, name := range clients {
		e, err := network.ListenUDP("127.0.0.1:0")
		if err != nil {
			return err
		}
		client, err := lc.NewClient(networktest.Failing(3, e), lc.ClientOptions{Name: name, Keys: keys, Cluster: cluster, Trace: h.rec})
		if err != nil {
			return errors.Join(err, e.Close())
		}
		h.clients = append(h.clients, client)
	}
	return nil
}

// killAndStart lets the clients work while one of the servers is killed and started again.
func (h *hosts) killAndStart(run conformance.Run) error {
	err := errors.Join(h.start(servers[0]), h.start(servers[1]))
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 2))
	for incarnation := 0; incarnation < toolbox.Length(run, 2, 8) && err == nil; incarnation++ {
		victim := toolbox.Pick(servers, rng.IntN(len(servers)))
		err = toolbox.Concurrently(2, func(i int) error {
			if i == 0 {
				return h.work(run.Seed*10+int64(incarnation), incarnation)
			}
			return h.start(victim)
		})
	}
	return err
}

// start starts a server, and tells the clients where it listens.
func (h *hosts) start(server string) error {
	err := h.Start(server)
	for _, c := range h.clients {
		c.Know(server, h.Address(server))
	}
	return err
}

// work lets every goroutine do some operations.
func (h *hosts) work(seed int64, incarnation int) error {
	ctx, cancel := h.Context(h.ctx)
	defer cancel()
	const each, operations = 2, 4 // goroutines that share a client, and what each of them does
	return toolbox.Concurrently(each*len(clients), func(i int) error {
		for n, op := range toolbox.Workload[operation](seed*100+int64(i), operations, operations) {
			value := values[((incarnation*each*len(clients)+i)*operations+n)%len(values)]
			if err := h.operate(ctx, i/each, op, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// operate is one operation, and what its caller may rely on.
func (h *hosts) operate(ctx context.Context, i int, op operation, value string) error {
	client, key, server := h.clients[i], toolbox.Pick(keys, op.Key), toolbox.Pick(servers, op.Server)
	var v lc.Version
	var at uint64
	var err error
	kind, seen := "read", client.Seen()
	switch op.Kind % 3 {
	case 0:
		v, at, err = client.Get(ctx, server, key)
	case 1:
		v, at, err = client.Snapshot(ctx, server, key)
	default:
		kind = "written"
		v, err = client.Put(ctx, server, key, value)
		at = v.Stamp
	}
	switch {
	case err != nil:
		return err
	case kind == "written" && (at == seen || v.Value != value || v.Node != server), at < seen, v.Stamp > at:
		return fmt.Errorf("%s %v as of %d, having seen %d; asked was %s for %s", kind, v, at, seen, server, value)
	}
	h.returned(clients[i], server, key, kind, v, at)
	return nil
}

// returned notes what a call returned, as of which stamp: a reply that its client has
// heard, and no other call was given.
func (h *hosts) returned(client, server, key, kind string, v lc.Version, at uint64) {
	what := fmt.Sprintf("%s has %s %s of %s as of %d: %v", client, kind, key, server, at, v)
	h.answers.FromStep(h.rec, what, func(step string, args, _ *trace.Record) bool {
		if step != "Hear" || args.String("node") != client {
			return false
		}
		m := args.Record("message")
		return m.String("from") == server && m.String("key") == key && m.String("type") == kind &&
			m.Uint("at") == at && toolbox.IsShown(m.Value("version"), v)
	})
}

// child is a server in a process of its own.
func child(args []string) error { return toolbox.RecordChild(args, open, serve) }

func serve(name, dir string, rec *trace.Recorder) error {
	s, err := lc.OpenServer(lc.ServerOptions{
		Name: name, Cluster: clusterOf(os.Getppid(), dir), Path: filepath.Join(dir, name+".log"), Trace: rec,
	})
	if err != nil {
		return err
	}
	e, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(networktest.Failing(3, e)) }()
	fmt.Println(e.Name())
	toolbox.UntilParentEnds()
	_ = e.Close() // ends Serve, when each request has its answer
	failed, err := toolbox.Waiting(context.Background(), new(toolbox.Patience), "each request has its answer", served)
	end(rec, name, s) // in any case, so that an answer which never leaves is refused
	return errors.Join(failed, err)
}
