package requestbatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

var both = []string{client, server}

const calls = 20

var patience toolbox.Patience

// inProcess makes the recorder of a process. A batch has room for four requests.
func inProcess(name, dir string, seed int64) (*trace.Recorder, error) {
	l := rb.Limits{MaxSize: 100, Linger: 2000, MaxQueue: calls}
	return toolbox.ResumeProcess(dir, name, both, header("processes", seed, l, trace.MaxInt), new(lamportclock.Clock))
}

// processes lets callers share batches. One of their requests kills the server before it is
// executed. The server starts again, and goes on inside the batch.
func processes(ctx context.Context, run conformance.Run) error {
	ctx, cancel := patience.Context(ctx)
	defer cancel()
	rec, err := inProcess(client, run.Dir, run.Seed)
	if err != nil {
		return err
	}
	caller, err := ssc.Listen(client, "127.0.0.1:0", nil, ssc.Options{})
	if err != nil {
		return errors.Join(err, rec.Close())
	}
	children := toolbox.NewProcesses(ctx, run)
	b, err := rb.Open(rb.Options{
		Client: client, MaxSize: 100, Linger: 2 * time.Millisecond, MaxQueue: calls,
		Attempt: time.Second / 2, GiveUp: 5 * time.Minute, Trace: rec,
		Send: func(ctx context.Context, batch []byte) ([]byte, error) {
			if p := children.Named(server); p == nil || p.HasEnded() {
				if err := children.Start(server); err != nil {
					return nil, err
				}
			}
			channel, err := caller.Peer(server, children.Address(server))
			if err != nil {
				return nil, err
			}
			return channel.Request(ctx, batch)
		},
	})
	if err == nil {
		err = toolbox.Concurrently(4, func(i int) error { return callIt(ctx, b, i) })
		b.Quiet()
		err = errors.Join(err, b.Close(ctx))
	}
	err = errors.Join(err, caller.Close(), rec.Close(), children.Close(time.Minute))
	var d durable
	wrong := toolbox.Load(run.Dir, &d)
	if wrong == nil && (len(d.Executed) != calls || !slices.IsSorted(d.Executed) || len(slices.Compact(d.Executed)) != calls) {
		wrong = fmt.Errorf("of %d requests these were executed: %d", calls, d.Executed)
	}
	return errors.Join(err, wrong, toolbox.Merge(run, both))
}

// callIt makes calls, and looks at what it is told.
func callIt(ctx context.Context, b *rb.Batcher, i int) error {
	for k := range calls / 4 {
		request := fmt.Sprint(i, "-", k)
		have, err := b.Call(ctx, []byte(request))
		if err != nil || string(have) != "ok"+request {
			return fmt.Errorf("the caller of %s was told %q, %w", request, have, err)
		}
	}
	return nil
}

// durable is what requests have done, and what the server knows of its client: one file has
// both.
type durable struct {
	rb.Session
	Executed []uint64
}

// child is the main function of the server's process.
func child(args []string) error { return toolbox.RecordChild(args, inProcess, serve) }

// serve executes requests until the parent ends.
func serve(name, dir string, rec *trace.Recorder) error {
	var d durable
	if err := toolbox.Load(dir, &d); err != nil {
		return err
	}
	o := rb.ServerOptions{
		Name: server, Trace: func(string) *trace.Recorder { return rec },
		Begin: func(_ string, batch uint64) error {
			d.Session = rb.Session{Newest: batch}
			return toolbox.Save(dir, d)
		},
	}
	isFirst := d.Newest == 0
	if !isFirst {
		o.Sessions = map[string]rb.Session{client: d.Session}
	}
	s := rb.NewServer(func(_ context.Context, p rb.Position, request []byte) ([]byte, error) {
		if isFirst && string(request) == "0-2" {
			toolbox.KillSelf()
		}
		answer := []byte("ok" + string(request))
		d.Executed, d.Answers = append(d.Executed, p.ID), append(d.Answers, rb.Item{ID: p.ID, Body: answer})
		if err := toolbox.Save(dir, d); err != nil {
			return nil, errors.Join(rb.ErrStop, err)
		}
		return answer, nil
	}, o)
	node, err := channels.Serve(name, s.Handle)
	if err != nil {
		return err
	}
	toolbox.UntilParentEnds()
	return node.Close()
}
