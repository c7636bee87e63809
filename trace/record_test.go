package trace_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

type record = map[string]trace.Value

func arguments() *trace.Record {
	return trace.NewRecord(record{
		"n": 3, "minus": -1, "s": "x", "b": true, "list": []trace.Value{1},
		"m": record{"from": "a", "inner": record{"n": "three"}}, "none": []trace.Value{},
	})
}

func TestRecordReadsEachKind(t *testing.T) {
	r := arguments()
	require.Equal(t, 3, r.Int("n"))
	require.Equal(t, uint64(3), r.Uint("n"))
	require.Equal(t, "x", r.String("s"))
	require.True(t, r.Bool("b"))
	require.Equal(t, "a", r.Record("m").String("from"))
	require.Equal(t, []string{"from", "inner"}, r.Record("m").Names())
	require.Empty(t, r.Record("none").Names())
	require.Equal(t, []trace.Value{1}, r.Value("list"))
	require.True(t, r.Has("n"))
	require.False(t, r.Has("absent"))
	require.NoError(t, r.Err())
}

func TestRecordSaysWhichFieldIsWrongAndWhatItWas(t *testing.T) {
	for want, read := range map[string]func(r *trace.Record){
		`argument n: want a string, have 3`:                    func(r *trace.Record) { r.String("n") },
		`argument s: want an integer, have "x"`:                func(r *trace.Record) { r.Int("s") },
		`argument minus: want an integer that is not negative`: func(r *trace.Record) { r.Uint("minus") },
		`argument s: want a boolean, have "x"`:                 func(r *trace.Record) { r.Bool("s") },
		`argument absent: is missing`:                          func(r *trace.Record) { r.Value("absent") },
		`argument list: want a record, have []trace.Value{1}`:  func(r *trace.Record) { r.Record("list") },
		`argument m.inner.n: want an integer, have "three"`:    func(r *trace.Record) { r.Record("m").Record("inner").Int("n") },
		`argument m.to: is missing`:                            func(r *trace.Record) { r.Record("m").String("to"); r.Int("absent") },
		`argument other: is missing`:                           func(r *trace.Record) { r.Record("other").String("to") },
	} {
		r := arguments()
		read(r)
		require.ErrorIs(t, r.Err(), trace.ErrArgument)
		require.ErrorContains(t, r.Err(), want)
	}
}

type point struct{ x, y int }

func (p point) View(o *trace.Object) {
	o.Int("x", p.x).Record("more", func(o *trace.Object) { o.Ints("list", p.y).Set("none") })
}

func TestValueOfIsWhatAReaderGets(t *testing.T) {
	shown, err := trace.ValueOf(point{1, 2})
	require.NoError(t, err)
	require.Equal(t, record{"x": 1, "more": record{"list": []trace.Value{2}, "none": record{}}}, shown)
	_, err = trace.ValueOf(point{trace.MaxInt + 1, 2})
	require.ErrorIs(t, err, trace.ErrInvalid)
}

// twice shows what another value shows.
type twice struct{ of trace.Viewer }

func (t twice) View(o *trace.Object) {
	shown, _ := trace.ValueOf(t.of)
	o.Value("first", shown)
	shown, _ = trace.ValueOf(t.of)
	o.Value("second", shown)
}

// TestValueOfAgain: a value is what it is after an error, after a panic, and amid another.
func TestValueOfAgain(t *testing.T) {
	one := record{"x": 1, "more": record{"list": []trace.Value{2}, "none": record{}}}
	for range 3 {
		shown, err := trace.ValueOf(point{trace.MaxInt + 1, 2})
		require.Nil(t, shown)
		require.ErrorIs(t, err, trace.ErrInvalid)
		require.Panics(t, func() { _, _ = trace.ValueOf(twice{of: (*point)(nil)}) })
		shown, err = trace.ValueOf(twice{of: point{1, 2}})
		require.NoError(t, err)
		require.Equal(t, record{"first": one, "second": one}, shown)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				shown, err := trace.ValueOf(point{i, i})
				assert.NoError(t, err)
				assert.Equal(t, i, shown["x"])
			}
		})
	}
	wg.Wait()
}

func TestEqualIsTLAs(t *testing.T) {
	values := []trace.Value{
		1, 2, "1", true, []trace.Value{}, []trace.Value{1}, []trace.Value{1, 2}, []trace.Value{[]trace.Value{}},
		record{"a": 1}, record{"a": 2}, record{"b": 1}, record{"a": 1, "b": 1}, record{"a": record{}},
	}
	for i, a := range values {
		for j, b := range values {
			require.Equal(t, i == j, trace.Equal(a, b), "%v and %v", a, b)
		}
	}
	require.True(t, trace.Equal([]trace.Value{}, record{}))
	require.True(t, trace.Equal(record{"a": []trace.Value{record{}}}, record{"a": []trace.Value{[]trace.Value{}}}))
	require.False(t, trace.Equal(nil, record{}), "no value at all")
}
