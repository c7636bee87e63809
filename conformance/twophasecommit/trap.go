package twophasecommit

import (
	"bytes"
	"context"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// point is a place in the protocol where a process kills itself. It is found
// where bytes reach the disk or the network: nothing in the code of the nodes
// knows of it.
type point struct {
	name string // WHEN:WHAT
	node string // the coordinator, or "participant"
}

// points are all of them, in the order in which a transaction comes by. WHEN is
// "before" the record reaches the disk, when it is "torn" in the middle, when it
// is "durable" and its node has not heard of that; when a message is to be "sent"
// or was "received"; or "between" telling one participant and the others.
var points = []point{
	{"before:asked", coordinator}, // before the vote
	{"durable:asked", coordinator},
	{"sent:prepare", coordinator},
	{"received:prepare", "participant"},
	{"before:prepared", "participant"},
	{"torn:prepared", "participant"},
	{"durable:prepared", "participant"}, // promised, and not answered
	{"sent:vote", "participant"},
	{"before:decided", coordinator}, // all have voted
	{"torn:decided", coordinator},
	{"durable:decided", coordinator}, // decided, and nobody told
	{"sent:decision", coordinator},
	{"between:decision", coordinator},
	{"received:decision", "participant"},
	{"before:decided", "participant"},
	{"durable:decided", "participant"}, // done, and not acknowledged
	{"sent:ack", "participant"},
	{"before:complete", coordinator}, // before forgetting
	{"durable:complete", coordinator},
}

// trap kills this process at a point.
type trap struct {
	mu   sync.Mutex
	when string // "" is never
	what []string
	told *wire // between: the one connection on which a decision was sent
}

// set sets the trap.
func (t *trap) set(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var what string
	t.when, what, _ = strings.Cut(name, ":")
	key := `"type":"`
	if t.when == "before" || t.when == "torn" || t.when == "durable" {
		key = `"kind":"`
	}
	t.what = []string{key + what + `"`}
	if strings.HasPrefix(what, "deci") { // that something was aborted is another matter
		t.what = append(t.what, `"outcome":"committed"`)
	}
}

// springs says whether these bytes are what the trap waits for.
func (t *trap) springs(when string, p []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.when == when && t.matches(p)
}

func (t *trap) matches(p []byte) bool {
	for _, what := range t.what {
		if !bytes.Contains(p, []byte(what)) {
			return false
		}
	}
	return true
}

// die is the end of this process. It does not return.
func die() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {}
}

// mayTell keeps all but the first participant from hearing of the decision.
func (t *trap) mayTell(w *wire, p []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.when != "between" || !t.matches(p) {
		return true
	}
	if t.told == nil && bytes.Contains(p, []byte(`"to":"p`)) {
		t.told = w
	}
	return t.told == w
}

// heardAck says that the participant that was told has done it.
func (t *trap) heardAck(p []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.when == "between" && t.told != nil && bytes.Contains(p, []byte(`"type":"ack"`))
}

// trapDisk is the operating system's filesystem with a trap.
type trapDisk struct {
	disk.OS
	trap *trap
}

func (d trapDisk) Create(name string) (disk.File, error) { return d.wrap(d.OS.Create(name)) }

func (d trapDisk) Open(name string) (disk.File, error) { return d.wrap(d.OS.Open(name)) }

func (d trapDisk) wrap(f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	return &trapFile{File: f, trap: d.trap}, nil
}

type trapFile struct {
	disk.File
	trap *trap
	mu   sync.Mutex
	due  bool // the record is written
}

func (f *trapFile) WriteAt(p []byte, at int64) (int, error) {
	switch {
	case f.trap.springs("before", p):
		die()
	case f.trap.springs("torn", p):
		_, _ = f.File.WriteAt(p[:len(p)/2], at)
		die()
	case f.trap.springs("durable", p):
		f.mu.Lock()
		f.due = true
		f.mu.Unlock()
	}
	return f.File.WriteAt(p, at)
}

func (f *trapFile) Sync() error {
	err := f.File.Sync()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due && err == nil {
		die()
	}
	return err
}

// trapNetwork is TCP with a trap.
type trapNetwork struct {
	ssc.TCP
	trap *trap
}

func (n trapNetwork) Dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := n.TCP.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &wire{conn, n.trap}, nil
}

func (n trapNetwork) Listen(addr string) (net.Listener, error) {
	l, err := n.TCP.Listen(addr)
	return trapListener{l, n.trap}, err
}

type trapListener struct {
	net.Listener
	trap *trap
}

func (l trapListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &wire{conn, l.trap}, nil
}

type wire struct {
	net.Conn
	trap *trap
}

func (w *wire) Write(p []byte) (int, error) {
	if w.trap.springs("sent", p) {
		die()
	}
	if !w.trap.mayTell(w, p) {
		select {} // until the process dies, which is soon
	}
	return w.Conn.Write(p)
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if w.trap.springs("received", p[:n]) || w.trap.heardAck(p[:n]) {
		die()
	}
	return n, err
}
