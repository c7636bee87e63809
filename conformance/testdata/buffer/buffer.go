// Package buffer is a bounded buffer with a spec: a whole pattern in a page,
// for the tests of the checker.
package buffer

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Buffer holds up to two items. It is not safe for concurrent use.
type Buffer struct {
	rec   *trace.Recorder
	items []string
}

// HasRoom is the rule of the same name in the spec.
func (b *Buffer) HasRoom() bool { return len(b.items) < 2 }

// Put adds an item, if there is room for it.
func (b *Buffer) Put(item string) bool {
	if !b.HasRoom() {
		return false
	}
	b.items = append(b.items, item)
	b.rec.Step("Put").String("node", "buffer").String("item", item).State(b)
	return true
}

// Get takes the oldest item out, if it is the given one.
func (b *Buffer) Get(item string) bool {
	if len(b.items) == 0 || b.items[0] != item {
		return false
	}
	b.items = b.items[1:]
	b.rec.Step("Get").String("node", "buffer").String("item", item).State(b)
	return true
}

// Room is how many items there is room for, which no step and no view tells.
func (b *Buffer) Room() int { return 2 - len(b.items) }

// View is the View of BufferSteps.tla.
func (b *Buffer) View(o *trace.Object) {
	last := "none"
	if len(b.items) > 0 {
		last = b.items[len(b.items)-1]
	}
	o.Int("length", len(b.items)).String("last", last)
}

// Do lets the explorer drive the buffer.
func (b *Buffer) Do(step string, args map[string]trace.Value) error {
	do := map[string]func(string) bool{"Put": b.Put, "Get": b.Get}[step]
	if do == nil || !do(args["item"].(string)) {
		return conformance.ErrRefused
	}
	return nil
}

// Close does nothing.
func (b *Buffer) Close() error { return nil }

//go:embed spec broken
var files embed.FS

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return f
}

// Pattern is what the checker is given.
var Pattern = conformance.Pattern{
	Name:    "buffer",
	Spec:    sub("spec"),
	Package: "github.com/lockstep-tla/lockstep/conformance/testdata/buffer",
	Broken:  sub("broken"),
	System: func(rec *trace.Recorder) (conformance.System, error) {
		return &Buffer{rec: rec}, nil
	},
	Scenarios: []conformance.Scenario{
		{Name: "random", About: "Puts and gets in any order.", Runs: 3, Run: random},
		{Name: "killed", About: "A child process is killed, and its trace continued.", Runs: 1, Run: killed},
	},
	Child: child,
}

func random(_ context.Context, run conformance.Run) error {
	rec, err := trace.Create(run.Path, trace.Header{Spec: "Buffer", Scenario: "random", Seed: run.Seed})
	if err != nil {
		return err
	}
	b := &Buffer{rec: rec}
	r := rand.New(rand.NewPCG(uint64(run.Seed), 0))
	for range 60 {
		item := []string{"x", "y"}[r.IntN(2)]
		if r.IntN(2) == 0 {
			b.Put(item)
		} else {
			b.Get(item)
		}
	}
	return rec.Close()
}

// killed starts a process that puts one item and then waits for its end.
func killed(ctx context.Context, run conformance.Run) error {
	cmd := run.Command(ctx, run.Path, strconv.FormatInt(run.Seed, 10))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		return fmt.Errorf("the child said nothing: %w", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	_ = cmd.Wait()
	rec, err := trace.Resume(run.Path)
	if err != nil {
		return err
	}
	b := &Buffer{rec: rec, items: []string{"x"}}
	if !b.Get("x") {
		return errors.New("the item is gone")
	}
	return rec.Close()
}

func child(args []string) error {
	rec, err := trace.Create(args[0], trace.Header{Spec: "Buffer", Scenario: "killed", Seed: 1})
	if err != nil {
		return err
	}
	b := &Buffer{rec: rec}
	b.Put("x")
	if !slices.Contains(b.items, "x") {
		return errors.New("nothing was put")
	}
	if _, err := os.Stdout.WriteString("."); err != nil {
		return err
	}
	time.Sleep(time.Minute)
	return errors.New("nobody killed this process")
}
