package requestbatch

import (
	"bytes"
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

const (
	linger = 2 * time.Millisecond
	calls  = 20
)

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
	send := func(ctx context.Context, batch []byte) ([]byte, error) {
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

// callIt makes calls, and looks at what it is told. One of them kills the server.
func callIt(ctx context.Context, b *rb.Batcher, i int) error {
	for k := range calls / 4 {
		request := fmt.Sprint(i, "-", k)
		have, err := b.Call(ctx, []byte(request))
		if err != nil || !bytes.Equal(have, answerTo(request, false)) {
			return fmt.Errorf("the caller of %s was told %q, %w", request, have, err)
		}
	}
	return nil
}

// eachOnce reads the server's journal: each request was executed once, and in order.
func eachOnce(run conformance.Run) error {
	j, err := openJournal(run.Dir)
	if err != nil {
		return err
	}
	if j.executed != calls {
		err = fmt.Errorf("%d requests were executed, want %d", j.executed, calls)
	}
	return errors.Join(err, j.file.Close())
}

// journal is what a server's requests do, and what it knows of its client: a line has both,
// the number of a request and the request, or the number of a batch and "begin".
type journal struct {
	file     *os.File
	session  rb.Session
	executed int
	last     uint64 // the request that was executed last
}

func openJournal(dir string) (*journal, error) {
	path := filepath.Join(dir, "journal")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file}
	for {
		var id uint64
		var request string
		switch _, err := fmt.Fscanln(file, &id, &request); {
		case err == io.EOF:
			return j, nil
		case err != nil || request != "begin" && id <= j.last:
			return nil, errors.Join(fmt.Errorf("%s: %d %s after request %d", path, id, request, j.last), err, file.Close())
		case request == "begin":
			j.session = rb.Session{Newest: id}
		default:
			j.session.Answers = append(j.session.Answers, rb.Item{ID: id, Body: answerTo(request, false)})
			j.executed, j.last = j.executed+1, id
		}
	}
}

// write makes a line durable.
func (j *journal) write(id uint64, request string) error {
	_, err := fmt.Fprintln(j.file, id, request)
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
	isFirst := j.session.Newest == 0
	handler := func(_ context.Context, p rb.Position, request []byte) ([]byte, error) {
		if isFirst && string(request) == "0-2" {
			toolbox.KillSelf()
		}
		if err := j.write(p.ID, string(request)); err != nil {
			return nil, errors.Join(rb.ErrStop, err)
		}
		return answerTo(string(request), false), nil
	}
	o := rb.ServerOptions{
		Name: server, Trace: func(string) *trace.Recorder { return rec },
		Begin: func(_ string, batch uint64) error { return j.write(batch, "begin") },
	}
	if !isFirst {
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
