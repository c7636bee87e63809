package disktest

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// TestFakeBehavesAsOS runs the same random operations on both disks: without
// faults, nothing that a program can see may differ.
func TestFakeBehavesAsOS(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(300) {
		var calls []call
		fuzz.NewWithSeed(seed).NilChance(0).NumElements(20, 60).Fuzz(&calls)
		want := perform(disk.OS{}, t.TempDir(), calls)
		got := perform(New(), "", calls)
		require.Equal(t, want, got, "seed %d", seed)
		for _, line := range want {
			var kind, outcome string
			_, err := fmt.Sscan(line, &kind, &outcome)
			require.NoError(t, err)
			seen[kind+" "+outcome]++
		}
	}
	// Two disks that refuse everything alike would prove nothing.
	for _, kind := range []string{
		"mkdir ok", "create ok", "create exist", "create absent", "open ok", "open absent",
		"rename ok", "rename absent", "remove ok", "remove absent", "remove exist",
		"list ok", "list absent", "syncdir ok", "syncdir absent",
		"write ok", "write closed", "read ok", "read eof", "read closed", "size ok", "size closed",
		"truncate ok", "truncate closed", "preallocate ok", "preallocate closed",
		"sync ok", "sync closed", "close ok", "close closed", "leaves ok",
	} {
		require.NotZero(t, seen[kind], "no run has had %q", kind)
	}
}

// call is an operation with its operands, each taken modulo what there is.
type call struct {
	Kind, From, To, Handle, Fill uint8
	Off, Len                     uint16
}

var (
	callNames = []string{"d/a", "d/b", "e/f/a", "e/f/b"}
	callDirs  = []string{"d", "e/f", "e"}
)

// perform returns what a program sees of the calls, a line each, and of what
// they leave.
func perform(fake disk.FS, root string, calls []call) []string {
	p := &performer{fake: fake, root: root}
	for _, c := range calls {
		p.name(c)
		p.handle(c)
	}
	for _, f := range p.open {
		_ = f.Close()
	}
	for _, name := range callNames {
		f, err := fake.Open(p.path(name))
		if err != nil {
			continue
		}
		p.read("leaves", f, 0, 1<<17)
		_ = f.Close()
	}
	return p.lines
}

type performer struct {
	fake  disk.FS
	root  string
	open  []disk.File
	lines []string
}

func (p *performer) path(name string) string { return filepath.Join(p.root, name) }

func (p *performer) note(kind string, err error, more ...any) {
	p.lines = append(p.lines, fmt.Sprintln(append([]any{kind, outcome(err)}, more...)...))
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, fs.ErrNotExist):
		return "absent"
	case errors.Is(err, fs.ErrExist):
		return "exist"
	case errors.Is(err, fs.ErrClosed):
		return "closed"
	case errors.Is(err, io.EOF):
		return "eof"
	default:
		return "refused"
	}
}

// name does what the call asks of the filesystem, if it asks anything of it.
func (p *performer) name(c call) {
	from, to := callNames[c.From%4], callNames[c.To%4]
	dir := callDirs[c.From%3]
	switch c.Kind % 20 {
	case 0:
		p.note("mkdir", p.fake.MkdirAll(p.path(dir)))
	case 1, 2:
		f, err := p.fake.Create(p.path(from))
		p.opened("create", f, err)
	case 3, 4:
		f, err := p.fake.Open(p.path(from))
		p.opened("open", f, err)
	case 5:
		p.note("rename", p.fake.Rename(p.path(from), p.path(to)))
	case 6:
		p.note("remove", p.fake.Remove(p.path(append(callNames, "d", "e")[c.From%6])))
	case 7:
		names, err := p.fake.List(p.path(dir))
		p.note("list", err, names)
	case 8:
		p.note("syncdir", p.fake.SyncDir(p.path(dir)))
	}
}

func (p *performer) opened(kind string, f disk.File, err error) {
	p.note(kind, err)
	if err == nil {
		p.open = append(p.open, f)
	}
}

// handle does what the call asks of an open file, if it asks anything of one.
func (p *performer) handle(c call) {
	if len(p.open) == 0 {
		return
	}
	f := p.open[int(c.Handle)%len(p.open)]
	off, size := int64(c.Off%5000), int(c.Len%3000)
	switch c.Kind % 20 {
	case 9, 10, 11, 12:
		data := make([]byte, size)
		for i := range data {
			data[i] = c.Fill + byte(i)
		}
		n, err := f.WriteAt(data, off)
		p.note("write", err, n)
	case 13:
		p.read("read", f, off, size)
	case 14:
		n, err := f.Size()
		p.note("size", err, n)
	case 15:
		p.note("truncate", f.Truncate(off))
	case 16:
		p.note("preallocate", f.Preallocate(off))
	case 17:
		p.note("sync", f.Sync())
	case 18:
		p.note("close", f.Close())
	case 19:
		n, err := f.ReadAt(make([]byte, 1), -1)
		p.note("read", err, n)
		n, err = f.WriteAt([]byte{1}, -1)
		p.note("write", err, n)
		p.note("truncate", f.Truncate(-1))
	}
}

func (p *performer) read(kind string, f disk.File, off int64, size int) {
	b := make([]byte, size)
	n, err := f.ReadAt(b, off)
	if kind == "leaves" && errors.Is(err, io.EOF) {
		err = nil
	}
	p.note(kind, err, n, crc32.ChecksumIEEE(b[:n]))
}
