package requestpipeline

import (
	"context"
	"errors"
	"net"
	"slices"
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
	texts   []string
	callers sync.WaitGroup
}

func (e *ends) open(process uint64) {
	var err error
	e.client, err = rp.Open(rp.Options{
		Client: client, Process: process, MaxInFlight: 3, Silence: 200 * time.Millisecond, Backoff: time.Millisecond,
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", e.addr.Load().(string))
		},
		Trace: e.rec,
	})
	e.Must(err)
}

// call makes a call with the next text, which may end with one of these errors.
func (e *ends) call(limit time.Duration, allowed ...error) {
	text := e.texts[0]
	e.texts = e.texts[1:]
	e.callers.Go(func() {
		ctx, cancel := patience.Context(e.ctx)
		if limit > 0 {
			ctx, cancel = context.WithTimeout(e.ctx, limit)
		}
		defer cancel()
		answer, err := e.client.Call(ctx, []byte(text))
		e.Allow(err, allowed...)
		e.Check(err != nil || string(answer) == text, "%s: the answer is %q", text, answer)
		e.note(text, err)
	})
}

// note holds against the trace what a caller was told.
func (e *ends) note(text string, err error) {
	told, list := "not sent", "unsent"
	if errors.Is(err, rp.ErrUnknown) {
		told, list = "unknown", "unknown"
	}
	if err == nil {
		e.answers.FromStep(e.rec, text+": an answer", func(step string, args, _ *trace.Record) bool {
			return step == "Receive" && args.Record("frame").String("text") == text
		})
		return
	}
	e.answers.AfterStep(e.rec, text+": "+err.Error(), func(step string, args, _ *trace.Record) bool {
		switch step {
		case "Cancel":
			return args.String("text") == text && args.String("outcome") == told
		case "Close":
			texts, _ := args.Value(list).([]trace.Value)
			return slices.Contains(texts, trace.Value(text))
		}
		return false
	})
}

// overTCP lets callers make calls through a proxy that cuts, holds and delays, and then
// without it. The server closes and comes back, and so does the client.
func overTCP(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("tcp", run.Seed, 34, 3, false), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		e := &ends{ctx: ctx, rec: rec, answers: answers, texts: texts(34)}
		var work toolbox.Gate
		var begun atomic.Int64 // requests
		atWork := func(count int64) {
			e.Must(patience.Eventually(ctx, "the server is at work", func() bool { return begun.Load() >= count }))
		}
		listen := func(sessions map[string]rp.Session) *rp.Server {
			s, err := rp.Listen("127.0.0.1:0", func(r rp.Request) []byte {
				begun.Add(1)
				work.Pass(ctx)
				time.Sleep(time.Millisecond)
				return r.Body
			}, rp.ServerOptions{Name: server, Sessions: sessions, Trace: func(string) *trace.Recorder { return rec }})
			if err != nil {
				panic(err) // there is no port left
			}
			return s
		}
		s := listen(nil)
		faulty, err := proxy.New(s.Addr().String(), proxy.Seeded(run.Seed, 4, 400))
		if err != nil {
			return err
		}
		e.addr.Store(faulty.Addr())
		e.open(1)
		for i := range 15 {
			e.call(time.Duration(i%5/4)*3*time.Millisecond, rp.ErrUnknown, rp.ErrNotSent)
		}
		e.callers.Wait()
		e.addr.Store(s.Addr().String())
		e.Must(faulty.Close())
		before := begun.Load()
		for range 10 {
			e.call(0)
		}
		atWork(before + 3)
		sessions, err := s.Close()
		e.Must(err)
		s = listen(sessions)
		e.addr.Store(s.Addr().String())
		e.callers.Wait()
		work.Hold()
		before = begun.Load()
		for range 6 {
			e.call(0, rp.ErrClosed)
		}
		atWork(before + 1)
		e.Must(e.client.Close())
		e.callers.Wait()
		work.Open()
		e.open(2)
		for range 3 {
			e.call(0)
		}
		e.callers.Wait()
		e.Must(e.client.Close())
		_, err = s.Close()
		return errors.Join(err, e.Err())
	})
}
