package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/lockstep-tla/lockstep/trace"
)

// view is the state that each contender writes: six fields, beside two
// arguments of the step, nested alike. None writes a time, which a trace does
// not have, and only slog writes a level, because it cannot leave it out
// without a function call for each field.
type view struct {
	length, synced, applied int
	role, vote              string
	failed                  bool
}

func (v *view) advance() {
	v.length = (v.length + 1) & 0xffff
	v.synced = v.length - 1
	v.applied = v.synced / 2
	v.failed = v.length%8 == 0
}

func (v *view) View(o *trace.Object) {
	o.Int("length", v.length)
	o.Int("synced", v.synced)
	o.Int("applied", v.applied)
	o.String("role", v.role)
	o.String("vote", v.vote)
	o.Bool("failed", v.failed)
}

func (v *view) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("length", v.length),
		slog.Int("synced", v.synced),
		slog.Int("applied", v.applied),
		slog.String("role", v.role),
		slog.String("vote", v.vote),
		slog.Bool("failed", v.failed),
	)
}

func (v *view) MarshalLogObject(e zapcore.ObjectEncoder) error {
	e.AddInt("length", v.length)
	e.AddInt("synced", v.synced)
	e.AddInt("applied", v.applied)
	e.AddString("role", v.role)
	e.AddString("vote", v.vote)
	e.AddBool("failed", v.failed)
	return nil
}

func (v *view) MarshalZerologObject(e *zerolog.Event) {
	e.Int("length", v.length)
	e.Int("synced", v.synced)
	e.Int("applied", v.applied)
	e.Str("role", v.role)
	e.Str("vote", v.vote)
	e.Bool("failed", v.failed)
}

// args are the step's arguments, for those that need a type to nest them.
type args struct {
	node string
	upTo int
}

func (a *args) MarshalLogObject(e zapcore.ObjectEncoder) error {
	e.AddString("node", a.node)
	e.AddInt("upTo", a.upTo)
	return nil
}

func (a *args) MarshalZerologObject(e *zerolog.Event) {
	e.Str("node", a.node)
	e.Int("upTo", a.upTo)
}

// A contender returns what records one step of v, and what ends the record.
type contender func(tb testing.TB, w io.Writer, v *view) (step, end func())

var contenders = []struct {
	name string
	open contender
}{
	{"trace", withTrace},
	{"slog", withSlog},
	{"zap", withZap},
	{"zerolog", withZerolog},
}

func withTrace(tb testing.TB, w io.Writer, v *view) (step, end func()) {
	return record(tb, trace.New(w, trace.Header{Spec: "S"}), v)
}

// record serves trace with its buffer and without.
func record(tb testing.TB, rec *trace.Recorder, v *view) (step, end func()) {
	step = func() { rec.Step("Sync").String("node", v.vote).Int("upTo", v.synced).State(v) }
	return step, func() { require.NoError(tb, rec.Close()) }
}

// withSlog hands records to the handler, which spares slog the clock and the
// search for the caller.
func withSlog(tb testing.TB, w io.Writer, v *view) (step, end func()) {
	h := slog.NewJSONHandler(w, nil)
	var err error
	step = func() {
		r := slog.Record{Message: "Sync"}
		r.AddAttrs(
			slog.Group("args", slog.String("node", v.vote), slog.Int("upTo", v.synced)),
			slog.Any("state", v))
		err = h.Handle(context.Background(), r)
	}
	return step, func() { require.NoError(tb, err) }
}

func withZap(_ testing.TB, w io.Writer, v *view) (step, end func()) {
	enc := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "step"})
	l := zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), zap.InfoLevel))
	a := new(args)
	step = func() {
		*a = args{v.vote, v.synced}
		l.Info("Sync", zap.Object("args", a), zap.Object("state", v))
	}
	return step, func() {}
}

func withZerolog(_ testing.TB, w io.Writer, v *view) (step, end func()) {
	l := zerolog.New(w)
	a := new(args)
	step = func() {
		*a = args{v.vote, v.synced}
		l.Log().Str("step", "Sync").Object("args", a).Object("state", v).Send()
	}
	return step, func() {}
}

// BenchmarkTrace records a step into nothing, which leaves the encoding, and
// into a file. The loggers write each line to the file as it comes. So does a
// recorder made by trace.Create; "trace-buffered" is one made by trace.New.
func BenchmarkTrace(b *testing.B) {
	for _, c := range contenders {
		b.Run("discard/"+c.name, func(b *testing.B) { measure(b, c.open, io.Discard) })
	}
	b.Run("file/trace", func(b *testing.B) {
		measure(b, func(tb testing.TB, _ io.Writer, v *view) (step, end func()) {
			rec, err := trace.Create(filepath.Join(tb.TempDir(), "out"), trace.Header{Spec: "S"})
			require.NoError(tb, err)
			return record(tb, rec, v)
		}, nil)
	})
	for _, c := range contenders {
		name := c.name
		if name == "trace" {
			name = "trace-buffered"
		}
		b.Run("file/"+name, func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "out"))
			require.NoError(b, err)
			measure(b, c.open, f)
			require.NoError(b, f.Close())
		})
	}
}

func measure(b *testing.B, open contender, w io.Writer) {
	v := &view{role: "follower", vote: "n2"}
	step, end := open(b, w, v)
	b.ReportAllocs()
	for b.Loop() {
		v.advance()
		step()
	}
	end()
}

// TestTraceContenders holds them to the same work: each writes the same step
// with the same args and state.
func TestTraceContenders(t *testing.T) {
	for _, c := range contenders {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			v := &view{length: 3, synced: 2, applied: 1, role: "follower", vote: "n2", failed: true}
			step, end := c.open(t, &out, v)
			step()
			end()
			require.Equal(t, map[string]any{
				"args": map[string]any{"node": "n2", "upTo": 2.0},
				"state": map[string]any{
					"length": 3.0, "synced": 2.0, "applied": 1.0,
					"role": "follower", "vote": "n2", "failed": true,
				},
			}, stepOf(t, out.Bytes()))
		})
	}
}

// stepOf returns the args and the state in the only line about a step.
func stepOf(t *testing.T, out []byte) map[string]any {
	for line := range bytes.Lines(out) {
		if bytes.Contains(line, []byte(`"Sync"`)) {
			var all map[string]any
			require.NoError(t, json.Unmarshal(line, &all))
			return map[string]any{"args": all["args"], "state": all["state"]}
		}
	}
	require.Fail(t, "no step was written")
	return nil
}
