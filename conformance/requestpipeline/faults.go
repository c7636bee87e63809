package requestpipeline

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

var patience toolbox.Patience

// ends are a client and a server on TCP, with callers whose answers are held against the
// trace.
type ends struct {
	toolbox.Script
	ctx     context.Context
	rec     *trace.Recorder
	answers *toolbox.Answers
	client  *rp.Client
	addr    atomic.Value // of the server, or of a proxy before it
	begun   atomic.Int64 // requests at the server
	callers sync.WaitGroup
}

func (e *ends) open() (err error) {
	e.client, err = rp.Open(rp.Options{
		Client: client, Process: 1, MaxInFlight: 3, Silence: 200 * time.Millisecond, Backoff: 5 * time.Millisecond, Trace: e.rec,
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", e.addr.Load().(string))
		},
	})
	return err
}

// listen starts a server, which is slow.
func (e *ends) listen(sessions map[string]rp.Session) (s *rp.Server, addr string) {
	s, err := rp.Listen("127.0.0.1:0", func(r rp.Request) []byte {
		e.begun.Add(1)
		time.Sleep(time.Millisecond)
		return r.Body
	}, rp.ServerOptions{Name: server, Sessions: sessions, Trace: func(string) *trace.Recorder { return e.rec }})
	if err != nil {
		panic(err) // there is no port left
	}
	return s, s.Addr().String()
}

// call lets callers make a call each. Every fourth leaves after so long, if that is not 0.
func (e *ends) call(texts []string, limit time.Duration) {
	for i, text := range texts {
		e.callers.Go(func() {
			ctx, cancel := patience.Context(e.ctx)
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

// overTCP lets callers make calls through a proxy that cuts, holds and delays, and then
// without it. The server closes while it is at work, and comes back.
func overTCP(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("tcp", run.Seed, 28, 3, false), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		e, all := &ends{ctx: ctx, rec: rec, answers: answers}, texts(28)
		s, addr := e.listen(nil)
		faulty, err := proxy.New(addr, proxy.Seeded(run.Seed, 4, 400))
		if err != nil {
			return err
		}
		e.addr.Store(faulty.Addr())
		if err = e.open(); err != nil {
			return err
		}
		e.call(all[:16], 3*time.Millisecond)
		e.callers.Wait()
		e.addr.Store(addr)
		e.Must(faulty.Close())
		before := e.begun.Load()
		e.call(all[16:], 0)
		e.Must(patience.Eventually(ctx, "the server is at work", func() bool { return e.begun.Load() > before+3 }))
		sessions, err := s.Close()
		e.Must(err)
		s, addr = e.listen(sessions)
		e.addr.Store(addr)
		e.callers.Wait()
		e.Must(e.client.Close())
		_, err = s.Close()
		return errors.Join(err, e.Err())
	})
}
