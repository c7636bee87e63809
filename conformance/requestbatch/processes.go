package requestbatch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

var both = []string{client, server}

const linger = 2 * time.Millisecond

// processHeader is for a batch of four requests of up to four bytes.
func processHeader(seed int64) trace.Header {
	l := rb.Limits{MaxSize: 100, Linger: uint64(linger.Microseconds()), MaxQueue: 20}
	return header("processes", seed, l, trace.MaxInt)
}

// processes lets callers share batches. One of their requests kills the server before it is
// executed. The server starts again, and goes on inside the batch.
func processes(ctx context.Context, run conformance.Run) (err error) {
	children := toolbox.NewProcesses(ctx, run)
	if err := children.Start(server); err != nil {
		return err
	}
	rec, err := toolbox.ResumeProcess(run.Dir, client, both, processHeader(run.Seed), new(lamportclock.Clock))
	if err != nil {
		return errors.Join(err, children.Kill())
	}
	caller, err := ssc.Listen(client, "127.0.0.1:0", nil, ssc.Options{})
	if err != nil {
		return errors.Join(err, children.Kill(), rec.Close())
	}
	var mu sync.Mutex // of the children
	send := func(ctx context.Context, batch []byte) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if children.Named(server).HasEnded() {
			if err := children.Start(server); err != nil {
				return nil, err
			}
		}
		channel, err := caller.Peer(server, children.Address(server))
		if err != nil {
			return nil, err
		}
		return channel.Request(ctx, batch)
	}
	b, err := rb.Open(rb.Options{
		Client: client, Send: send, MaxSize: 100, Linger: linger, MaxQueue: 20,
		Attempt: time.Second / 2, GiveUp: 5 * time.Minute, Trace: rec,
	})
	if err == nil {
		err = toolbox.Concurrently(4, func(i int) error { return callIt(ctx, b, i) })
		err = errors.Join(err, b.Close(ctx))
	}
	err = errors.Join(err, caller.Close(), rec.Close(), children.Close(time.Minute), eachOnce(run))
	return errors.Join(err, toolbox.Merge(run, both))
}

// callIt makes calls, and looks at what it is told. The third call of one goroutine kills
// the server, the second of all fail.
func callIt(ctx context.Context, b *rb.Batcher, i int) error {
	for k := range 5 {
		request := fmt.Sprint(i, "-", k)
		have, err := b.Call(ctx, []byte(request))
		want := string(answerTo(request, k == 1))
		if k == 1 && errors.Is(err, rb.ErrFailed) {
			have, err = []byte(strings.TrimPrefix(err.Error(), rb.ErrFailed.Error()+": ")), nil
		}
		if err != nil || string(have) != want {
			return fmt.Errorf("the caller of %s was told %q, %w", request, have, err)
		}
	}
	return nil
}

// eachOnce reads the server's journal: each request was executed once, and in order.
func eachOnce(run conformance.Run) error {
	j, err := openJournal(run.Dir)
	if err == nil {
		err = j.file.Close()
	}
	if err == nil && j.executed != 20 {
		err = fmt.Errorf("%d requests were executed, want 20", j.executed)
	}
	return err
}

// journal is what a server's requests do, and what it knows of its client: one line for
// each, which has both.
type journal struct {
	file     *os.File
	session  rb.Session
	executed int
	last     uint64 // the request that was executed last
}

func openJournal(dir string) (*journal, error) {
	path := filepath.Join(dir, "journal")
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	j := &journal{}
	for line := range strings.Lines(string(data)) {
		var id uint64
		var what, request string
		if _, err := fmt.Sscan(line, &id, &what, &request); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		if what == "batch" {
			j.session = rb.Session{Newest: id}
			continue
		}
		if id <= j.last {
			return nil, fmt.Errorf("%s: request %d was executed after %d", path, id, j.last)
		}
		failed := what == "failed"
		j.session.Answers = append(j.session.Answers, rb.Item{ID: id, Failed: failed, Body: answerTo(request, failed)})
		j.executed, j.last = j.executed+1, id
	}
	j.file, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return j, err
}

// write makes a line durable.
func (j *journal) write(words ...any) error {
	_, err := fmt.Fprintln(j.file, words...)
	return errors.Join(err, j.file.Sync())
}

// child is the main function of the server's process.
func child(args []string) (err error) {
	var name, dir string
	var seed int64
	if err := toolbox.Arguments(args, "NAME FOLDER SEED", &name, &dir, &seed); err != nil {
		return err
	}
	j, err := openJournal(dir)
	if err != nil {
		return err
	}
	rec, err := toolbox.ResumeProcess(dir, name, both, processHeader(seed), new(lamportclock.Clock))
	if err != nil {
		return err
	}
	handler := func(_ context.Context, p rb.Position, request []byte) ([]byte, error) {
		var i, k int
		if _, err := fmt.Sscanf(string(request), "%d-%d", &i, &k); err != nil {
			return nil, err
		}
		if i == 0 && k == 2 && j.session.Newest == 0 {
			toolbox.KillSelf() // the first process
		}
		failed := k == 1
		if err := j.write(p.ID, map[bool]string{true: "failed", false: "ok"}[failed], string(request)); err != nil {
			return nil, errors.Join(rb.ErrStop, err)
		}
		if failed {
			return nil, errors.New(string(answerTo(string(request), true)))
		}
		return answerTo(string(request), false), nil
	}
	o := rb.ServerOptions{
		Name: server, Trace: func(string) *trace.Recorder { return rec },
		Begin: func(_ string, batch uint64) error { return j.write(batch, "batch", "-") },
	}
	if j.session.Newest > 0 {
		o.Sessions = map[string]rb.Session{client: j.session}
	}
	node, err := ssc.Listen(name, "127.0.0.1:0", rb.NewServer(handler, o).Handle, ssc.Options{})
	if err != nil {
		return errors.Join(err, rec.Close())
	}
	fmt.Println(node.Addr())
	toolbox.UntilParentEnds()
	return errors.Join(node.Close(), rec.Close(), j.file.Close())
}
