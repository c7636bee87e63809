package toolbox

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Refusal records a run that the spec must refuse, and returns how conformance.Accepts
// explains the refusal. It is "" if the spec accepts the run.
func Refusal(t conformance.T, spec fs.FS, h trace.Header, do func(*trace.Recorder) error) string {
	t.Helper()
	return RefusalOf(t, spec, h.Seed, func(run conformance.Run) error { return Record(run, h, do) })
}

// RefusalOf is Refusal for a run that makes its own recorders.
func RefusalOf(t conformance.T, spec fs.FS, seed int64, do func(conformance.Run) error) string {
	t.Helper()
	dir := t.TempDir()
	run := conformance.Run{Path: filepath.Join(dir, "refused.ndjson"), Dir: dir, Seed: seed}
	if err := do(run); err != nil {
		t.Fatalf("the run: %s", err)
	}
	recorded, err := trace.ReadFile(run.Path)
	if err != nil {
		t.Fatalf("its trace: %s", err)
	}
	k := &kept{T: t}
	conformance.Accepts(k, spec, recorded)
	return strings.Join(k.said, "\n")
}

// Part is files of a folder: those that match one of the patterns of fs.Glob.
type Part struct {
	Folder fs.FS
	Files  []string
}

// Joined is one folder with files of several, for Refusal of a spec whose modules stand in
// more than one.
func Joined(t conformance.T, parts ...Part) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for _, p := range parts {
		for _, pattern := range p.Files {
			names, err := fs.Glob(p.Folder, pattern)
			if err != nil || len(names) == 0 {
				t.Fatalf("%s: %d files, %v", pattern, len(names), err)
			}
			for _, name := range names {
				text, err := fs.ReadFile(p.Folder, name)
				if err != nil {
					t.Fatalf("%s", err)
				}
				all[name] = &fstest.MapFile{Data: text}
			}
		}
	}
	return all
}

// kept keeps what a failing test says, and the test goes on.
type kept struct {
	conformance.T
	said []string
}

func (k *kept) Errorf(format string, args ...any) {
	k.said = append(k.said, fmt.Sprintf(format, args...))
}
