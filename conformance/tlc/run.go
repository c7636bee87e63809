package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
)

// Job is one run of TLC.
type Job struct {
	// Files are the modules and configurations by name, such as "X.tla". They
	// are all that TLC sees besides its standard modules.
	Files map[string][]byte
	// Module is the name of the root module, without ".tla".
	Module string
	// Config is the name of the configuration; "" stands for Module + ".cfg".
	Config string
	// Args are further options of TLC, such as "-deadlock".
	Args []string
	// Workers is the number of TLC's worker threads; 0 stands for 1.
	Workers int
	// Short says that the run will take seconds rather than minutes. Java then
	// compiles in a hurry: it is quick sooner, and slower by half in the long run.
	Short bool
	// MemoryMB limits the heap, in MiB; 0 leaves it to Java: a quarter of the
	// machine's memory.
	MemoryMB int
	// Timeout ends the run with TimedOut; 0 stands for no limit.
	Timeout time.Duration
	// Processor ends the run with TimedOut when TLC has taken this much processor time; 0
	// stands for no limit. It does not depend on what else the machine does. Only Linux
	// tells in time; elsewhere it ends nothing. RunDistributed does not look at it.
	Processor time.Duration
	// Print gets each line that the spec prints before TLC finds the first
	// error, in the order in which TLC prints them; see ParsePrinted. After an
	// error, TLC evaluates some steps once more to explain it, and prints what
	// they print again: that is left out. Run calls Print from one goroutine,
	// and waits for it.
	Print func(line string)
	// Progress gets TLC's own report, which comes about once a minute and at
	// the end, in the same goroutine as Print.
	Progress func(Progress)
	// Log gets all that TLC says, as text for people to read.
	Log io.Writer

	// Reaches are what the search is to come to. Result.Missed has those that TLC has not
	// come to. RunDistributed does not look at them.
	Reaches []Goal

	// Word is a word that is made up anew for each run and stands in Files, so
	// that the spec cannot say it; "" if there is none. Runs that differ in
	// nothing else are the same to the store.
	Word string

	// started is called when TLC's process has started, with the processor time that it has
	// taken for other runs; may be nil.
	started func(pid int, before time.Duration)
	archive bool             // the run makes the class archive, which Java does when it exits
	worker  func(change int) // of a distributed run: a worker has come (1) or gone (-1)
}

// Progress is how far TLC has come.
type Progress struct {
	Depth    int // levels of the search, begun with 1
	States   int // generated, repetitions included
	Distinct int // found
	Queue    int // found, and still to be looked at
}

// Run checks a model. The error says what kept TLC from running (ErrBadJob, or
// a Java that does not start); whatever TLC itself has said is in the Result,
// and so is a run that was ended by its time limit or by ctx.
//
// Each run has a folder of its own for its modules and its states. When Run returns, the
// folder is gone. TLC works in a JVM that has made other runs, of which it knows nothing,
// and that waits for the next one for some seconds; with another jar than the pinned one,
// with several workers, or with options that may write files it has a JVM of its own, which
// is gone when Run returns.
//
// A job that was run before, and whose outcome is in the Store, is not run
// again: its callbacks get what TLC said then.
func (t *TLC) Run(ctx context.Context, j Job) (*Result, error) {
	var options []string
	if t.Archive != "" {
		options = append(options, "-XX:SharedArchiveFile="+t.Archive)
	}
	return t.run(ctx, j, options...)
}

func (t *TLC) run(ctx context.Context, j Job, javaOptions ...string) (*Result, error) {
	if j.Config == "" {
		j.Config = j.Module + ".cfg"
	}
	if err := j.validate(); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return &Result{Outcome: interrupted(err), Message: err.Error()}, nil
	}
	if len(j.Reaches) == 0 {
		return t.runStored(ctx, j, javaOptions)
	}
	goals := watchGoals(&j)
	r, err := t.runStored(ctx, j, javaOptions)
	if err == nil {
		r.Missed = goals.missed()
	}
	return r, err
}

// runStored returns an earlier run's outcome, if the store has it, or else runs TLC.
func (t *TLC) runStored(ctx context.Context, j Job, javaOptions []string) (*Result, error) {
	key := ""
	if t.Store != nil && j.storable() {
		key = j.key(t)
		began := time.Now()
		if data, ok := t.Store.Get(key); ok {
			if r, err := t.replay(j, data); err == nil {
				r.Duration = time.Since(began)
				return r, nil
			}
		}
	}
	dir, err := os.MkdirTemp("", "lockstep-tlc-")
	if err != nil {
		return nil, fmt.Errorf("a folder for TLC: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := j.write(dir); err != nil {
		return nil, fmt.Errorf("a folder for TLC: %w", err)
	}
	if j.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, j.Timeout, overLimit(j.Timeout))
		defer cancel()
	}
	ctx, over := context.WithCancelCause(ctx)
	defer over(nil)
	if j.Processor > 0 {
		j.started = func(pid int, before time.Duration) {
			go process.Watch(ctx, pid, process.Limit{Processor: j.Processor, Before: before}, over)
		}
	}
	said := &limited{over: key == ""}
	r, err := t.execute(ctx, j, dir, javaOptions, said)
	if err == nil && key != "" {
		t.keep(key, j, r, said)
	}
	return r, err
}

var errTimeout = errors.New("the run of TLC was ended at its time limit")

func overLimit(limit time.Duration) error { return fmt.Errorf("%w of %s", errTimeout, limit) }

func (j *Job) validate() error {
	if _, ok := j.Files[j.Module+".tla"]; !ok {
		return fmt.Errorf("%w: there is no file %s.tla", ErrBadJob, j.Module)
	}
	if _, ok := j.Files[j.Config]; !ok {
		return fmt.Errorf("%w: there is no file %s", ErrBadJob, j.Config)
	}
	for _, name := range sortedKeys(j.Files) {
		if name != filepath.Base(name) || !filepath.IsLocal(name) {
			return fmt.Errorf("%w: %q is no plain file name", ErrBadJob, name)
		}
	}
	if j.Workers < 0 || j.MemoryMB < 0 || j.Timeout < 0 || j.Processor < 0 {
		return fmt.Errorf("%w: a negative number of workers, MiB or seconds", ErrBadJob)
	}
	return nil
}

// write puts the files into dir, and beside them the folders that TLC fills.
func (j *Job) write(dir string) error {
	for _, sub := range []string{"spec", "states", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	for name, content := range j.Files {
		if err := os.WriteFile(filepath.Join(dir, "spec", name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// virtualMachine lists the options with which Java starts for a job.
func virtualMachine(j Job) []string {
	options := []string{
		// What the JVM has to say must not mix with what the spec prints.
		"-Xlog:disable", "-Xlog:all=error:stderr", "-XX:+DisplayVMOutputToStderr",
		"-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xss16m",
		"-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8",
		"-Djava.awt.headless=true",
	}
	if j.Short {
		options = append(options, "-XX:TieredStopAtLevel=1")
	} else {
		// Java's second compiler begins at ten times its usual counts, so that a search of
		// some seconds does not pay for it: of four patterns' models, three took a tenth to a
		// quarter less processor time, and one as much.
		options = append(options, "-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
			"-XX:Tier4CompileThreshold=150000", "-XX:Tier4BackEdgeThreshold=400000")
	}
	if j.MemoryMB > 0 {
		options = append(options, fmt.Sprintf("-Xmx%dm", j.MemoryMB))
	}
	return options
}

// arguments lists those of TLC for a job in dir.
func arguments(j Job, dir string) []string {
	args := []string{
		"-tool", "-checkpoint", "0",
		"-metadir", filepath.Join(dir, "states"),
		"-workers", strconv.Itoa(max(1, j.Workers)),
		"-config", j.Config,
	}
	return append(append(args, j.Args...), j.Module)
}

// command builds the command line of a JVM for one run. TLC unpacks its modules into
// java.io.tmpdir under fixed names, so JVMs may not share one.
func (t *TLC) command(ctx context.Context, j Job, dir string, options []string) *exec.Cmd {
	args := append(slices.Clone(options), virtualMachine(j)...)
	args = append(args, "-Djava.io.tmpdir="+filepath.Join(dir, "tmp"), "-cp", t.classPath(), "tlc2.TLC")
	cmd := exec.CommandContext(ctx, t.Java, append(args, arguments(j, dir)...)...)
	cmd.Dir = filepath.Join(dir, "spec")
	isolate(cmd)
	return cmd
}

// execute runs TLC in dir and waits for its end. What TLC says goes to said, too.
func (t *TLC) execute(ctx context.Context, j Job, dir string, javaOptions []string, said io.Writer) (*Result, error) {
	// Should a callback panic, the JVM still ends before the folder goes.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if t.isWarm(&j) {
		return t.executeWarm(ctx, j, dir, javaOptions, said)
	}
	return t.listenTo(ctx, t.command(ctx, j, dir, javaOptions), j, said)
}

// listenTo runs the command of a job, which belongs to ctx, to its end.
func (t *TLC) listenTo(ctx context.Context, cmd *exec.Cmd, j Job, said io.Writer) (*Result, error) {
	began := time.Now()
	stderr := &lastBytes{limit: 64 << 10}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start TLC: %w", err)
	}
	started, wait := launch(cmd)
	if err := <-started; err != nil {
		if ctx.Err() != nil {
			return &Result{Outcome: interrupted(context.Cause(ctx)), Duration: time.Since(began)}, nil
		}
		return nil, fmt.Errorf("%w: %s does not start: %w", ErrNoJava, t.Java, err)
	}
	if j.started != nil {
		j.started(cmd.Process.Pid, 0)
	}
	waited := false
	defer func() {
		if !waited {
			_ = cmd.Cancel()
			_ = wait()
		}
	}()
	// Java takes a third of a second to exit, for the sake of a port on which TLC
	// listens. A run that has said all it has to say is not kept waiting for that.
	listener := newListener(j, func() { _ = cmd.Cancel() })
	readErr := listener.listen(io.TeeReader(stdout, said))
	waitErr := wait()
	waited = true
	r, err := listener.result(context.Cause(ctx), endOf(cmd.ProcessState), stderr.String(), errors.Join(readErr, exitless(waitErr)))
	if err != nil {
		return nil, err
	}
	r.Duration = time.Since(began)
	r.Processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return r, nil
}

// exitless drops what the exit code says anyway.
func exitless(err error) error {
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil
	}
	return err
}

// lastBytes keeps the end of what is written to it.
type lastBytes struct {
	limit int
	buf   bytes.Buffer
}

func (w *lastBytes) Write(p []byte) (int, error) {
	w.buf.Write(p)
	if extra := w.buf.Len() - w.limit; extra > w.limit {
		w.buf.Next(extra)
	}
	return len(p), nil
}

func (w *lastBytes) String() string { return tail(w.buf.String(), w.limit) }
