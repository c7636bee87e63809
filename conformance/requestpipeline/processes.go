package requestpipeline

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

var both = []string{client, server}

const (
	calls       = 28
	maxInFlight = 3
	kills       = 2
)

// inProcess makes the recorder of the server's process. Its first step is behind all that the
// client has done: it has lost its last connection before it starts a server.
func inProcess(name, dir string, seed int64) (*trace.Recorder, error) {
	clock := new(lamportclock.Clock)
	if err := behind(clock, dir, client); err != nil {
		return nil, err
	}
	return withClock(clock, name, dir, seed)
}

func withClock(clock trace.Clock, name, dir string, seed int64) (*trace.Recorder, error) {
	rec, err := toolbox.ResumeProcess(dir, name, both, header("processes", seed, calls, maxInFlight, false), clock)
	toolbox.CountFrom(rec, seed)
	return rec, err
}

// ends are a client, with callers whose answers are held against its trace, and a server in
// another process, on TCP.
type ends struct {
	toolbox.Script
	ctx      context.Context
	run      conformance.Run
	rec      *trace.Recorder
	clock    lamportclock.Clock
	answers  toolbox.Answers
	client   *rp.Client
	callers  sync.WaitGroup
	children *toolbox.Processes
	faulty   *proxy.Proxy
	direct   atomic.Bool // the way to the server does not lead through the proxy
}

// processes lets callers make calls through a proxy that cuts, holds and delays, and then
// without it. The server's process kills itself while requests are in flight, and the client
// starts the next one. The client is a second process, whose number is high.
func processes(ctx context.Context, run conformance.Run) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e := &ends{ctx: ctx, run: run, children: toolbox.NewProcesses(ctx, run)}
	var err error
	if e.rec, err = withClock(&e.clock, client, run.Dir, run.Seed); err != nil {
		return err
	}
	if e.faulty, err = proxy.New("127.0.0.1:0", proxy.Seeded(run.Seed, 4, 400)); err == nil {
		e.client, err = rp.Open(rp.Options{
			Client: client, Process: toolbox.CountFrom(e.rec, run.Seed) + 2, MaxInFlight: maxInFlight, Silence: 200 * time.Millisecond,
			Backoff: 5 * time.Millisecond, Trace: e.rec, Dial: e.dial,
		})
	}
	if err == nil {
		all := texts(calls)
		e.call(all[:16], 3*time.Millisecond)
		e.callers.Wait()
		e.direct.Store(true)
		e.Must(e.faulty.Close())
		e.call(all[16:], 0)
		e.callers.Wait()
		e.client.Quiet()
		e.Must(e.client.Close())
	}
	e.Must(errors.Join(err, e.rec.Close(), e.children.Close(time.Minute)))
	var d durable
	err = toolbox.Load(run.Dir, &d)
	slices.Sort(d.Processed)
	e.Check(len(slices.Compact(d.Processed)) == len(d.Processed), "processed twice: %q", d.Processed)
	e.Check(d.Starts == kills+1, "the server has started %d times", d.Starts)
	return errors.Join(e.Err(), err, e.answers.Check(toolbox.TraceFile(run.Dir, client)), toolbox.Merge(run, both))
}

// dial makes a connection to the server, of which it starts the next process if the last one has
// ended. The client goes on behind the beginning of that process.
func (e *ends) dial(ctx context.Context) (net.Conn, error) {
	if p := e.children.Named(server); p == nil || p.HasEnded() {
		if err := errors.Join(e.children.Start(server), behind(&e.clock, e.run.Dir, server)); err != nil {
			return nil, err
		}
	}
	address := e.children.Address(server)
	if !e.direct.Load() {
		e.faulty.Retarget(address)
		address = e.faulty.Addr()
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}

// call lets callers make a call each. Every fourth leaves after so long, if that is not 0.
func (e *ends) call(texts []string, limit time.Duration) {
	for i, text := range texts {
		e.callers.Go(func() {
			ctx, cancel := e.children.Context(e.ctx)
			if limit > 0 && i%4 == 3 {
				ctx, cancel = context.WithTimeout(e.ctx, limit)
			}
			defer cancel()
			answer, err := e.client.Call(ctx, []byte(text))
			e.Check(err != nil || string(answer) == text, "%s: the answer is %q", text, answer)
			e.Allow(err, context.DeadlineExceeded)
			e.answers.FromStep(e.rec, text, func(step string, args, _ *trace.Record) bool {
				if err == nil {
					return step == "Receive" && args.Record("frame").String("text") == text
				}
				return step == "Cancel" && args.String("text") == text &&
					(args.String("outcome") == "unknown") == errors.Is(err, rp.ErrUnknown)
			})
		})
	}
}

// durable is what requests have done, and what the server knows of its client: one file has
// both.
type durable struct {
	rp.Session
	Processed []string
	Starts    int // of the server's process
}

// child is the main function of the server's process.
func child(args []string) error { return toolbox.RecordChild(args, inProcess, serve) }

// serve processes requests until the process kills itself or its parent ends.
func serve(name, dir string, rec *trace.Recorder) error {
	var d durable
	if err := toolbox.Load(dir, &d); err != nil {
		return err
	}
	o := rp.ServerOptions{Name: name, Trace: func(string) *trace.Recorder { return rec }}
	if d.Starts > 0 {
		o.Sessions = map[string]rp.Session{client: d.Session}
	}
	d.Starts++
	s, err := rp.Listen("127.0.0.1:0", d.handler(dir), o)
	if err = errors.Join(err, toolbox.Save(dir, d)); err != nil {
		return err
	}
	fmt.Println(s.Addr())
	toolbox.UntilParentEnds()
	return toolbox.ErrOf(s.Close())
}

// behind moves a clock beyond the last step that a process has recorded.
func behind(clock trace.Clock, dir, process string) error {
	last, err := toolbox.LastStep(toolbox.TraceFile(dir, process))
	if last != nil {
		clock.Tick(last.Stamp)
	}
	return err
}

// handler is slow. What a request does becomes durable with the session that follows from it.
// The third request that a connection brings kills the first processes instead: so the
// connection that the session names is the newest one.
func (d *durable) handler(dir string) rp.Handler {
	inTurn := 0
	return func(r rp.Request) []byte {
		time.Sleep(time.Millisecond)
		if inTurn++; r.Connection != d.Newest {
			inTurn = 1
		}
		if inTurn == 3 && d.Starts <= kills {
			toolbox.KillSelf()
		}
		next := rp.NewServerCore(server, maxInFlight, nil)
		next.Recover(d.Session)
		_, err := next.Accept(r.Connection, rp.Message{Number: r.Number, Body: r.Body}, r.Body)
		d.Session, d.Processed = next.Session, append(d.Processed, string(r.Body))
		if err = errors.Join(err, toolbox.Save(dir, *d)); err != nil {
			panic(err) // the request counts as not processed
		}
		return r.Body
	}
}
