package lamportclock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/conformance"
	env "github.com/lockstep-tla/lockstep/impl/environment/network"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// withClients is the process that has the clients; those of the servers have
// their names.
const withClients = "clients"

// open makes the recorder of a process, which goes on with what an earlier one
// has left.
func open(path, process string, seed int64) (*trace.Recorder, error) {
	rec, err := trace.Resume(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, trace.ErrNoHeader) {
		h := header("processes", seed)
		h.Process = &trace.Process{Name: process, All: append([]string{withClients}, servers...), Run: fmt.Sprint(seed)}
		rec, err = trace.Create(path, h)
	}
	if err != nil {
		return nil, err
	}
	rec.UseClock(new(lc.Clock)) // this package's own clock orders the files of its processes
	return rec, nil
}

// processes lets each server be a process, kills it now and then, and starts it
// again. The clients are here, and reach the servers over UDP.
func processes(ctx context.Context, run conformance.Run) (err error) {
	file := func(process string) string { return filepath.Join(run.Dir, process+".ndjson") }
	rec, err := open(file(withClients), withClients, run.Seed)
	if err != nil {
		return err
	}
	files := []string{file(withClients)}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h := &hosts{ctx: ctx, stop: stop, run: run, cluster: fmt.Sprint(os.Getpid(), " ", run.Seed), file: file, rng: rand.New(rand.NewPCG(uint64(run.Seed), 2)), running: map[string]*exec.Cmd{}, stamps: &unique{given: map[lc.Version]bool{}}}
	err = errors.Join(h.all(rec), rec.Close())
	for _, s := range servers {
		files = append(files, file(s))
	}
	return errors.Join(err, run.WriteMerged(files...))
}

// hosts starts and kills the processes of the servers.
type hosts struct {
	ctx     context.Context
	stop    context.CancelCauseFunc
	run     conformance.Run
	cluster string // another run on this machine may be given a port that was this one's
	file    func(process string) string
	rng     *rand.Rand
	refused atomic.Int64
	running map[string]*exec.Cmd
	clients []*lc.Client
	stamps  *unique
}

func (h *hosts) all(rec *trace.Recorder) (err error) {
	for _, name := range clients {
		e, err := env.ListenUDP("127.0.0.1:0")
		if err != nil {
			return err
		}
		c, err := lc.NewClient(e, lc.ClientOptions{Name: name, Cluster: h.cluster, Trace: rec, Keys: keys, Refused: h.unless})
		if err != nil {
			return errors.Join(err, e.Close())
		}
		defer c.Close()
		h.clients = append(h.clients, c)
	}
	defer func() { err = errors.Join(err, h.killAll()) }()
	for _, s := range servers {
		if err := h.start(s); err != nil {
			return err
		}
	}
	lives := 2
	if h.run.Long {
		lives = 8
	}
	for life := range lives {
		if err := h.work(life); err != nil {
			return err
		}
	}
	return nil
}

// strays is how many datagrams may come from elsewhere before a run gives up.
const strays = 20

// unless ends the run when its clients are sent again and again what is no reply:
// they would wait for ever.
func (h *hosts) unless(err error) {
	if h.refused.Add(1) > strays {
		h.stop(fmt.Errorf("clients were sent: %w", err))
	}
}

// work lets the clients work, hopping between the servers, while one of these is
// killed and started again.
func (h *hosts) work(life int) error {
	ctx, stop := context.WithTimeout(h.ctx, conformance.WaitLimit())
	defer stop()
	var wg sync.WaitGroup
	failed := make([]error, len(h.clients))
	for i, c := range h.clients {
		wg.Go(func() {
			for n, op := range schedule(h.run.Seed*100+int64(life*10+i), 6) {
				value := values[((life*len(h.clients)+i)*6+n)%len(values)]
				if failed[i] = hop(ctx, c, op, value, h.stamps); failed[i] != nil {
					stop() // the others need not wait for what may not come
					return
				}
			}
		})
	}
	victim := servers[h.rng.IntN(len(servers))]
	err := errors.Join(h.kill(victim), h.start(victim))
	if err != nil {
		stop()
	}
	wg.Wait()
	return errors.Join(append(failed, err)...)
}

// hop is one operation on any of the servers, and what its caller may rely on.
func hop(ctx context.Context, c *lc.Client, op operation, value string, stamps *unique) error {
	seen, key, server := c.Seen(), keys[int(op.Key)%len(keys)], servers[int(op.Server)%len(servers)]
	if op.Kind%3 == 0 {
		_, at, err := c.Get(ctx, server, key)
		if err == nil && at < seen {
			err = fmt.Errorf("read as of %d, having seen %d", at, seen)
		}
		return err
	}
	v, err := c.Put(ctx, server, key, value)
	if err != nil {
		return err
	}
	if v.Stamp <= seen || v.Node != server {
		return fmt.Errorf("wrote to %s, having seen %d, and got %v", server, seen, v)
	}
	return stamps.take(v)
}

// start starts a server, waits until it listens, and tells the clients where.
func (h *hosts) start(server string) error {
	cmd := h.run.Command(h.ctx, server, h.file(server), filepath.Join(h.run.Dir, server+".log"), fmt.Sprint(h.run.Seed), h.cluster)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if _, err := cmd.StdinPipe(); err != nil { // it ends when this is closed
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	h.running[server] = cmd
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s does not say where it listens: %w", server, err)
	}
	for _, c := range h.clients {
		c.Know(server, strings.TrimSpace(line))
	}
	return nil
}

func (h *hosts) kill(server string) error {
	cmd := h.running[server]
	if cmd == nil {
		return nil
	}
	delete(h.running, server)
	err := cmd.Process.Kill()
	_ = cmd.Wait() // it was killed, and says so
	return err
}

func (h *hosts) killAll() error {
	var failed []error
	for _, s := range servers {
		failed = append(failed, h.kill(s))
	}
	return errors.Join(failed...)
}

// child is a server in a process of its own.
func child(args []string) error {
	if len(args) != 5 {
		return fmt.Errorf("want: SERVER TRACE LOG SEED CLUSTER; have %q", args)
	}
	var seed int64
	if _, err := fmt.Sscan(args[3], &seed); err != nil {
		return err
	}
	rec, err := open(args[1], args[0], seed)
	if err != nil {
		return err
	}
	s, err := lc.OpenServer(lc.ServerOptions{Name: args[0], Cluster: args[4], Path: args[2], Trace: rec})
	if err != nil {
		return err
	}
	e, err := env.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until nobody is there any more
		_ = e.Close()
	}()
	fmt.Println(e.Name())
	return s.Serve(e)
}
