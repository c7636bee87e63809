package toolbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/patience"
)

// ErrEnded is wrapped by the error of a Process that has ended.
var ErrEnded = errors.New("the process has ended")

// Process is a running child process. It says lines on its output, may be told
// lines on its input, and ends when its input does. All methods may be called by several
// goroutines: it is asked one thing at a time.
type Process struct {
	Name   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string
	ended  chan struct{}
	asking sync.Mutex  // held until there is an answer
	failed error       // how it ended, once ended is closed
	killed atomic.Bool // by Kill
}

// Start starts the pattern's Child with arguments, as a process with a name for
// messages. What it writes to its standard error goes to that of this process. It is
// killed when ctx ends.
func Start(ctx context.Context, run conformance.Run, name string, args ...string) (*Process, error) {
	p := &Process{Name: name, cmd: run.Command(ctx, args...), lines: make(chan string), ended: make(chan struct{})}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.lines)
		defer close(p.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			p.lines <- lines.Text()
		}
		wrong := lines.Err() // such as a line that is too long
		if wrong != nil {    // the process would wait for a reader
			_ = p.cmd.Process.Kill()
		}
		if p.failed = p.cmd.Wait(); wrong != nil {
			p.failed = wrong
		}
	}()
	return p, nil
}

// Lines brings what the process says, line by line. It is closed when the process
// has ended. The last line may have been cut by a kill.
func (p *Process) Lines() <-chan string { return p.lines }

// Ended is closed when the process has ended and all that it has said was taken.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// HasEnded says whether the process has ended and all that it has said was taken.
func (p *Process) HasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Line returns what the process says next.
func (p *Process) Line(ctx context.Context) (string, error) {
	select {
	case line, ok := <-p.lines:
		if !ok {
			if p.end() != nil {
				return "", fmt.Errorf("%s: %w: %w", p.Name, ErrEnded, p.failed)
			}
			return "", fmt.Errorf("%s: %w", p.Name, ErrEnded)
		}
		return line, nil
	case <-ctx.Done():
		return "", fmt.Errorf("%s says nothing: %w", p.Name, context.Cause(ctx))
	}
}

// Ask tells the process a line of words, and returns its answer.
func (p *Process) Ask(ctx context.Context, words ...string) (string, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	if _, err := fmt.Fprintln(p.in, strings.Join(words, " ")); err != nil {
		return "", fmt.Errorf("%s: %s: %w: %w", p.Name, words[0], ErrEnded, err)
	}
	answer, err := p.Line(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: %w", words[0], err)
	}
	return answer, nil
}

// Order tells the process a line of words, which it must answer with want.
func (p *Process) Order(ctx context.Context, want string, words ...string) error {
	answer, err := p.Ask(ctx, words...)
	if err == nil && answer != want {
		err = fmt.Errorf("%s: %s: it says %q, and not %q", p.Name, words[0], answer, want)
	}
	return err
}

// HearCounts hears the process until it ends, and kills it in any case. The process says
// `found N` for what it has found at its start, and `done N` for what it has acknowledged,
// in any order. The highest is known, which goes on from process to process. It is an error
// if less is found, or if the process fails: that is no kill.
func (p *Process) HearCounts(known *uint64) (err error) {
	for line := range p.lines {
		var what string
		var n uint64
		if read, _ := fmt.Sscan(line, &what, &n); read < 2 {
			continue // cut by the end
		}
		if what == "found" && n < *known {
			err = fmt.Errorf("%s: %d were acknowledged, and %d are found", p.Name, *known, n)
		}
		*known = max(*known, n)
	}
	if hasFailed(p.failed) {
		err = errors.Join(err, p.end())
	}
	return errors.Join(err, p.Kill())
}

// Kill kills the process and waits for its end. What it still says is dropped. A
// process that has ended already is fine.
func (p *Process) Kill() error {
	err := p.KillNow()
	for err == nil {
		if _, says := <-p.lines; !says {
			break
		}
	}
	return err
}

// KillNow kills the process and does not wait: Lines still brings what it has said.
func (p *Process) KillNow() error {
	p.killed.Store(true)
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	return nil
}

// Close ends the input of the process, on which it ends by itself, and waits for
// that. It returns an error if the process was ended otherwise, or fails. After the
// limit, which grows on a busy machine, or when it says another line instead, it is killed, which is an error.
func (p *Process) Close(limit time.Duration) error {
	_ = p.in.Close()
	late, cancel := patience.WithLimit(context.Background(), limit, nil)
	defer cancel()
	select {
	case line, says := <-p.lines:
		if !says {
			return p.end()
		}
		return errors.Join(fmt.Errorf("%s does not end, and says %q", p.Name, line), p.Kill())
	case <-late.Done():
		return errors.Join(fmt.Errorf("%s does not end", p.Name), p.Kill())
	}
}

// end returns how a process has ended.
func (p *Process) end() error {
	if p.failed != nil && !p.killed.Load() {
		return fmt.Errorf("%s: %w", p.Name, p.failed)
	}
	return nil
}

// Obey is a child's side of Ask and Order: it lets do obey each line that the parent
// says, and answers with what do returns. It returns when the input ends, or do
// fails.
func Obey(do func(words []string) (answer string, err error)) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := do(strings.Fields(lines.Text()))
		if err != nil {
			return err
		}
		fmt.Println(answer)
	}
	return lines.Err()
}

// UntilParentEnds returns when the child's input ends, which is when its parent
// says so, or is no longer there.
func UntilParentEnds() { _, _ = io.Copy(io.Discard, os.Stdin) }

// Arguments reads the arguments of a child into variables: pointers to strings, or
// to what fmt.Sscan reads. Names is what they are called, as in "NODE FOLDER SEED".
func Arguments(args []string, names string, into ...any) error {
	if len(args) != len(into) {
		return fmt.Errorf("want %s; have %q", names, args)
	}
	for i, p := range into {
		if s, ok := p.(*string); ok {
			*s = args[i]
		} else if _, err := fmt.Sscan(args[i], p); err != nil {
			return fmt.Errorf("want %s; have %q: %w", names, args, err)
		}
	}
	return nil
}

// KillSelf kills this process, as a failpoint does. It does not return.
func KillSelf() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // until that has come
}
