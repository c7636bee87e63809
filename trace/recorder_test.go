package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

var header = trace.Header{Spec: "S", Scenario: "test", Seed: -7, Constants: map[string]trace.Value{"N": 3}}

const (
	headerLine = `{"lockstep":1,"spec":"S","scenario":"test","seed":-7,"constants":{"N":3}}` + "\n"
	stepLine   = `{"step":"Sync","args":{"node":"n2","upTo":0},"state":{"length":1,"synced":0,"applied":0,"role":"follower","vote":"n2","failed":false}}` + "\n"
)

// viewFunc is a View made on the spot.
type viewFunc func(o *trace.Object)

func (f viewFunc) View(o *trace.Object) { f(o) }

var noFields = viewFunc(func(*trace.Object) {})

func TestRecorderWritesEachKindOfField(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, header)
	rec.Step("All").
		Int("int", -trace.MaxInt).Uint("uint", trace.MaxInt).Bool("bool", true).
		String("string", "é\"\\\n\r\t\x01/").Ints("ints", 0, 9, 10, 99, 100).Uints("uints", 0, trace.MaxInt).Count("count", trace.MaxInt).Counts("counts", 0, 1).Strings("strings", "a", "b").
		Set("set", "x", "y").Object("object", newNode(nil)).
		Record("record", func(o *trace.Object) { o.Int("a", 1) }).
		Objects("objects", 2, func(i int) trace.Viewer {
			return viewFunc(func(o *trace.Object) { o.Int("i", i) })
		}).
		Value("value", []trace.Value{1, "a", false, []int{1}, []string{}, map[string]trace.Value{"z": 1, "b": 2}}).
		State(viewFunc(func(o *trace.Object) {
			o.Ints("ints").Strings("strings").Set("set").Objects("objects", 0, nil).Record("record", noFields)
		}))
	require.NoError(t, rec.Close())
	require.Equal(t, headerLine+`{"step":"All","args":{"int":-2147483647,"uint":2147483647,"bool":true,`+
		`"string":"é\"\\\n\r\t\u0001/","ints":[0,9,10,99,100],"uints":[0,2147483647],"count":2147483647,"counts":[0,1],"strings":["a","b"],`+
		`"set":{"x":true,"y":true},"object":{"length":0,"synced":0,"applied":0,"role":"follower","vote":"n2","failed":false},`+
		`"record":{"a":1},"objects":[{"i":0},{"i":1}],`+
		`"value":[1,"a",false,[1],[],{"b":2,"z":1}]},`+
		`"state":{"ints":[],"strings":[],"set":{},"objects":[],"record":{}}}`+"\n"+`{"end":1}`+"\n", out.String())
}

// TestNumbersThatBeginHigh have the trace of numbers that begin at 0. One that was cut to
// fewer bits, or that begins at 1 again, does not pass for another one.
func TestNumbersThatBeginHigh(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, header)
	const first = 1<<32 - 2
	rec.CountFrom(first)
	for n := uint64(first); n <= first+2; n++ {
		rec.Step("Next").Count("n", n).Count("cut", uint64(uint16(n))).State(viewFunc(func(o *trace.Object) {
			o.Count("none", 0).Uint("small", 7).Record("inside", func(o *trace.Object) { o.Counts("n", n, 1) })
		}))
	}
	require.NoError(t, rec.Err())
	line := `{"step":"Next","args":{"n":%d,"cut":%d},"state":{"none":0,"small":7,"inside":{"n":[%d,-2]}}}` + "\n"
	want := fmt.Sprintf(line, 0, -65535, 0) + fmt.Sprintf(line, 1, -65536, 1) + fmt.Sprintf(line, 2, 0, 2)
	for v, counted := range map[uint64]uint64{0: 0, 1: math.MaxUint64, first - 1: math.MaxUint64, first: 0, first + 2: 2} {
		require.Equal(t, counted, rec.Counted(v))
	}
	rec.Step("Next").Count("n", first-1).State(noFields)
	require.ErrorContains(t, rec.Close(), "4294967293 is below 4294967294, where the recorder counts from")
	require.Contains(t, out.String(), headerLine+want)
}

// What a Recorder refuses, and that nothing is recorded from there on: each
// case is step 2 of 3.
func TestRecorderRefuses(t *testing.T) {
	deep := func(levels int) trace.Value {
		var v trace.Value = 1
		for range levels {
			v = []trace.Value{v}
		}
		return v
	}
	endless := viewFunc(nil)
	endless = func(o *trace.Object) { o.Object("again", endless) }
	int32s := "2147483648 is outside the integers that TLC can read, -2147483647 to 2147483647"
	for name, c := range map[string]struct {
		step func(s *trace.Step)
		want string
	}{
		"int too large":      {func(s *trace.Step) { s.Int("n", 1<<31).State(noFields) }, `field "args.n": not a value of a trace: ` + int32s},
		"int too small":      {func(s *trace.Step) { s.Int("n", -1<<31).State(noFields) }, `field "args.n": not a value of a trace: -` + int32s},
		"count too large":    {func(s *trace.Step) { s.Counts("n", 0, 1<<31).State(noFields) }, `field "args.n[1]": not a value of a trace: ` + int32s},
		"uint that is -1":    {func(s *trace.Step) { s.Uint("n", math.MaxUint64).State(noFields) }, `field "args.n": not a value of a trace: 18446744073709551615 is outside the integers that TLC can read, -2147483647 to 2147483647`},
		"int in a sequence":  {func(s *trace.Step) { s.Ints("n", 1, 1<<31).State(noFields) }, `field "args.n[1]": not a value of a trace: ` + int32s},
		"in the state":       {func(s *trace.Step) { s.State(viewFunc(func(o *trace.Object) { o.Int("n", 1<<31) })) }, `field "state.n": not a value of a trace: ` + int32s},
		"in a record":        {func(s *trace.Step) { s.Record("r", func(o *trace.Object) { o.Int("n", 1<<31) }).State(noFields) }, `field "args.r.n": not a value of a trace: ` + int32s},
		"in an element":      {func(s *trace.Step) { s.Value("r", []trace.Value{0, map[string]trace.Value{"n": nil}}).State(noFields) }, `field "args.r[1].n": not a value of a trace: there is no null`},
		"float":              {func(s *trace.Step) { s.Value("n", 1.0).State(noFields) }, `field "args.n": not a value of a trace: a trace has no float64`},
		"int64":              {func(s *trace.Step) { s.Value("n", int64(1)).State(noFields) }, `field "args.n": not a value of a trace: a trace has no int64`},
		"key twice":          {func(s *trace.Step) { s.Int("n", 1).Bool("n", true).State(noFields) }, `field "args.n": not a value of a trace: the key is there twice`},
		"member twice":       {func(s *trace.Step) { s.Set("n", "a", "b", "a").State(noFields) }, `field "args.n.a": not a value of a trace: the key is there twice`},
		"key empty":          {func(s *trace.Step) { s.Int("", 1).State(noFields) }, `field "args.": not a value of a trace: the key is empty`},
		"key not UTF-8":      {func(s *trace.Step) { s.Int("a\xff", 1).State(noFields) }, `field "args.a\xff": not a value of a trace: it is not valid UTF-8`},
		"string not UTF-8":   {func(s *trace.Step) { s.String("n", "a\xed\xa0\x80").State(noFields) }, `field "args.n": not a value of a trace: it is not valid UTF-8`},
		"too deep":           {func(s *trace.Step) { s.Value("n", deep(trace.MaxDepth)).State(noFields) }, `field "args.n` + strings.Repeat("[0]", 62) + `": not a value of a trace: nested deeper than 64`},
		"endless":            {func(s *trace.Step) { s.State(endless) }, `field "state` + strings.Repeat(".again", 63) + `": not a value of a trace: nested deeper than 64`},
		"line too long":      {func(s *trace.Step) { s.Int("a", 1).String("n", strings.Repeat("x", trace.MaxLine)).State(noFields) }, `field "args.n": not a value of a trace: the line is longer than 1048576 bytes`},
		"too many ints":      {func(s *trace.Step) { s.Ints("n", make([]int, trace.MaxLine)...).State(noFields) }, `field "args.n[524274]": not a value of a trace: the line is longer than 1048576 bytes`},
		"too many booleans":  {func(s *trace.Step) { s.Value("n", slices.Repeat([]trace.Value{true}, trace.MaxLine)).State(noFields) }, `field "args.n[209710]": not a value of a trace: the line is longer than 1048576 bytes`},
		"nil view":           {func(s *trace.Step) { s.State(nil) }, `field "state": not a value of a trace: the Viewer is nil`},
		"nil object":         {func(s *trace.Step) { s.Object("n", nil).State(noFields) }, `field "args.n": not a value of a trace: the Viewer is nil`},
		"nil record":         {func(s *trace.Step) { s.Record("n", nil).State(noFields) }, `field "args.n": not a value of a trace: the function is nil`},
		"nil objects":        {func(s *trace.Step) { s.Objects("n", 1, nil).State(noFields) }, `field "args.n": not a value of a trace: the function is nil`},
		"only the first":     {func(s *trace.Step) { s.Int("a", 1<<31).Int("b", 1<<31).State(noFields) }, `field "args.a": not a value of a trace: ` + int32s},
		"State called twice": {func(s *trace.Step) { s.State(noFields); s.State(noFields) }, `State was called twice`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			rec := trace.New(&out, header)
			rec.Step("First").State(noFields)
			c.step(rec.Step("Second"))
			rec.Step("Third").State(noFields)
			number := 2
			if name == "State called twice" {
				number = 3 // the step itself was recorded
			} else {
				require.ErrorIs(t, rec.Err(), trace.ErrInvalid)
			}
			want := fmt.Sprintf(`trace: step %d "Second": %s`, number, c.want)
			require.EqualError(t, rec.Err(), want)
			require.EqualError(t, rec.Close(), want)
			require.NotContains(t, out.String(), "Third")
			_, err := trace.Read(&out, "f")
			require.EqualError(t, err, fmt.Sprintf("f:%d:1: expected a step or the trailer, found that the recorder failed: %s", number+1, want))
		})
	}
}

func TestRecorderRefusesStepName(t *testing.T) {
	for name, want := range map[string]string{
		"":     `trace: step 1 "": field "step": not a value of a trace: it is empty`,
		"\xff": `trace: step 1 "\xff": field "step": not a value of a trace: it is not valid UTF-8`,
	} {
		rec := trace.New(io.Discard, header)
		rec.Step(name).State(noFields)
		require.EqualError(t, rec.Close(), want)
	}
}

func TestRecorderRefusesHeader(t *testing.T) {
	for want, h := range map[string]trace.Header{
		`trace: header: field "spec": not a value of a trace: the string is empty`:                     {},
		`trace: header: field "scenario": not a value of a trace: it is not valid UTF-8`:               {Spec: "S", Scenario: "\xff"},
		`trace: header: field "constants.N[0]": not a value of a trace: a trace has no float64`:        {Spec: "S", Constants: map[string]trace.Value{"N": []trace.Value{1.5}}},
		`trace: header: field "constants.": not a value of a trace: the key is empty`:                  {Spec: "S", Constants: map[string]trace.Value{"": 1}},
		`trace: header: field "constants.N": not a value of a trace: a trace has no trace_test.Kelvin`: {Spec: "S", Constants: map[string]trace.Value{"N": Kelvin(1)}},
	} {
		require.EqualError(t, trace.New(io.Discard, h).Close(), want)
		path := filepath.Join(t.TempDir(), "t")
		_, err := trace.Create(path, h)
		require.EqualError(t, err, want)
		require.NoFileExists(t, path)
	}
}

type Kelvin int

// An object with many keys finds a repeated one by another way.
func TestRecorderManyKeys(t *testing.T) {
	many := func(keys int, repeat string) (string, error) {
		var out bytes.Buffer
		rec := trace.New(&out, header)
		for range 2 { // a Step that is used again starts afresh
			rec.Step("Many").State(viewFunc(func(o *trace.Object) {
				for i := range keys {
					o.Record(fmt.Sprint("k", i), func(o *trace.Object) { o.Int("k1", i).Int("k47", i) })
				}
				if repeat != "" {
					o.Int(repeat, 1)
				}
			}))
		}
		err := rec.Close()
		return out.String(), err
	}
	text, err := many(500, "")
	require.NoError(t, err)
	_, err = trace.Read(strings.NewReader(text), "f")
	require.NoError(t, err)
	for keys := 1; keys < 100; keys++ {
		for repeat := range keys {
			k := fmt.Sprint("k", repeat)
			_, err = many(keys, k)
			require.EqualError(t, err, fmt.Sprintf(`trace: step 1 "Many": field "state.%s": not a value of a trace: the key is there twice`, k))
		}
	}
}

// writer fails or writes short once it has taken limit bytes.
type writer struct {
	limit int
	err   error
	bytes.Buffer
}

func (w *writer) Write(p []byte) (int, error) {
	n := min(len(p), w.limit-w.Len())
	w.Buffer.Write(p[:n])
	if n < len(p) {
		return n, w.err
	}
	return n, nil
}

// A full disk: the program goes on, Close tells, and no reader accepts what
// was written, wherever the disk became full.
func TestRecorderFullDisk(t *testing.T) {
	errFull := errors.New("no space left")
	complete := len(headerLine) + 4*len(stepLine) + len(`{"end":4}`+"\n")
	for _, err := range []error{errFull, nil} {
		for limit := range complete {
			w := &writer{limit: limit, err: err}
			rec := trace.New(w, header)
			n := newNode(rec)
			for range 4 {
				n.sync()
			}
			want := err
			if err == nil {
				want = io.ErrShortWrite
			}
			require.ErrorIs(t, rec.Close(), want)
			require.ErrorIs(t, rec.Close(), want)
			require.Equal(t, 4, n.length)
			_, err := trace.Read(&w.Buffer, "f")
			require.Error(t, err)
		}
	}
}

func TestRecorderFullDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	_, err := trace.Create("/dev/full", header)
	require.ErrorContains(t, err, "trace: header: write /dev/full: no space left on device")

	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	rec := trace.New(full, header)
	for range 1000 {
		newNode(rec).sync()
	}
	require.ErrorContains(t, rec.Err(), `"Sync": write /dev/full: no space left on device`)
	require.Equal(t, rec.Err(), rec.Close())
}

func TestRecorderClosedFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "t"))
	require.NoError(t, err)
	rec := trace.New(f, header)
	require.NoError(t, f.Close())
	newNode(rec).sync()
	require.ErrorIs(t, rec.Close(), os.ErrClosed)
}

func TestRecorderAfterClose(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, header)
	require.NoError(t, rec.Close())
	require.NoError(t, rec.Close(), "closing again is harmless")
	newNode(rec).sync()
	require.Equal(t, trace.ErrClosed, rec.Err())
	require.Equal(t, trace.ErrClosed, rec.Close())
	require.Equal(t, headerLine+`{"end":0}`+"\n", out.String())
}

// A step that never gets its State is reported, and disturbs no other.
func TestRecorderForgottenState(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, header)
	rec.Step("Forgotten").Int("n", 1)
	newNode(rec).sync()
	require.NoError(t, rec.Err())
	want := `trace: step 2 "Forgotten": recorder closed before its State was called`
	require.EqualError(t, rec.Close(), want)
	require.True(t, strings.HasPrefix(out.String(), headerLine+stepLine))
	_, err := trace.Read(&out, "f")
	require.Error(t, err)

	rec = trace.New(io.Discard, header)
	for range 1 << 17 {
		rec.Step("Forgotten")
	}
	require.EqualError(t, rec.Close(), `trace: step 1 "Forgotten": it is one of 65536 steps without their State`)
}

func TestRecorderStateAfterClose(t *testing.T) {
	rec := trace.New(io.Discard, header)
	s := rec.Step("Late")
	require.Error(t, rec.Close())
	s.Int("n", 1).State(noFields)
	require.EqualError(t, rec.Err(), `trace: step 1 "Late": recorder closed before its State was called`)
}

// A View may panic or use the recorder: it holds no lock.
func TestRecorderViewMisbehaves(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, header)
	require.PanicsWithValue(t, "bug", func() {
		rec.Step("Panics").State(viewFunc(func(*trace.Object) { panic("bug") }))
	})
	rec.Step("Outer").State(viewFunc(func(o *trace.Object) {
		rec.Step("Inner").State(noFields)
		o.Bool("ok", rec.Err() == nil)
	}))
	require.EqualError(t, rec.Close(), `trace: step 3 "Panics": recorder closed before its State was called`)
	require.Contains(t, out.String(), `{"step":"Inner","args":{},"state":{}}`+"\n"+`{"step":"Outer","args":{},"state":{"ok":true}}`+"\n")
}

// The lines come in the order of the State calls, which here is the order in
// which a lock was taken.
func TestRecorderConcurrent(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, header)
	var (
		mu    sync.Mutex
		total int
		wg    sync.WaitGroup
	)
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				s := rec.Step("Add").Int("g", g).Int("i", i) // begun at any time
				mu.Lock()
				total++
				s.State(viewFunc(func(o *trace.Object) { o.Int("total", total) }))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.NoError(t, rec.Close())
	tr, err := trace.Read(&out, "f")
	require.NoError(t, err)
	require.Len(t, tr.Events, 1600)
	for i, e := range tr.Events {
		require.Equal(t, i+1, e.State["total"])
	}
}

// Closing while others record is an error of theirs and never worse.
func TestRecorderCloseWhileRecording(t *testing.T) {
	rec := trace.New(io.Discard, header)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			n := newNode(rec)
			for rec.Err() == nil {
				n.sync()
			}
		})
	}
	_ = rec.Close()
	wg.Wait()
	require.Error(t, rec.Err())
}

func TestRecorderOff(t *testing.T) {
	var rec *trace.Recorder
	n := newNode(rec)
	bomb := viewFunc(func(*trace.Object) { panic("evaluated") })
	step := func() {
		rec.Step("Sync").Int("a", 1).Uint("b", 1<<40).Count("b", 1<<40).Counts("l", 1).Bool("c", true).String("d", "\xff").Ints("e", 1, 2).
			Strings("f", n.role, n.vote).Set("g", n.role, n.role).Object("h", n).Record("i", bomb).
			Objects("j", n.length, func(int) trace.Viewer { return n }).Value("k", n.failed).State(n)
	}
	require.Zero(t, testing.AllocsPerRun(100, step))
	rec.Step("Sync").Object("v", bomb).State(bomb)
	require.NoError(t, rec.Err())
	require.NoError(t, rec.Close())
}

func TestRecorderAllocatesNothing(t *testing.T) {
	file, err := trace.Create(filepath.Join(t.TempDir(), "t"), header)
	require.NoError(t, err)
	for name, rec := range map[string]*trace.Recorder{"New": trace.New(io.Discard, header), "Create": file} {
		n := newNode(rec)
		members := []string{"a", "b"}
		step := func() {
			n.advance()
			rec.Step("Sync").Int("upTo", n.synced).Object("node", n).Set("set", members...).
				Objects("nodes", 3, func(int) trace.Viewer { return n }).
				Record("r", func(o *trace.Object) { o.Int("length", n.length) }).State(n)
		}
		require.Zero(t, testing.AllocsPerRun(1000, step), name)
		require.NoError(t, rec.Close())
	}
}

// Create keeps nothing back: what State was called for is in the file.
func TestCreateWritesEachLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	rec, err := trace.Create(path, header)
	require.NoError(t, err)
	requireFile(t, path, headerLine)
	newNode(rec).sync()
	requireFile(t, path, headerLine+stepLine)
	require.NoError(t, rec.Close())
	requireFile(t, path, headerLine+stepLine+`{"end":1}`+"\n")

	_, err = trace.Create(filepath.Join(path, "below"), header)
	require.ErrorContains(t, err, "trace: open ")
}

func requireFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}
