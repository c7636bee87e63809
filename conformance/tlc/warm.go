package tlc

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A JVM makes many runs of TLC, one after the other: Warm.java says how, and why no run
// knows of another.

//go:generate javac --release 11 -g:none -cp $TLA2TOOLS_JAR warm/Warm.java
//go:embed warm/*.class
var warmClasses embed.FS

// patience is how long a JVM waits for its next run.
const patience = 20 * time.Second

// jvms are the JVMs of this process that wait for a run.
var jvms waiting

// waiting are JVMs, each with the command that started it.
type waiting struct {
	mu  sync.Mutex
	all []*jvm
}

// jvm is a JVM that makes runs of TLC, one at a time.
type jvm struct {
	kind   string // JVMs of the same kind make the same runs
	stdin  io.WriteCloser
	out    *os.File
	stdout *bufio.Reader // of out
	stderr *lastBytes
	pid    int
	kill   context.CancelFunc // ends it at once
	ended  chan struct{}      // is closed when it has ended
	end    lastWords          // how, then
	spent  time.Duration      // the processor time that it took for earlier runs
	bored  *time.Timer        // ends it when it has waited for long
}

// take returns the JVM of the kind that has made the latest run, or nil.
func (w *waiting) take(kind string) *jvm {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, v := range slices.Backward(w.all) {
		if v.kind == kind && v.lives() && v.bored.Stop() {
			w.all = slices.Delete(w.all, i, i+1)
			return v
		}
	}
	return nil
}

// put lets a JVM wait for its next run.
func (w *waiting) put(v *jvm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v.bored = time.AfterFunc(patience, func() {
		w.mu.Lock()
		w.all = slices.DeleteFunc(w.all, func(other *jvm) bool { return other == v })
		w.mu.Unlock()
		v.close()
	})
	w.all = append(w.all, v)
}

// closeAll ends all JVMs that wait.
func (w *waiting) closeAll() {
	w.mu.Lock()
	var all []*jvm
	for _, v := range w.all {
		if v.bored.Stop() {
			all = append(all, v)
		}
	}
	w.all = nil
	w.mu.Unlock()
	for _, v := range all {
		v.close()
	}
}

// close ends a JVM that waits, or was killed, and returns when it has ended.
func (v *jvm) close() {
	_ = v.stdin.Close()
	<-v.ended
	_ = v.out.Close()
}

// isWarm says whether a run can be made in a JVM that has made others. That needs the TLC
// whose static fields are known, and a run that is over when TLC has spoken.
func (t *TLC) isWarm(j *Job) bool {
	return t.hasOwnJar() && j.harmless() && j.worker == nil && j.Workers <= 1
}

// kindOf names what a JVM is started with.
func kindOf(t *TLC, options []string) string {
	return strings.Join(append([]string{t.Java, t.classPath()}, options...), "\x00")
}

// start starts a JVM of a kind. It lives until its input ends.
func (t *TLC) start(kind string, options []string) (*jvm, error) {
	dir, err := os.MkdirTemp("", "lockstep-jvm-")
	if err != nil {
		return nil, fmt.Errorf("a folder for TLC: %w", err)
	}
	ctx, kill := context.WithCancel(context.Background())
	args := append(slices.Clip(options), "-Djava.io.tmpdir="+dir,
		"--add-opens=java.base/java.util=ALL-UNNAMED", "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
		"--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
		"-cp", t.classPath(), "Warm", t.Jar)
	cmd := exec.CommandContext(ctx, t.Java, args...)
	cmd.Dir = dir
	separate(cmd)
	v := &jvm{kind: kind, stderr: &lastBytes{limit: 64 << 10}, kill: kill, ended: make(chan struct{})}
	cmd.Stderr = v.stderr
	// With a pipe of our own the end of a JVM that waits is seen, although no goroutine reads then.
	out, in, err := os.Pipe()
	if err == nil {
		cmd.Stdout = in
		if v.stdin, err = cmd.StdinPipe(); err == nil {
			err = cmd.Start()
		}
		_ = in.Close()
	}
	if err != nil {
		kill()
		_ = out.Close()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("%w: %s does not start: %w", ErrNoJava, t.Java, err)
	}
	v.pid, v.out, v.stdout = cmd.Process.Pid, out, bufio.NewReaderSize(out, 1<<20)
	go func() {
		_ = cmd.Wait()
		v.end = lastWords{
			ending: endOf(cmd.ProcessState), errors: v.stderr.String(),
			processor: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		}
		kill()
		_ = os.RemoveAll(dir)
		close(v.ended)
	}()
	return v, nil
}

// lives says whether a JVM has not ended.
func (v *jvm) lives() bool {
	select {
	case <-v.ended:
		return false
	default:
		return true
	}
}

// executeWarm makes a run in a JVM that waits, or in a new one.
func (t *TLC) executeWarm(ctx context.Context, j Job, dir string, options []string, said io.Writer) (*Result, error) {
	began := time.Now()
	options = append(options, virtualMachine(j)...)
	kind := kindOf(t, options)
	v := jvms.take(kind)
	if v == nil {
		var err error
		if v, err = t.start(kind, options); err != nil {
			return nil, err
		}
	}
	stop := context.AfterFunc(ctx, v.kill)
	defer stop()
	over := false
	defer func() {
		if !over { // a callback panics
			v.kill()
			v.close()
		}
	}()
	if j.started != nil {
		j.started(v.pid, v.spent)
	}
	ask := arguments(j, dir)
	word := rand.Text()
	ask = append([]string{word, filepath.Join(dir, "spec"), strconv.Itoa(len(ask))}, ask...)
	// To a JVM that has ended nothing can be written. Its silence says so.
	_, _ = io.WriteString(v.stdin, strings.Join(ask, "\n")+"\n")

	listener := newListener(j, func() {})
	answer := &untilWord{in: v.stdout, word: []byte(word + " ")}
	heard := listener.listen(io.TeeReader(answer, said))
	over = true
	last, ok := parseLastWords(answer.last)
	before := v.spent
	switch {
	case !ok:
		v.kill()
		v.close()
		last = v.end
	case !last.again || !stop():
		v.close()
	default:
		v.spent = last.processor
		jvms.put(v)
	}
	r, err := listener.result(context.Cause(ctx), last.ending, last.errors, heard)
	if err != nil {
		return nil, err
	}
	r.Duration = time.Since(began)
	r.Processor = last.processor - before
	return r, nil
}

// lastWords is what a JVM says behind a run.
type lastWords struct {
	ending
	processor time.Duration // that the JVM has taken
	again     bool          // it can make another run
	errors    string        // what went to stderr
}

func parseLastWords(line []byte) (lastWords, bool) {
	fields := strings.Split(strings.TrimSuffix(string(line), "\n"), " ")
	if len(fields) != 4 {
		return lastWords{}, false
	}
	code, err1 := strconv.Atoi(fields[0])
	processor, err2 := strconv.ParseInt(fields[1], 10, 64)
	again, err3 := strconv.ParseBool(fields[2])
	said, err4 := base64.StdEncoding.DecodeString(fields[3])
	return lastWords{
		ending:    ending{code, fmt.Sprint("exit status ", code)},
		processor: time.Duration(processor), again: again, errors: string(said),
	}, errors.Join(err1, err2, err3, err4) == nil
}

// untilWord reads lines up to the one that begins with a word, and keeps the rest of that.
type untilWord struct {
	in   *bufio.Reader
	word []byte
	rest []byte // read, and not passed on
	amid bool   // rest begins amid a line
	last []byte
}

func (u *untilWord) Read(p []byte) (int, error) {
	for len(u.rest) == 0 {
		if u.last != nil {
			return 0, io.EOF
		}
		line, err := u.in.ReadSlice('\n') // all of a line, or as much as fits
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			u.last = []byte{}
		}
		if last, ok := bytes.CutPrefix(line, u.word); ok && !u.amid {
			u.last = bytes.Clone(last)
			for errors.Is(err, bufio.ErrBufferFull) {
				line, err = u.in.ReadSlice('\n')
				u.last = append(u.last, line...)
			}
			return 0, io.EOF
		}
		u.rest, u.amid = line, err != nil
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}
