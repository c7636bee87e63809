package tlc

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bound is compiled from bound/Bound.java: without it Java's RMI listens on all
// addresses of the machine, and it is no protocol for strangers.
//
//go:generate javac --release 11 -g:none bound/Bound.java
//go:embed bound/Bound.class
var boundClass []byte

// DefaultPort is where the server of a distributed run listens.
const DefaultPort = 10997

// ErrAlone means that a distributed run had no worker, or a worker no server, for
// longer than it waits.
var ErrAlone = errors.New("no other process to work with")

// Distributed says how a run is shared out among processes, which may be on
// several machines. The protocol is Java's RMI: it knows neither passwords nor
// encryption, so an address other than loopback belongs into a network in which
// every machine is trusted.
type Distributed struct {
	// Address is this machine's, on which it listens; "" stands for 127.0.0.1.
	// It must be one that the other machines can reach.
	Address string
	Port    int // 0 stands for DefaultPort
	// Wait is how long a run may be without a worker, or a worker without its
	// server, before ErrAlone ends it. 0 stands for a minute.
	Wait time.Duration
	// Workers, if set, is told whenever a worker has come or gone, with their number.
	Workers func(number int)
}

func (d *Distributed) fill() error {
	if d.Address == "" {
		d.Address = "127.0.0.1"
	}
	if d.Port == 0 {
		d.Port = DefaultPort
	}
	if d.Wait == 0 {
		d.Wait = time.Minute
	}
	if d.Port < 0 || d.Port > 65535 || d.Wait < 0 || strings.HasPrefix(d.Address, "-") {
		return fmt.Errorf("%w: address %q, port %d, wait %s", ErrBadJob, d.Address, d.Port, d.Wait)
	}
	return nil
}

// watch ends a run that was without a worker for too long.
type watch struct {
	mu      sync.Mutex
	number  int
	timer   *time.Timer
	wait    time.Duration
	changed func(int)
}

func newWatch(wait time.Duration, end func(error), changed func(int)) *watch {
	w := &watch{wait: wait, changed: changed}
	w.timer = time.AfterFunc(wait, func() { end(fmt.Errorf("%w for %s", ErrAlone, wait)) })
	return w
}

// add counts a worker that has come (1) or gone (-1).
func (w *watch) add(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.number += n
	if w.timer.Stop(); w.number <= 0 {
		w.timer.Reset(w.wait)
	}
	if w.changed != nil {
		w.changed(w.number)
	}
}

// RunDistributed checks a model like Run, and lets workers on this or other
// machines do the work: see Join. Result.Distinct is the same as that of Run.
// States and Depth are not: two workers may make the same state, and the one that
// is first decides how deep it lies.
//
// TLC checks safety only in this mode, and says nothing of other properties: the
// job should not name any. Of an error it shows the last step and does not say
// which error it is, so the outcome is Crashed then. Job.Workers has no meaning
// here, and nothing is kept in the Store.
//
// The error wraps ErrAlone if no worker has come, or all are gone. TLC gives the
// states that a dead worker had in hand to another one.
func (t *TLC) RunDistributed(ctx context.Context, j Job, d Distributed) (*Result, error) {
	if j.Config == "" {
		j.Config = j.Module + ".cfg"
	}
	if err := errors.Join(j.validate(), d.fill()); err != nil {
		return nil, err
	}
	// A port that is taken is easier to see here than in the words of RMI.
	probe, err := net.Listen("tcp", net.JoinHostPort(d.Address, strconv.Itoa(d.Port)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadJob, err)
	}
	if err := probe.Close(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "lockstep-tlc-")
	if err != nil {
		return nil, fmt.Errorf("a folder for TLC: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := errors.Join(j.write(dir), writeBound(dir)); err != nil {
		return nil, fmt.Errorf("a folder for TLC: %w", err)
	}
	if j.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, j.Timeout, overLimit(j.Timeout))
		defer cancel()
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	w := newWatch(d.Wait, end, d.Workers)
	defer w.timer.Stop()
	j.worker = w.add
	args := append(t.distributed(dir, d, j.MemoryMB), "tlc2.tool.distributed.TLCServer", "-tool", "-checkpoint", "0",
		"-metadir", filepath.Join(dir, "states"), "-config", j.Config)
	// In this mode TLC does not read CHECK_DEADLOCK.
	if config, err := ParseConfig(string(j.Files[j.Config])); err == nil && config.IgnoreDeadlock {
		args = append(args, "-deadlock")
	}
	cmd := exec.CommandContext(ctx, t.Java, append(append(args, j.Args...), j.Module)...)
	cmd.Dir = filepath.Join(dir, "spec")
	isolate(cmd)
	r, err := t.listenTo(ctx, cmd, j, io.Discard)
	if cause := context.Cause(ctx); err == nil && errors.Is(cause, ErrAlone) && r.Outcome == Cancelled {
		return nil, cause
	}
	return r, err
}

// Join works for the distributed run whose server is at host:port, until it is
// over. The Distributed's Address is that of this machine, and its Port has no
// meaning. threads is how many threads work; log gets what TLC says.
//
// The error wraps ErrAlone if the server cannot be reached, or is gone, for as
// long as the Distributed waits.
func (t *TLC) Join(ctx context.Context, server string, d Distributed, threads int, log io.Writer) error {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return fmt.Errorf("%w: the server is given as HOST:PORT: %w", ErrBadJob, err)
	}
	if d.Port, err = strconv.Atoi(port); err != nil || threads < 1 || strings.HasPrefix(host, "-") {
		return fmt.Errorf("%w: server %q, %d threads", ErrBadJob, server, threads)
	}
	if err := d.fill(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lockstep-worker-")
	if err != nil {
		return fmt.Errorf("a folder for TLC: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := errors.Join((&Job{}).write(dir), writeBound(dir)); err != nil {
		return fmt.Errorf("a folder for TLC: %w", err)
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go reach(ctx, server, d.Wait, end)
	args := append(t.distributed(dir, d, 0), "tlc2.tool.distributed.TLCWorker", host)
	args = append([]string{"-Dtlc2.tool.distributed.TLCWorker.threadCount=" + strconv.Itoa(threads)}, args...)
	cmd := exec.CommandContext(ctx, t.Java, args...)
	cmd.Dir = filepath.Join(dir, "spec")
	isolate(cmd)
	said := &lastBytes{limit: 4 << 10}
	cmd.Stdout = io.MultiWriter(log, said)
	cmd.Stderr = cmd.Stdout
	switch failed := runLocked(cmd); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case failed != nil:
		return fmt.Errorf("the worker: %w: %s", failed, tail(said.String(), 1000))
	}
	return nil
}

// reach ends a worker whose server has not been there for too long: TLC's worker
// would look for it for ever.
func reach(ctx context.Context, server string, wait time.Duration, end func(error)) {
	const between = time.Second
	for last := time.Now(); ; {
		dial, cancel := context.WithTimeout(ctx, between)
		conn, err := (&net.Dialer{}).DialContext(dial, "tcp", server)
		cancel()
		if err == nil {
			_ = conn.Close() // it was there
			last = time.Now()
		} else if time.Since(last) > wait {
			end(fmt.Errorf("%w: %s could not be reached for %s: %w", ErrAlone, server, wait, err))
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(between):
		}
	}
}

// distributed begins the command line of a server or a worker.
func (t *TLC) distributed(dir string, d Distributed, memoryMB int) []string {
	args := []string{
		"-Xlog:disable", "-Xlog:all=error:stderr", "-XX:+DisplayVMOutputToStderr", "-XX:+UseSerialGC", "-Xss16m",
		"-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8",
		"-Djava.io.tmpdir=" + filepath.Join(dir, "tmp"), "-Djava.awt.headless=true",
		"-Dtlc2.tool.distributed.TLCServer.port=" + strconv.Itoa(d.Port),
	}
	if memoryMB > 0 {
		args = append(args, fmt.Sprintf("-Xmx%dm", memoryMB))
	}
	return append(args, "-cp", filepath.Join(dir, "bound")+string(os.PathListSeparator)+t.Jar, "Bound", d.Address)
}

func writeBound(dir string) error {
	if err := os.Mkdir(filepath.Join(dir, "bound"), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bound", "Bound.class"), boundClass, 0o600)
}
