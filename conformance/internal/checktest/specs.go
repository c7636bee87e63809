package checktest

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// BufferSpec is the spec of the buffer in testdata.
func BufferSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s, err := spec.Load(os.DirFS(testdata(t, "buffer/spec")))
	require.NoError(t, err)
	return s
}

// BufferStep is one step of the buffer.
func BufferStep(name string, item any, length int, last any) trace.Event {
	return trace.Event{
		Step: name, Args: map[string]trace.Value{"node": "buffer", "item": item},
		State: map[string]trace.Value{"length": length, "last": last}, Line: 2,
	}
}

// BufferTrace is a trace of the buffer.
func BufferTrace(name string, events ...trace.Event) *trace.Trace {
	return &trace.Trace{Name: name, Header: trace.Header{Spec: "Buffer"}, Events: events}
}

// Counter is the body of a spec that counts to two. Tests change it.
const Counter = `EXTENDS Naturals, Sequences, TLC
VARIABLE count
vars == <<count>>
Init == count = 0
Add == count < 2 /\ count' = count + 1
`

// CounterSteps is the body of its Steps module.
const CounterSteps = `View(node) == [count |-> count]
StepsNext == Step("Add", [node |-> "a"], Add)
`

// SpecOf is a spec X with these bodies of its modules.
func SpecOf(t *testing.T, text, steps, cfg string) *spec.Spec {
	t.Helper()
	s, err := spec.Load(SpecFiles(text, steps, cfg))
	require.NoError(t, err)
	return s
}

// SpecFiles are the files of SpecOf.
func SpecFiles(spec, steps, cfg string) fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"X.tla":      file("---- MODULE X ----\n" + spec + "====\n"),
		"XSteps.tla": file("---- MODULE XSteps ----\nEXTENDS X, Steps\n" + steps + "====\n"),
		"XSteps.cfg": file(cfg),
	}
}

// Event is a step of the node "a" of a spec X.
func Event(name string, args, state map[string]trace.Value) trace.Event {
	full := map[string]trace.Value{"node": "a"}
	for k, v := range args {
		full[k] = v
	}
	return trace.Event{Step: name, Args: full, State: state, Line: 2}
}

// Trace is a trace of a spec X.
func Trace(events ...trace.Event) *trace.Trace {
	return &trace.Trace{Name: "x", Header: trace.Header{Spec: "X"}, Events: events}
}

// Desks is a spec with several nodes: each must open before it serves, serves
// twice at most, and only one is busy at a time.
const Desks = `EXTENDS Naturals
VARIABLES open, count, busy
vars == <<open, count, busy>>
Desk == {"a", "b", "c"}
Init == open = [d \in Desk |-> FALSE] /\ count = [d \in Desk |-> 0] /\ busy = {}
MayServe(d) == count[d] < 2
MayBegin(d) == busy = {}
Open(d) == ~open[d] /\ open' = [open EXCEPT ![d] = TRUE] /\ UNCHANGED <<count, busy>>
Serve(d) == open[d] /\ MayServe(d) /\ count' = [count EXCEPT ![d] = @ + 1] /\ UNCHANGED <<open, busy>>
Begin(d) == MayBegin(d) /\ busy' = busy \cup {d} /\ UNCHANGED <<open, count>>
End(d) == d \in busy /\ busy' = busy \ {d} /\ UNCHANGED <<open, count>>
Next == \E d \in Desk : Open(d) \/ Serve(d) \/ Begin(d) \/ End(d)
`

// DeskSteps is the body of their Steps module.
const DeskSteps = `View(node) == [open |-> open[node], count |-> count[node], busy |-> node \in busy]
StepsNext ==
  \/ \E d \in Arg("node", Desk) : Step("Open", [node |-> d], Open(d))
  \/ \E d \in Arg("node", Desk) : Step("Serve", [node |-> d], Serve(d))
  \/ \E d \in Arg("node", Desk) : Step("Begin", [node |-> d], Begin(d))
  \/ \E d \in Arg("node", Desk) : Step("End", [node |-> d], End(d))
`

// Rewritten copies a folder with changes; each change is a file name, a text
// and its replacement.
func Rewritten(t *testing.T, folder fs.FS, changes ...string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(folder, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		files[path] = &fstest.MapFile{Data: content}
		return err
	}))
	for i := 0; i < len(changes); i += 3 {
		old := string(files[changes[i]].Data)
		require.Contains(t, old, changes[i+1])
		files[changes[i]] = &fstest.MapFile{Data: []byte(strings.Replace(old, changes[i+1], changes[i+2], 1))}
	}
	return files
}

// ChangedBuffer is the buffer's spec with replaced texts.
func ChangedBuffer(t *testing.T, replace map[string]string) *spec.Spec {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(testdata(t, "buffer/spec"))))
	names, err := fs.Glob(os.DirFS(dir), "*")
	require.NoError(t, err)
	found := 0
	for _, name := range names {
		source, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			continue // a folder
		}
		text := string(source)
		for from, to := range replace {
			found += strings.Count(text, from)
			text = strings.ReplaceAll(text, from, to)
		}
		require.NoError(t, os.WriteFile(dir+"/"+name, []byte(text), 0o644))
	}
	require.GreaterOrEqual(t, found, len(replace))
	s, err := spec.Load(os.DirFS(dir))
	require.NoError(t, err)
	return s
}

// PingSpec is a spec with two nodes whose Steps module defines StepsNetwork.
func PingSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s, err := spec.Load(os.DirFS(testdata(t, "ping/spec")))
	require.NoError(t, err)
	return s
}

// testdata is a folder of conformance/testdata.
func testdata(t *testing.T, name string) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	require.True(t, ok)
	return filepath.Join(filepath.Dir(file), "../../testdata", name)
}
