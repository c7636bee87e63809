package trace_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// processHeader is the header of one of two processes, a and b.
func processHeader(name string) trace.Header {
	h := header
	h.Process = &trace.Process{Name: name, All: []string{"a", "b"}, Run: "r"}
	return h
}

// startProcess returns a recorder of the process with a clock of its own.
func startProcess(out *bytes.Buffer, name string) *trace.Recorder {
	rec := trace.New(out, processHeader(name))
	rec.UseClock(new(lamportclock.Clock))
	return rec
}

const (
	headerOfA = `{"lockstep":1,"spec":"S","scenario":"test","seed":-7,"constants":{"N":3},"process":{"name":"a","all":["a","b"],"run":"r"}}` + "\n"
	headerOfB = `{"lockstep":1,"spec":"S","scenario":"test","seed":-7,"constants":{"N":3},"process":{"name":"b","all":["a","b"],"run":"r"}}` + "\n"
)

// What two processes write that send a message to each other, and the order in
// which their steps are merged.
func TestMerge(t *testing.T) {
	var a, b bytes.Buffer
	recA, recB := startProcess(&a, "a"), startProcess(&b, "b")
	require.Equal(t, trace.Stamp{Process: "a"}, recA.Stamp(), "no step yet")
	recB.Step("Think").State(noFields)
	recA.Step("Think").State(noFields)
	recA.Step("Send").Int("to", 1).State(noFields)
	message := recA.Stamp()
	require.Equal(t, trace.Stamp{Process: "a", Time: 2}, message)
	recB.Step("Receive").Heard(message).State(noFields)
	answer := recB.Stamp()
	recA.Step("Think").State(noFields)
	recA.Step("Receive").Heard(answer).Heard(message).State(noFields)
	require.NoError(t, recA.Close())
	require.NoError(t, recB.Close())
	require.Equal(t, headerOfA+
		`{"step":"Think","args":{},"state":{},"stamp":1}`+"\n"+
		`{"step":"Send","args":{"to":1},"state":{},"stamp":2}`+"\n"+
		`{"step":"Think","args":{},"state":{},"stamp":3}`+"\n"+
		`{"step":"Receive","args":{},"state":{},"stamp":4,"heard":[{"process":"b","stamp":3},{"process":"a","stamp":2}]}`+"\n"+
		`{"end":4}`+"\n", a.String())
	require.Equal(t, headerOfB+
		`{"step":"Think","args":{},"state":{},"stamp":1}`+"\n"+
		`{"step":"Receive","args":{},"state":{},"stamp":3,"heard":[{"process":"a","stamp":2}]}`+"\n"+
		`{"end":2}`+"\n", b.String())

	dir := t.TempDir()
	fileA, fileB := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	require.NoError(t, os.WriteFile(fileA, a.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(fileB, b.Bytes(), 0o600))
	merged, err := trace.ReadMerged(fileB, fileA)
	require.NoError(t, err)
	require.Equal(t, header, merged.Header, "as if there was one process")
	require.Equal(t, fileB+"+"+fileA, merged.Name)
	var steps []string
	for i := range merged.Events {
		e := &merged.Events[i]
		require.Zero(t, e.Stamp)
		require.Nil(t, e.Heard)
		steps = append(steps, e.Step+" "+strings.TrimPrefix(merged.Place(e), dir+"/"))
	}
	require.Equal(t, []string{"Think a:2", "Think b:2", "Send a:3", "Think a:4", "Receive b:3", "Receive a:5"}, steps)

	var written bytes.Buffer
	require.NoError(t, merged.Write(&written))
	again, err := trace.Read(&written, "m")
	require.NoError(t, err)
	require.Len(t, again.Events, 6)
	require.Equal(t, "m:2", again.Place(&again.Events[0]))
}

// One process of a run of one is a run too.
func TestMergeOne(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, trace.Header{Spec: "S", Process: &trace.Process{Name: "a", All: []string{"a"}}})
	rec.UseClock(new(lamportclock.Clock))
	rec.Step("A").State(noFields)
	require.NoError(t, rec.Close())
	merged := merge(t, out.String())
	require.Len(t, merged.Events, 1)
}

// merge merges texts that must be legal.
func merge(t *testing.T, texts ...string) *trace.Trace {
	t.Helper()
	var traces []*trace.Trace
	for i, text := range texts {
		tr, err := trace.Read(strings.NewReader(text), fmt.Sprint("f", i))
		require.NoError(t, err)
		traces = append(traces, tr)
	}
	merged, err := trace.Merge(traces...)
	require.NoError(t, err)
	return merged
}

// stampedLines are steps with these stamps and a trailer.
func stampedLines(stamps ...string) string {
	var b strings.Builder
	for _, s := range stamps {
		fmt.Fprintf(&b, `{"step":"A","args":{},"state":{},%s}`+"\n", s)
	}
	fmt.Fprintf(&b, `{"end":%d}`+"\n", len(stamps))
	return b.String()
}

// Files that do not make one run, each by a sentinel and by the file and line.
func TestMergeRefuses(t *testing.T) {
	change := func(s, from, to string) string {
		require.Contains(t, s, from)
		return strings.Replace(s, from, to, 1)
	}
	a, b := headerOfA+stampedLines(`"stamp":1`, `"stamp":5`), headerOfB+stampedLines(`"stamp":2`)
	merge(t, a, b)
	for name, c := range map[string]struct {
		texts []string
		want  error
		says  string
	}{
		"nothing at all":       {nil, trace.ErrMissing, "trace: trace of a process is missing: there is no trace to merge"},
		"missing file":         {[]string{a}, trace.ErrMissing, `f0:1: expected a file of each process, found none of "b"`},
		"two of one process":   {[]string{a, b, a}, trace.ErrNotOneRun, `f2:1: expected one file of the process "a", found it in f0 too`},
		"a trace by itself":    {[]string{a, headerLine + `{"end":0}` + "\n"}, trace.ErrNotOneRun, "f1:1: expected a header that names a process of several, found one that names none"},
		"another spec":         {[]string{a, change(b, `"S"`, `"T"`)}, trace.ErrNotOneRun, "f1:1: expected the spec S as in f0, found T"},
		"another scenario":     {[]string{a, change(b, `"test"`, `"rest"`)}, trace.ErrNotOneRun, "f1:1: expected the scenario test as in f0, found rest"},
		"another seed":         {[]string{a, change(b, `-7`, `7`)}, trace.ErrNotOneRun, "f1:1: expected the seed -7 as in f0, found 7"},
		"other constants":      {[]string{a, change(b, `"N":3`, `"N":4`)}, trace.ErrNotOneRun, "f1:1: expected the constants map[N:3] as in f0, found map[N:4]"},
		"another run":          {[]string{a, change(b, `"r"`, `"s"`)}, trace.ErrNotOneRun, "f1:1: expected the run r as in f0, found s"},
		"other processes":      {[]string{a, change(b, `["a","b"]`, `["c","b"]`)}, trace.ErrNotOneRun, "f1:1: expected the processes [a b] as in f0, found [b c]"},
		"message of nobody":    {[]string{a, change(b, `"stamp":2`, `"stamp":2,"heard":[{"process":"c","stamp":1}]`)}, trace.ErrCausality, "f1:2: expected a message of a process of this run, found one with c's stamp 1"},
		"message never sent":   {[]string{a, change(b, `"stamp":2`, `"stamp":8,"heard":[{"process":"a","stamp":4}]`)}, trace.ErrCausality, "f1:2: expected that the message with a's stamp 4 was sent, found no step with that stamp in f0"},
		"sent behind the end":  {[]string{a, change(b, `"stamp":2`, `"stamp":8,"heard":[{"process":"a","stamp":6}]`)}, trace.ErrCausality, "f1:2: expected that the message with a's stamp 6 was sent, found no step with that stamp in f0"},
		"received before sent": {[]string{a, change(b, `"stamp":2`, `"stamp":5,"heard":[{"process":"a","stamp":5}]`)}, trace.ErrCausality, "f1:2: expected that a message is received after it was sent, found one with a's stamp 5 received at stamp 5"},
		"stamp stands still":   {[]string{change(a, `"stamp":5`, `"stamp":1`), b}, trace.ErrCausality, "f0:3: expected a stamp above 1, that of the step before, found 1"},
	} {
		t.Run(name, func(t *testing.T) {
			var traces []*trace.Trace
			var err error
			for i, text := range c.texts {
				var tr *trace.Trace
				if tr, err = trace.Read(strings.NewReader(text), fmt.Sprint("f", i)); err != nil {
					break
				}
				traces = append(traces, tr)
			}
			if err == nil {
				_, err = trace.Merge(traces...)
			}
			require.ErrorIs(t, err, c.want)
			require.EqualError(t, err, c.says)
		})
	}
}

// Traces that were not read but made are looked at as well.
func TestMergeLooksAtMadeTraces(t *testing.T) {
	made := func(stamps ...uint64) *trace.Trace {
		tr := &trace.Trace{Name: "m", Header: trace.Header{Spec: "S", Process: &trace.Process{Name: "a", All: []string{"a"}}}}
		for _, s := range stamps {
			tr.Events = append(tr.Events, trace.Event{Step: "A", Stamp: s})
		}
		return tr
	}
	_, err := trace.Merge(made(1, 2))
	require.NoError(t, err)
	_, err = trace.Merge(made(2, 1))
	require.ErrorIs(t, err, trace.ErrCausality)
	require.ErrorIs(t, made(2, 1).Write(new(bytes.Buffer)), trace.ErrInvalid)
	twice := made()
	twice.Header.Process.All = []string{"a", "a"}
	_, err = trace.Merge(twice)
	require.ErrorIs(t, err, trace.ErrInvalid)
	_, err = trace.ReadMerged(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// How a recorder among several may not be used.
func TestStampedRecorderRefuses(t *testing.T) {
	stuck := clockFunc(func(uint64) uint64 { return 1 })
	for name, c := range map[string]struct {
		header trace.Header
		clock  trace.Clock
		step   func(*trace.Step)
		want   string
	}{
		"no clock":         {processHeader("a"), nil, nil, `trace: step 1 "A": the header names a process, and the recorder was given no clock`},
		"no process":       {header, new(lamportclock.Clock), nil, "trace: the recorder was given a clock, and its header names no process"},
		"no name":          {processHeader(""), stuck, nil, `trace: header: field "process": not a value of a trace: a process has a name`},
		"not among all":    {processHeader("c"), stuck, nil, `trace: header: field "process": not a value of a trace: the process "c" is one of all the processes`},
		"stuck clock":      {processHeader("a"), stuck, func(s *trace.Step) { s.Heard(trace.Stamp{Process: "b", Time: 1}) }, `trace: step 1 "A": not a value of a trace: the clock went to 1, having seen 1`},
		"unstamped":        {processHeader("a"), stuck, func(s *trace.Step) { s.Heard(trace.Stamp{}) }, `trace: step 1 "A": Heard was given a message without a stamp: its sender does not record`},
		"stamp of nobody":  {processHeader("a"), stuck, func(s *trace.Step) { s.Heard(trace.Stamp{Time: 1}) }, `trace: step 1 "A": Heard was given a message without a stamp: its sender does not record`},
		"stamp too large":  {processHeader("a"), stuck, func(s *trace.Step) { s.Heard(trace.Stamp{Process: "b", Time: 1 << 63}) }, `trace: step 1 "A": Heard was given a message without a stamp: its sender does not record`},
		"name not UTF-8":   {processHeader("a"), new(lamportclock.Clock), func(s *trace.Step) { s.Heard(trace.Stamp{Process: "\xff", Time: 1}) }, `trace: step 1 "A": field "heard": not a value of a trace: it is not valid UTF-8`},
		"a view too large": {processHeader("a"), new(lamportclock.Clock), func(s *trace.Step) { s.String("x", strings.Repeat("x", trace.MaxLine-40)) }, `trace: step 1 "A": not a value of a trace: the line is longer than 1048576 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			rec := trace.New(&out, c.header)
			if c.clock != nil {
				rec.UseClock(c.clock)
			}
			s := rec.Step("A")
			if c.step != nil && s != nil {
				c.step(s)
			}
			s.State(noFields)
			require.EqualError(t, rec.Close(), c.want)
			_, err := trace.Read(&out, "f")
			require.Error(t, err)
		})
	}
}

type clockFunc func(uint64) uint64

func (f clockFunc) Tick(seen uint64) uint64 { return f(seen) }

// Off, and without a process, there are no stamps, and the calls do nothing.
func TestWithoutStamps(t *testing.T) {
	var off *trace.Recorder
	off.UseClock(new(lamportclock.Clock))
	require.Zero(t, off.Stamp())
	require.Zero(t, testing.AllocsPerRun(100, func() {
		off.Step("A").Heard(trace.Stamp{Process: "a", Time: 1}).State(noFields)
	}))
	var out bytes.Buffer
	rec := trace.New(&out, header)
	rec.Step("A").Heard(trace.Stamp{}).Heard(trace.Stamp{Process: "a", Time: 1}).State(noFields)
	require.Zero(t, rec.Stamp())
	require.NoError(t, rec.Close())
	require.Equal(t, headerLine+`{"step":"A","args":{},"state":{}}`+"\n"+trailer, out.String())
}

// A process is killed after each number of bytes in turn. Its successor's clock
// begins anew, and no stamp is given twice.
func TestResumeStamped(t *testing.T) {
	var first bytes.Buffer
	rec := startProcess(&first, "a")
	rec.Step("A").State(noFields)
	rec.Step("B").Heard(trace.Stamp{Process: "b", Time: 7}).State(noFields)
	for n := len(headerOfA); n < first.Len(); n++ {
		path := filepath.Join(t.TempDir(), "t")
		require.NoError(t, os.WriteFile(path, first.Bytes()[:n], 0o600))
		before, err := trace.ReadUnfinished(path)
		require.NoError(t, err)
		var last uint64
		if k := len(before.Events); k > 0 {
			last = before.Events[k-1].Stamp
		}
		rec, err := trace.Resume(path)
		require.NoError(t, err)
		rec.UseClock(new(lamportclock.Clock))
		require.Equal(t, trace.Stamp{Process: "a", Time: last}, rec.Stamp())
		rec.Step("Restart").State(noFields)
		require.NoError(t, rec.Close())
		after, err := trace.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "a", after.Header.Process.Name)
		require.Equal(t, last+1, after.Events[len(after.Events)-1].Stamp)
	}
}

// Many goroutines of several processes send messages to each other, at random.
// What is merged has every step, each process's in its order, and no message is
// received before it was sent.
func TestMergeManyProcesses(t *testing.T) {
	names := []string{"p0", "p1", "p2"}
	outs := make([]bytes.Buffer, len(names))
	recs := make([]*trace.Recorder, len(names))
	inboxes := make([]chan message, len(names))
	for i, name := range names {
		recs[i] = trace.New(&outs[i], trace.Header{Spec: "S", Process: &trace.Process{Name: name, All: names}})
		recs[i].UseClock(new(lamportclock.Clock))
		inboxes[i] = make(chan message, 1000)
	}
	var wg sync.WaitGroup
	for i := range names {
		for g := range 3 {
			wg.Go(func() { talk(i, g, recs, inboxes) })
		}
	}
	wg.Wait()
	var texts []string
	for i := range names {
		require.NoError(t, recs[i].Close())
		texts = append(texts, outs[i].String())
	}
	merged := merge(t, texts...)
	require.Len(t, merged.Events, 3*3*2*100)
	sent, lines := map[string]bool{}, map[string]int{}
	for i := range merged.Events {
		e := &merged.Events[i]
		require.Greater(t, e.Line, lines[e.File])
		lines[e.File] = e.Line
		id := e.Args["id"].(string)
		switch e.Step {
		case "Send":
			sent[id] = true
		case "Receive":
			require.True(t, sent[id], "%s received at %s and not sent before", id, merged.Place(e))
		}
	}
}

type message struct {
	id    string
	stamp trace.Stamp
}

// talk sends 100 messages to others, and receives as many.
func talk(i, g int, recs []*trace.Recorder, inboxes []chan message) {
	random := rand.New(rand.NewPCG(uint64(i), uint64(g)))
	for n := range 100 {
		id := fmt.Sprint(i, ".", g, ".", n)
		recs[i].Step("Send").String("id", id).State(noFields)
		inboxes[(i+1+random.IntN(2))%3] <- message{id, recs[i].Stamp()}
		select {
		case m := <-inboxes[i]:
			recs[i].Step("Receive").String("id", m.id).Heard(m.stamp).State(noFields)
		default:
			recs[i].Step("Think").String("id", id).State(noFields)
		}
	}
}
