package lamportclock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// callers are clients whose goroutines work at once, and look at what they get.
type callers struct {
	ctx      context.Context
	clients  []*lc.Client
	servers  []string // that they go to
	each     int      // goroutines of each client
	patience *toolbox.Patience
	rec      *trace.Recorder // of the clients
	answers  *toolbox.Answers
}

// work lets every goroutine do some operations.
func (c *callers) work(seed int64, incarnation, operations int) error {
	ctx, cancel := c.patience.Context(c.ctx)
	defer cancel()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	goroutines := c.each * len(c.clients)
	return toolbox.Concurrently(goroutines, func(i int) error {
		for n, op := range workload(seed*100+int64(i), operations) {
			value := values[((incarnation*goroutines+i)*operations+n)%len(values)]
			if err := c.operate(ctx, i/c.each, op, value); err != nil {
				stop() // the others need not wait for what may not come
				return err
			}
		}
		return nil
	})
}

// operate is one operation, and what its caller may rely on.
func (c *callers) operate(ctx context.Context, i int, op operation, value string) error {
	client := c.clients[i]
	seen, key, server := client.Seen(), toolbox.Pick(keys, op.Key), toolbox.Pick(c.servers, op.Server)
	read := client.Get
	switch op.Kind % 3 {
	case 1:
		read = client.Snapshot
	case 2:
		v, err := client.Put(ctx, server, key, value)
		if err != nil {
			return err
		}
		if v.Stamp <= seen || v.Value != value || v.Node != server {
			return fmt.Errorf("wrote %s to %s, having seen %d, and got %v", value, server, seen, v)
		}
		c.returned(i, server, key, "written", v, v.Stamp)
		return nil
	}
	v, at, err := read(ctx, server, key)
	if err != nil {
		return err
	}
	if at < seen || v.Stamp > at {
		return fmt.Errorf("read %v as of %d, having seen %d", v, at, seen)
	}
	c.returned(i, server, key, "read", v, at)
	return nil
}

// returned notes what a call returned, as of which stamp: a reply that its client has
// heard, and no other call was given.
func (c *callers) returned(i int, server, key, kind string, v lc.Version, at uint64) {
	what := fmt.Sprintf("%s has %s %s of %s as of %d: %v", clients[i], kind, key, server, at, v)
	shown, err := trace.ValueOf(v)
	c.answers.FromStep(c.rec, what, func(step string, args, _ *trace.Record) bool {
		if step != "Hear" || args.String("node") != clients[i] {
			return false
		}
		m := args.Record("message")
		return err == nil && m.String("from") == server && m.String("key") == key && m.String("type") == kind &&
			m.Uint("at") == at && trace.Equal(m.Value("version"), shown)
	})
}

// open makes the clients, each with an endpoint.
func (c *callers) open(o lc.ClientOptions, listen func(name string) (network.Endpoint, error)) error {
	for _, name := range clients {
		e, err := listen(name)
		if err != nil {
			return err
		}
		o.Name, o.Keys = name, keys
		client, err := lc.NewClient(e, o)
		if err != nil {
			return errors.Join(err, e.Close())
		}
		c.clients = append(c.clients, client)
	}
	return nil
}

func (c *callers) close() (err error) {
	for _, client := range c.clients {
		err = errors.Join(err, client.Close())
	}
	return err
}

var patience toolbox.Patience

// goroutines lets many goroutines, some of which share a client, work on one server
// with a real file, through a network in memory, in two incarnations of its process.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		memory := networktest.NewMemory()
		c := &callers{ctx: ctx, servers: servers[:1], each: 2, patience: &patience, rec: rec, answers: answers}
		defer func() { err = errors.Join(err, c.close()) }()
		if err := c.open(lc.ClientOptions{Trace: rec, Refused: stop}, memory.Listen); err != nil {
			return err
		}
		for _, client := range c.clients {
			client.Know("s1", "s1")
		}
		o := lc.ServerOptions{Name: "s1", Path: filepath.Join(run.Dir, "log"), Trace: rec, Refused: func(err error) {
			if !errors.Is(err, lc.ErrRepeated) { // a request is sent again when its answer takes long
				stop(err)
			}
		}}
		for incarnation := range 2 {
			if err := served(memory, o, func() error { return c.work(run.Seed*2+int64(incarnation), incarnation, 4) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// served opens a server, lets it serve while something runs, and closes it.
func served(memory *networktest.Memory, o lc.ServerOptions, while func() error) error {
	e, err := memory.Listen(o.Name)
	if err != nil {
		return err
	}
	s, err := lc.OpenServer(o)
	if err != nil {
		return errors.Join(err, e.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(e) }()
	err = while()
	return errors.Join(err, e.Close(), <-ended, s.Close())
}

// withClients is the process that has the clients; those of the servers have their
// names.
const withClients = "clients"

// all are the names of the processes.
var all = append([]string{withClients}, servers...)

// open makes the recorder of a process. This package's own clock orders the files of its
// processes.
func open(dir, process string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(dir, process, all, header("processes", seed), new(lc.Clock))
}

// processes lets each server be a process, kills it now and then, and starts it again.
// The clients are here, and reach the servers over UDP.
func processes(ctx context.Context, run conformance.Run) error {
	rec, err := open(run.Dir, withClients, run.Seed)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h := &hosts{
		callers:   callers{ctx: ctx, servers: servers, each: 1, patience: &patience, rec: rec, answers: &toolbox.Answers{}},
		processes: toolbox.NewProcesses(ctx, run), cluster: fmt.Sprint(os.Getpid(), " ", run.Seed),
	}
	err = errors.Join(h.killAndStart(run, rec, stop), h.processes.Kill(), h.close(), rec.Close())
	if err := errors.Join(err, toolbox.Merge(run, all)); err != nil {
		return err
	}
	return h.answers.Check(toolbox.TraceFile(run.Dir, withClients))
}

// hosts are the clients, and the processes of the servers.
type hosts struct {
	callers
	processes *toolbox.Processes
	cluster   string // another run on this machine may be given a port that was this one's
}

// strays is how many datagrams may come from elsewhere before a run gives up.
const strays = 20

// killAndStart lets the clients work, while one of the servers is killed and started
// again. It ends when the clients are sent again and again what is no reply: they would
// wait for ever.
func (h *hosts) killAndStart(run conformance.Run, rec *trace.Recorder, stop context.CancelCauseFunc) error {
	var refused atomic.Int64
	err := h.open(lc.ClientOptions{Cluster: h.cluster, Trace: rec, Refused: func(err error) {
		if refused.Add(1) > strays {
			stop(fmt.Errorf("clients were sent: %w", err))
		}
	}}, func(string) (network.Endpoint, error) { return network.ListenUDP("127.0.0.1:0") })
	for _, s := range servers {
		if err == nil {
			err = h.start(s)
		}
	}
	incarnations := toolbox.Length(run, 2, 8)
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 2))
	for incarnation := 0; err == nil && incarnation < incarnations; incarnation++ {
		victim := servers[rng.IntN(len(servers))]
		err = toolbox.Concurrently(2, func(i int) error {
			if i == 0 {
				return h.work(run.Seed*10+int64(incarnation), incarnation, 6)
			}
			err := errors.Join(h.processes.Named(victim).Kill(), h.start(victim))
			if err != nil {
				stop(err)
			}
			return err
		})
	}
	return err
}

// start starts a server, and tells the clients where it listens.
func (h *hosts) start(server string) error {
	err := h.processes.Start(server, h.cluster)
	for _, c := range h.clients {
		c.Know(server, h.processes.Address(server))
	}
	return err
}

// child is a server in a process of its own.
func child(args []string) error {
	var name, dir, cluster string
	var seed int64
	if err := toolbox.Arguments(args, "SERVER FOLDER SEED CLUSTER", &name, &dir, &seed, &cluster); err != nil {
		return err
	}
	rec, err := open(dir, name, seed)
	if err != nil {
		return err
	}
	s, err := lc.OpenServer(lc.ServerOptions{Name: name, Cluster: cluster, Path: filepath.Join(dir, name+".log"), Trace: rec})
	if err != nil {
		return err
	}
	e, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		toolbox.UntilParentEnds()
		_ = e.Close() // ends Serve
	}()
	fmt.Println(e.Name())
	return s.Serve(e)
}
