package requestbatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
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
		err = errors.Join(err, b.Close(ctx))
	}
	err = errors.Join(err, caller.Close(), rec.Close(), children.Close(time.Minute))
	j, wrong := openJournal(run.Dir)
	if wrong == nil && j.executed != calls {
		wrong = fmt.Errorf("%d requests were executed, want %d", j.executed, calls)
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

// journal is what a server's requests do, and what it knows of its client: a line has both,
// the number of a request and the request, or the number of a batch and "begin".
type journal struct {
	file     *os.File
	session  rb.Session
	executed int
}

// openJournal reads a journal, in which each request stands once, and in order.
func openJournal(dir string) (*journal, error) {
	file, err := os.OpenFile(filepath.Join(dir, "journal"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	j, last := &journal{file: file}, uint64(0)
	for {
		var id uint64
		var request string
		switch _, err := fmt.Fscanln(file, &id, &request); {
		case err == io.EOF:
			return j, nil
		case err != nil || request != "begin" && id <= last:
			return nil, errors.Join(fmt.Errorf("journal: %d %s after request %d", id, request, last), err)
		case request == "begin":
			j.session = rb.Session{Newest: id}
		default:
			j.session.Answers = append(j.session.Answers, rb.Item{ID: id, Body: []byte("ok" + request)})
			j.executed, last = j.executed+1, id
		}
	}
}

// write makes a line durable.
func (j *journal) write(id uint64, request string) error {
	_, err := fmt.Fprintln(j.file, id, request)
	return errors.Join(err, j.file.Sync())
}

// child is the main function of the server's process.
func child(args []string) error {
	var name, dir string
	var seed int64
	if err := toolbox.Arguments(args, "NAME FOLDER SEED", &name, &dir, &seed); err != nil {
		return err
	}
	j, err := openJournal(dir)
	if err != nil {
		return err
	}
	rec, err := inProcess(name, dir, seed)
	if err != nil {
		return err
	}
	o := rb.ServerOptions{
		Name: server, Trace: func(string) *trace.Recorder { return rec },
		Begin: func(_ string, batch uint64) error { return j.write(batch, "begin") },
	}
	isFirst := j.session.Newest == 0
	if !isFirst {
		o.Sessions = map[string]rb.Session{client: j.session}
	}
	s := rb.NewServer(func(_ context.Context, p rb.Position, request []byte) ([]byte, error) {
		if isFirst && string(request) == "0-2" {
			toolbox.KillSelf()
		}
		if err := j.write(p.ID, string(request)); err != nil {
			return nil, errors.Join(rb.ErrStop, err)
		}
		return []byte("ok" + string(request)), nil
	}, o)
	node, err := ssc.Listen(name, "127.0.0.1:0", s.Handle, ssc.Options{})
	if err != nil {
		return errors.Join(err, rec.Close())
	}
	fmt.Println(node.Addr())
	toolbox.UntilParentEnds()
	return errors.Join(node.Close(), rec.Close(), j.file.Close())
}
