package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// fields are the fields of an object made at random.
type fields map[string]trace.Value

// View adds the fields by the method for their type, where there is one.
func (f fields) View(o *trace.Object) {
	for k, v := range f {
		switch v := v.(type) {
		case int:
			if v >= 0 && v%2 == 0 {
				o.Uint(k, uint64(v))
			} else {
				o.Int(k, v)
			}
		case bool:
			o.Bool(k, v)
		case string:
			o.String(k, v)
		case map[string]trace.Value:
			o.Object(k, fields(v))
		case []trace.Value:
			addSequence(o, k, v)
		}
	}
}

func addSequence(o *trace.Object, k string, v []trace.Value) {
	if ints, ok := all[int](v); ok {
		o.Ints(k, ints...)
	} else if texts, ok := all[string](v); ok {
		o.Strings(k, texts...)
	} else if objects, ok := all[map[string]trace.Value](v); ok {
		o.Objects(k, len(objects), func(i int) trace.Viewer { return fields(objects[i]) })
	} else {
		o.Value(k, v)
	}
}

// all returns the elements of v if they are of one type.
func all[T any](v []trace.Value) ([]T, bool) {
	var list []T
	for _, e := range v {
		t, ok := e.(T)
		if !ok {
			return nil, false
		}
		list = append(list, t)
	}
	return list, true
}

// newFuzzer returns a source of values of every kind, with a bias to short
// texts, few of which are plain, and to integers at the limits.
func newFuzzer(seed int64) *fuzz.Fuzzer {
	text := func(c fuzz.Continue) string {
		s := c.RandString()
		if c.RandBool() {
			s = []string{"", "a", "node", "\x00", "\"\\\n", "\u2028", "😀"}[c.Intn(7)]
		}
		return strings.ToValidUTF8(s, "?")
	}
	var value func(c fuzz.Continue, depth int) trace.Value
	object := func(c fuzz.Continue, depth int) map[string]trace.Value {
		m := map[string]trace.Value{}
		for range c.Intn(5) {
			m[text(c)+fmt.Sprint(c.Intn(3))] = value(c, depth+1)
		}
		return m
	}
	value = func(c fuzz.Continue, depth int) trace.Value {
		switch kind := c.Intn(8); {
		case kind == 0:
			return c.RandBool()
		case kind <= 2:
			return text(c)
		case kind == 3 && depth < 4:
			return object(c, depth)
		case kind == 4 && depth < 4:
			list := []trace.Value{}
			for range c.Intn(4) {
				list = append(list, value(c, depth+1))
			}
			return list
		}
		n := []int{0, 9, 10, 99, 100, 1e9, trace.MaxInt, int(c.Int31n(trace.MaxInt))}[c.Intn(8)]
		if c.RandBool() {
			n = -n
		}
		return n
	}
	return fuzz.NewWithSeed(seed).NilChance(0).NumElements(0, 8).Funcs(
		func(e *trace.Event, c fuzz.Continue) {
			*e = trace.Event{Step: "S" + text(c), Args: object(c, 0), State: object(c, 0)}
		},
		func(h *trace.Header, c fuzz.Continue) {
			*h = trace.Header{Spec: "S" + text(c), Scenario: text(c), Seed: c.Int63() - c.Int63(), Constants: object(c, 0)}
			if c.RandBool() {
				name := "p" + text(c)
				h.Process = &trace.Process{Name: name, All: []string{"q" + text(c), name}, Run: text(c)}
			}
		},
	)
}

// stampAll gives the events stamps that grow, and messages from before.
func stampAll(events []trace.Event, seed int64) {
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	var stamp uint64
	for i := range events {
		e := &events[i]
		for range random.IntN(3) {
			heard := trace.Stamp{Process: "é" + fmt.Sprint(i), Time: 1 + random.Uint64N(1<<[]int{3, 62}[random.IntN(2)])}
			e.Heard = append(e.Heard, heard)
			stamp = max(stamp, heard.Time)
		}
		stamp += 1 + random.Uint64N(9)
		e.Stamp = stamp
	}
}

// What is recorded by way of the typed methods is what is read, and writing
// that and reading it again gives the same once more.
func TestRoundTrip(t *testing.T) {
	for seed := range int64(300) {
		f := newFuzzer(seed)
		var want trace.Trace
		f.Fuzz(&want.Header)
		f.Fuzz(&want.Events)
		want.Name = "f"
		var out bytes.Buffer
		rec := trace.New(&out, want.Header)
		if want.Header.Process != nil {
			stampAll(want.Events, seed)
			next := 0
			rec.UseClock(clockFunc(func(uint64) uint64 {
				next++
				return want.Events[next-1].Stamp
			}))
		}
		for i := range want.Events {
			e := &want.Events[i]
			e.Line = i + 2
			s := rec.Step(e.Step)
			for _, m := range e.Heard {
				s.Heard(m)
			}
			for k, v := range e.Args {
				s.Value(k, v)
			}
			s.State(fields(e.State))
		}
		require.NoError(t, rec.Close(), "seed %d", seed)
		requireRoundTrip(t, &want, out.Bytes())
	}
}

// requireRoundTrip asserts that the text is read as want, if want is given,
// and that what is read is written and read as the same.
func requireRoundTrip(t *testing.T, want *trace.Trace, text []byte) {
	t.Helper()
	got, err := trace.Read(bytes.NewReader(text), "f")
	require.NoError(t, err)
	if want != nil {
		if len(want.Events) == 0 {
			want.Events = nil
		}
		require.Equal(t, want, got)
	}
	var first, second bytes.Buffer
	require.NoError(t, got.Write(&first))
	again, err := trace.Read(bytes.NewReader(first.Bytes()), "f")
	require.NoError(t, err)
	require.Equal(t, got, again)
	require.NoError(t, again.Write(&second))
	require.Equal(t, first.String(), second.String())
}

// A changed byte is refused, or makes a trace that round-trips like any other.
func TestReadDamagedTrace(t *testing.T) {
	for _, process := range []*trace.Process{nil, {Name: "a", All: []string{"a", "b"}}} {
		var tr trace.Trace
		f := newFuzzer(1)
		f.Fuzz(&tr.Header)
		f.NumElements(5, 5).Fuzz(&tr.Events)
		if tr.Header.Process = process; process != nil {
			stampAll(tr.Events, 1)
		}
		requireDamageRefused(t, &tr)
	}
}

func requireDamageRefused(t *testing.T, tr *trace.Trace) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, tr.Write(&out))
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		text := bytes.Clone(out.Bytes())
		text[random.IntN(len(text))] = byte(random.Uint32())
		requireReadable(t, text)
	}
}

// requireReadable asserts that any text is refused with a place in it, or
// round-trips.
func requireReadable(t *testing.T, text []byte) {
	t.Helper()
	tr, err := trace.Read(bytes.NewReader(text), "f")
	if err == nil {
		requireRoundTrip(t, tr, text)
		return
	}
	require.Nil(t, tr)
	var syntax *trace.SyntaxError
	require.True(t, errors.As(err, &syntax), "%T", err)
	require.True(t, utf8.ValidString(syntax.Msg), "%q", syntax.Msg)
	require.Less(t, len(syntax.Msg), 300)
	lines := bytes.SplitAfter(text, []byte("\n"))
	require.GreaterOrEqual(t, syntax.Line, 1)
	require.LessOrEqual(t, syntax.Line, len(lines))
	if errors.Is(err, trace.ErrCausality) {
		require.Zero(t, syntax.Column, "the line as a whole")
		return
	}
	require.GreaterOrEqual(t, syntax.Column, 1)
	require.LessOrEqual(t, syntax.Column, len(lines[syntax.Line-1])+1)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(headerLine + stepLine + trailer))
	f.Add([]byte(headerLine + `{"step":"\u00e9\ud83d\ude00","args":{"a":[1,[true,"x"]]},"state":{"b":{"c":-2147483647}}}` + "\n" + trailer))
	f.Add([]byte(headerOfA + stampedLines(`"stamp":1`, `"stamp":9,"heard":[{"process":"b","stamp":8}]`)))
	f.Add([]byte(headerLine + `{"failed":"x"}` + "\n"))
	f.Add([]byte(headerLine + `{"end":0}` + "\n"))
	for _, bad := range badTraces {
		if len(bad.text) < 1000 { // the fuzzer makes little of long ones
			f.Add([]byte(bad.text))
		}
	}
	f.Fuzz(requireReadable)
}

func TestWriteRefuses(t *testing.T) {
	tr := trace.Trace{Header: header, Events: []trace.Event{{Step: "A", State: map[string]trace.Value{"n": 1.5}}}}
	var out bytes.Buffer
	require.EqualError(t, tr.Write(&out), `trace: step 1 "A": field "state.n": not a value of a trace: a trace has no float64`)
}

func TestWatch(t *testing.T) {
	var seen []trace.Event
	enough := errors.New("seen enough")
	rec := trace.Watch(func(e trace.Event) error {
		seen = append(seen, e)
		if len(seen) == 2 {
			return enough
		}
		return nil
	})
	n := newNode(rec)
	n.sync()
	require.Len(t, seen, 1, "the step is handed over inside State")
	require.Equal(t, trace.Event{
		Step: "Sync",
		Args: map[string]trace.Value{"node": "n2", "upTo": 0},
		State: map[string]trace.Value{
			"length": 1, "synced": 0, "applied": 0, "role": "follower", "vote": "n2", "failed": false,
		},
		Line: 1,
	}, seen[0])
	n.sync()
	n.sync()
	require.Len(t, seen, 2)
	require.ErrorIs(t, rec.Close(), enough)

	rec = trace.Watch(func(trace.Event) error { return nil })
	newNode(rec).sync()
	require.NoError(t, rec.Close())
}
