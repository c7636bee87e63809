package gocode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// read reads a package with a core of which one method is given.
func read(t *testing.T, imports, methods string) *Package {
	t.Helper()
	source := `package core

import (
	"example.org/trace"
` + imports + `)

// Core is one.
type Core struct {
	rec     *trace.Recorder
	length  int
	queue   list
	hidden  int
	waiting chan int
	policy  policy
}

func (c *Core) View(o *trace.Object) {
	kind := "none"
	if c.length > 0 {
		kind = c.policy.String()
	}
	o.Int("length", c.length).String("policy", kind)
	c.more(o)
	o.Record("last", func(o *trace.Object) { o.Int("length", c.queue.last.length) })
}

func (c *Core) more(o *trace.Object) { o.Ints("queue", c.queue.all()...).Int("two", 2) }

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", "core") }

func (c *Core) told(how, name string) *trace.Step { return c.step(name).String("how", how) }

// Put puts. It is quick.
func (c *Core) Put() {
	c.length++
	c.told("well", "Put").State(c)
}

` + methods
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "core.go"), []byte(source), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "core_test.go"), []byte("package core\n\nfunc no() { go no() }\n"), 0o600))
	p, err := Read(dir)
	require.NoError(t, err)
	return p
}

// TestReadsThroughHelpers finds the name of a step behind functions that hand
// it on, and the fields of a view behind functions that add to it.
func TestReadsThroughHelpers(t *testing.T) {
	p := read(t, "", "")
	require.Len(t, p.Recordings, 1)
	require.Equal(t, "Put", p.Recordings[0].Step)
	require.Equal(t, "Core.Put", p.Recordings[0].In.Name)
	require.Equal(t, "Put puts.", p.Recordings[0].In.Doc)
	var fields []string
	for _, f := range p.Fields {
		fields = append(fields, f.Name+": "+f.From)
	}
	require.Equal(t, []string{"length: c.length", "policy: c.policy", "queue: c.queue", "two: 2", "last: c.queue.last.length"}, sortedAs(fields, "length", "policy", "queue", "two", "last"))
	require.Empty(t, p.Faults())
	require.Equal(t, "Core.Put", p.Named("Put")[0].Name)
	require.Equal(t, "core.go", p.Called("Core.Put").File)
}

// TestViewOfTheCoreComesFirst has a message, earlier in the file's order, with a field of a
// name that the core's view has too.
func TestViewOfTheCoreComesFirst(t *testing.T) {
	p := read(t, "", "")
	early := filepath.Join(p.Dir, "a.go")
	require.NoError(t, os.WriteFile(early, []byte(`package core

import "example.org/trace"

type message struct{ length, number int }

func (m message) View(o *trace.Object) { o.Int("length", m.length).Int("number", m.number) }
`), 0o600))
	p, err := Read(p.Dir)
	require.NoError(t, err)
	from := map[string]string{}
	for _, f := range p.Fields {
		from[f.Name] = f.From
	}
	require.Equal(t, "c.length", from["length"])
	require.Equal(t, "m.number", from["number"])
}

func sortedAs(list []string, order ...string) []string {
	var sorted []string
	for _, name := range order {
		for _, s := range list {
			if strings.HasPrefix(s, name+":") {
				sorted = append(sorted, s)
			}
		}
	}
	return append(sorted, list[len(sorted):]...)
}

// TestFaults has, for each way in which a core can depart from its form, one
// that does, and beside it what looks similar and is right.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, imports, method, fault string }{
		{"clock", `"time"` + "\n", "func (c *Core) Now() int64 { return time.Now().Unix() }", "reads a clock: time.Now"},
		{"renamed clock", `clock "time"` + "\n", "func (c *Core) Now() { clock.Sleep(1) }", "reads a clock: time.Sleep"},
		{"duration", `"time"` + "\n", "func (c *Core) For() time.Duration { return time.Second }", ""},
		{"randomness", `"math/rand/v2"` + "\n", "func (c *Core) Any() int { return rand.IntN(2) }", "draws a random number: math/rand/v2"},
		{"behind a function", `"crypto/rand"` + "\n", "func (c *Core) Any() string { return any() }\n\nfunc any() string { return rand.Text() }", "core.go:42: any draws a random number"},
		{"a shell may", `"time"` + "\n", "type Shell struct{ c *Core }\n\nfunc (s *Shell) Now() { go func() { time.Sleep(1) }() }", ""},
		{"goroutine", "", "func (c *Core) Run() { go c.Put() }", "starts a goroutine"},
		{"channel", "", "func (c *Core) Wait() int { return <-c.waiting }", "waits for a channel"},
		{"select", "", "func (c *Core) Wait() { select {} }", "waits for a channel"},

		{"changed after", "", "func (c *Core) Get() {\n\tc.step(\"Get\").State(c)\n\tc.length--\n}", "changes c.length, which its view shows, after the step is recorded"},
		{"assigned after", "", "func (c *Core) Get() {\n\tif c.length > 0 {\n\t\tc.step(\"Get\").State(c)\n\t}\n\tc.policy, c.hidden = 1, 2\n}", "changes c.policy"},
		{"changed by a method", "", "func (c *Core) Get() {\n\tc.step(\"Get\").State(c)\n\tc.queue.pop()\n}", "changes c.queue"},
		{"returned before", "", "func (c *Core) Get() {\n\tif c.length == 0 {\n\t\tc.step(\"Get\").State(c)\n\t\treturn\n\t}\n\tc.length--\n\tc.step(\"Get\").State(c)\n}", ""},
		{"two steps", "", "func (c *Core) Get() {\n\tc.step(\"Get\").State(c)\n\tc.Put()\n\tc.hidden++\n}", ""},
		{"hidden after", "", "func (c *Core) Get() {\n\tc.length--\n\tc.step(\"Get\").State(c)\n\tc.hidden = 0\n}", ""},
		{"closed before", "", "func (c *Core) Get() {\n\tclose(c.waiting)\n\tc.step(\"Get\").State(c)\n}", "closes a channel before the step is recorded"},
		{"sent before", "", "func (c *Core) Get() {\n\tc.waiting <- 1\n\tc.step(\"Get\").State(c)\n}", "sends to a channel before the step is recorded"},
		{"closed after", "", "func (c *Core) Get() {\n\tc.step(\"Get\").State(c)\n\tclose(c.waiting)\n}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := read(t, c.imports, c.method+"\n").Faults()
			if c.fault == "" {
				require.Empty(t, faults)
				return
			}
			require.Len(t, faults, 1)
			require.Contains(t, faults[0].String(), c.fault)
		})
	}
}
