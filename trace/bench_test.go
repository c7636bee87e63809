package trace_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// node is a core of the size that the benchmarks record: six fields of state.
type node struct {
	rec                     *trace.Recorder
	length, synced, applied int
	role, vote              string
	failed                  bool
}

func (n *node) View(o *trace.Object) {
	o.Int("length", n.length)
	o.Int("synced", n.synced)
	o.Int("applied", n.applied)
	o.String("role", n.role)
	o.String("vote", n.vote)
	o.Bool("failed", n.failed)
}

// LogValue is the same view for slog.
func (n *node) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("length", n.length),
		slog.Int("synced", n.synced),
		slog.Int("applied", n.applied),
		slog.String("role", n.role),
		slog.String("vote", n.vote),
		slog.Bool("failed", n.failed),
	)
}

// advance changes the state as a step would. It is too large to be inlined,
// as any real step is.
//
//go:noinline
func (n *node) advance() {
	n.length++
	n.synced = n.length - 1
	n.applied = n.synced / 2
	n.failed = n.length%8 == 0
	n.length &= 0xffff
}

func newNode(rec *trace.Recorder) *node {
	return &node{rec: rec, role: "follower", vote: "n2"}
}

//go:noinline
func (n *node) sync() {
	n.advance()
	n.rec.Step("Sync").String("node", n.vote).Int("upTo", n.synced).State(n)
}

//go:noinline
func (n *node) syncUnrecorded() { n.advance() }

func (n *node) slog(l *slog.Logger) {
	n.advance()
	l.LogAttrs(context.Background(), slog.LevelInfo, "Sync",
		slog.Group("args", slog.String("node", n.vote), slog.Int("upTo", n.synced)),
		slog.Any("state", n))
}

// BenchmarkOn records a step with two arguments and six fields of state, beside
// slog's JSON handler with the same. scripts/bench has other loggers as well.
func BenchmarkOn(b *testing.B) {
	b.Run("recorder", func(b *testing.B) {
		n := newNode(trace.New(io.Discard, trace.Header{Spec: "S"}))
		b.ReportAllocs()
		for b.Loop() {
			n.sync()
		}
		if err := n.rec.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("recorder-stamped", func(b *testing.B) {
		rec := trace.New(io.Discard, trace.Header{Spec: "S", Process: &trace.Process{Name: "a", All: []string{"a", "b"}}})
		rec.UseClock(new(lamportclock.Clock))
		n := newNode(rec)
		b.ReportAllocs()
		for b.Loop() {
			n.sync()
		}
		if err := n.rec.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("slog", func(b *testing.B) {
		n, l := newNode(nil), slog.New(slog.NewJSONHandler(io.Discard, nil))
		b.ReportAllocs()
		for b.Loop() {
			n.slog(l)
		}
	})
	b.Run("recorder-file", func(b *testing.B) {
		rec, err := trace.Create(filepath.Join(b.TempDir(), "t"), trace.Header{Spec: "S"})
		if err != nil {
			b.Fatal(err)
		}
		n := newNode(rec)
		b.ReportAllocs()
		for b.Loop() {
			n.sync()
		}
		if err := n.rec.Close(); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkOff measures a step of a program whose recorder is off beside the
// same step without a recorder.
func BenchmarkOff(b *testing.B) {
	b.Run("recorder", func(b *testing.B) {
		n := newNode(nil)
		b.ReportAllocs()
		for b.Loop() {
			n.sync()
		}
	})
	b.Run("no-call", func(b *testing.B) {
		n := newNode(nil)
		b.ReportAllocs()
		for b.Loop() {
			n.syncUnrecorded()
		}
	})
}
