package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// failures keeps what a failing test says.
type failures struct {
	ctx  context.Context
	dir  string
	said []string
}

func (f *failures) Helper()                  {}
func (f *failures) Context() context.Context { return f.ctx }
func (f *failures) TempDir() string          { return f.dir }
func (f *failures) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *failures) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestAcceptsExplainsTheFirst(t *testing.T) {
	checktest.Runner(t) // needs TLC
	f := &failures{ctx: t.Context()}
	get := checktest.BufferStep("Get", "x", 0, "none")
	conformance.Accepts(f, os.DirFS("testdata/buffer/spec"), checktest.BufferTrace("one", get), checktest.BufferTrace("two", get))
	require.Len(t, f.said, 2)
	require.Contains(t, f.said[0], "one: rejected at step 1, Get (guard)")
	require.Contains(t, f.said[0], "Get: Len(buffer) > 0 is FALSE: Len(buffer) = 0")
	require.NotContains(t, f.said[1], "Part by part")
}

// TestAcceptsRefusesATraceThatWasNotRead: its reader has overlooked an error.
func TestAcceptsRefusesATraceThatWasNotRead(t *testing.T) {
	checktest.Runner(t) // needs TLC
	require.PanicsWithValue(t, "trace 2 of 2 is nil: could it not be read?", func() {
		conformance.Accepts(&failures{ctx: t.Context()}, os.DirFS("testdata/buffer/spec"), checktest.BufferTrace("one"), nil)
	})
}

// refusing is code that takes no step.
type refusing struct{}

func (refusing) Do(string, map[string]trace.Value) error { return conformance.ErrRefused }
func (refusing) Close() error                            { return nil }

// TestExploresShowsOneDifferenceOfEachKind, and how many there are of it.
func TestExploresShowsOneDifferenceOfEachKind(t *testing.T) {
	checktest.Runner(t) // needs TLC
	f := &failures{ctx: t.Context()}
	conformance.Explores(f, os.DirFS("testdata/buffer/spec"), func(*trace.Recorder) (conformance.System, error) { return refusing{}, nil })
	require.Len(t, f.said, 2, f.said)
	require.Contains(t, f.said[0], "Put(item = \"x\", node = \"buffer\") (guard), at once: the spec allows it, the code refuses it (one of 2 such)")
	require.Contains(t, f.said[1], "driven")
}

// TestHoldsSaysWhichModel says something else, and what TLC found.
func TestHoldsSaysWhichModel(t *testing.T) {
	checktest.Runner(t) // needs TLC
	f := &failures{ctx: t.Context()}
	conformance.Holds(f, os.DirFS("testdata/buffer/spec"))
	require.Empty(t, f.said)

	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(os.DirFS("testdata/buffer/spec"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join("testdata/buffer/spec", path))
		files[path] = &fstest.MapFile{Data: data}
		return err
	}))
	broken, err := fs.Glob(files, "broken/*.cfg")
	require.NoError(t, err)
	require.NotEmpty(t, broken)
	// The broken rule is whole again, and the ordinary model has one state more.
	files["Buffer.cfg"].Data = bytes.Replace(files["Buffer.cfg"].Data, []byte(" distinct"), []byte("1 distinct"), 1)
	files[broken[0]].Data = regexp.MustCompile(`(?m)^.*<-.*$`).ReplaceAll(files[broken[0]].Data, nil)
	conformance.Holds(f, files)
	require.Len(t, f.said, 2, "%v", f.said)
	require.Contains(t, f.said[0], "model Buffer: rejected: expected ok, ")
	require.Contains(t, f.said[1], "model "+strings.TrimSuffix(filepath.Base(broken[0]), ".cfg")+": missed: without it the spec still has Bounded")
}
