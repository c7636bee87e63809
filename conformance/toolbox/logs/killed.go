package logs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// Killed is a program that works in real files. It is killed at one of its disk
// operations and started again, several times. The trace goes on from process to process.
// A client must find in the next one what was acknowledged to it.
type Killed struct {
	Header Header
	Node   string
	// From and Range say at which of its operations a process dies, counted from 0: at one
	// of Range operations from From on.
	From, Range int
	// Workers is how many goroutines work in a process. Zero: one.
	Workers int
	// Left records the end of a process with what it has left in the folder.
	Left Left
	// Open is the start of a process. It is an error if anything in the folder is not what
	// was written. n is another number from process to process.
	Open func(rec *trace.Recorder, fs disk.FS, folder string, n int) (*Process, error)
	// Nondeterministic is that of the scenario.
	Nondeterministic bool
}

// Process is a process of a Killed or a Crowd.
type Process struct {
	Found uint64 // the index of the last entry
	// Next adds something, and returns the index that was acknowledged. A worker, counted
	// from 0, calls it again and again.
	Next func(worker int) (uint64, error)
	// Beside is what further goroutines of a Crowd do, until it is done.
	Beside []func(context.Context) error
	// Flushing, if it is not nil, is called by a further goroutine of a Crowd while a flush is
	// under way, and from time to time: the nth time, counted from 0.
	Flushing func(n int) error
	// Truncated is what Next returns if its entry was truncated. A Crowd calls it again then.
	Truncated error
	// Settle does what is left to do, so that nothing is owed any more.
	Settle func() error
	Close  func() error
}

// Scenario is the program as a scenario, which is called kill.
func (k *Killed) Scenario(runs int, about string) conformance.Scenario {
	return conformance.Scenario{Name: "kill", About: about, Runs: runs, Nondeterministic: k.Nondeterministic, Run: k.Run}
}

// Run is the parent's side.
func (k *Killed) Run(ctx context.Context, run conformance.Run) error {
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 7))
	folder, known := filepath.Join(run.Dir, "files"), uint64(0)
	for i := range toolbox.Length(run, 8, 60) {
		n, before := k.From+rng.IntN(k.Range), i%2 == 0
		p, err := toolbox.Start(ctx, run, "child", run.Path, folder, fmt.Sprint(run.Seed), fmt.Sprint(n), fmt.Sprint(before))
		if err != nil {
			return err
		}
		if err := p.HearCounts(&known); err != nil {
			return err
		}
	}
	return k.record(run.Path, folder, run.Seed, disk.OS{}, 0, func(rec *trace.Recorder, p *Process) error {
		if p.Found < known {
			return fmt.Errorf("%d were acknowledged, and %d are found", known, p.Found)
		}
		if err := errors.Join(p.Settle(), ClaimEnd(rec, run.Path, k.Node)); err != nil {
			return err
		}
		return p.Close()
	})
}

// Child is the process that dies.
func (k *Killed) Child(args []string) error {
	var path, folder string
	var seed int64
	var n int
	var before bool
	if err := toolbox.Arguments(args, "TRACE FOLDER SEED N BEFORE", &path, &folder, &seed, &n, &before); err != nil {
		return err
	}
	fs := disktest.Intercept(disk.OS{}, disktest.AtOperation(n, before, toolbox.KillSelf))
	return k.record(path, folder, seed, fs, n, func(_ *trace.Recorder, p *Process) error {
		fmt.Println("found", p.Found)
		return toolbox.Concurrently(max(1, k.Workers), func(worker int) error {
			for {
				index, err := p.Next(worker)
				if err != nil {
					return err
				}
				fmt.Println("done", index)
			}
		})
	})
}

// record goes on with the trace, records the end of the process before, and lets do record
// the next one.
func (k *Killed) record(path, folder string, seed int64, fs disk.FS, n int, do func(*trace.Recorder, *Process) error) error {
	rec, first, err := toolbox.Resume(path, k.Header.Of("kill", seed))
	if err != nil {
		return err
	}
	if !first {
		err = k.Left.record(rec, path, disk.OS{}, folder)
	}
	p, failed := k.Open(rec, fs, folder, n)
	if failed == nil {
		failed = do(rec, p)
	}
	return errors.Join(err, failed, rec.Close())
}
