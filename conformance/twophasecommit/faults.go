package twophasecommit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// failpoint is a place in the protocol where a process kills itself: where a record is
// written, or a message arrives at the core or leaves it. The code of the nodes knows
// nothing of it.
type failpoint struct {
	name string // WHEN:WHAT, where WHAT is the kind of a record or the type of a message
	node string // the coordinator, or "participant"
}

// failpoints are all of them, in the order in which a transaction comes by. WHEN is
// "before" the record reaches the disk, "torn" when half of it has, "durable" when it is
// in the log and the core does not know that; "sent" when a message is to be sent,
// "received" when one has arrived; or "between" telling one participant and the others.
var failpoints = []failpoint{
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
	{"durable:decided", coordinator}, // decided, and not told
	{"sent:decision", coordinator},
	{"between:decision", coordinator},
	{"received:decision", "participant"},
	{"before:decided", "participant"},
	{"durable:decided", "participant"}, // done, and not acknowledged
	{"sent:ack", "participant"},
	{"before:complete", coordinator}, // before forgetting
	{"durable:complete", coordinator},
}

// How processes are made.
const (
	processTick = 20 * time.Millisecond
	retention   = 3 // ticks
)

var processChannel = ssc.Options{Backoff: 5 * time.Millisecond}

// host is a node in a process of its own, with the failpoint at which it dies. It is
// the core and the journal of its server, and used by the server's goroutine only.
type host struct {
	core
	journal tpc.Journal
	when    string   // "": it does not die
	what    []string // what the record or message must have in it
	told    string   // between: the participant that is told
}

// set sets the failpoint.
func (h *host) set(name string) {
	when, what, _ := strings.Cut(name, ":")
	key := "type"
	if when == "before" || when == "torn" || when == "durable" {
		key = "kind"
	}
	h.when, h.what = when, []string{fmt.Sprintf("%q:%q", key, what)}
	if strings.HasPrefix(what, "deci") { // one of an abort does not count
		h.what = append(h.what, `"outcome":"committed"`)
	}
}

func (h *host) is(when string, text []byte) bool {
	for _, what := range h.what {
		if !bytes.Contains(text, []byte(what)) {
			return false
		}
	}
	return h.when == when
}

func (h *host) isMessage(when string, m tpc.Message) bool {
	text, err := m.Encode()
	return err == nil && h.is(when, text)
}

// Use puts the host between the core and its log.
func (h *host) Use(j tpc.Journal) {
	h.journal = j
	h.core.Use(h)
}

// Append implements twophasecommit.Journal. When the record is durable its step was
// taken, and is recorded before the process dies.
func (h *host) Append(kind uint32, payload []byte) (uint64, error) {
	if h.is("before", payload) {
		toolbox.KillSelf()
	}
	index, err := h.journal.Append(kind, payload)
	if err == nil && h.is("durable", payload) {
		h.Survived()
		toolbox.KillSelf()
	}
	return index, err
}

// tear writes half of a record.
func (h *host) tear(op disktest.Op) error {
	if op.Kind == disktest.Write && h.is("torn", op.Data) {
		_, _ = op.File.WriteAt(op.Data[:len(op.Data)/2], op.Offset)
		toolbox.KillSelf()
	}
	return nil
}

func (h *host) Receive(m tpc.Message) error {
	if h.isMessage("received", m) || h.told != "" && m.Type == tpc.TypeAck {
		toolbox.KillSelf()
	}
	return h.core.Receive(m)
}

func (h *host) Messages() (out []tpc.Message) {
	for _, m := range h.core.Messages() {
		switch {
		case h.isMessage("sent", m):
			toolbox.KillSelf()
		case h.isMessage("between", m) && m.To != client && h.told == "":
			h.told = m.To
			out = append(out, m)
		case h.isMessage("between", m) && m.To != h.told: // the others never hear of it
		default:
			out = append(out, m)
		}
	}
	return out
}

// child is the main function of a node's process. It says where it listens, does what
// its parent says, line by line, and ends with its input.
func child(args []string) error {
	var name, dir, policy string
	var seed int64
	var patience int
	if err := toolbox.Arguments(args, "NODE FOLDER SEED POLICY PATIENCE", &name, &dir, &seed, &policy, &patience); err != nil {
		return err
	}
	rec, err := openTrace(dir, name, seed)
	if err != nil {
		return err
	}
	log := filepath.Join(dir, name+".log")
	make := func() (core, error) { return newCore(rec, name, tpc.Policy(policy), patience) }
	if err := recordCrash(dir, name, log, make); err != nil {
		return err
	}
	h := &host{}
	if h.core, err = make(); err != nil {
		return err
	}
	server, err := tpc.Serve(h, tpc.ServerOptions{
		Dir: log, Listen: "127.0.0.1:0", Tick: processTick, Channel: processChannel,
		Log: lowwatermark.Options{FS: disktest.Intercept(disk.OS{}, disktest.Failpoint{Before: h.tear}), Preallocate: -1, SegmentSize: 500, SnapshotEvery: 4},
	})
	if err != nil {
		return err
	}
	fmt.Println(server.Addr())
	err = toolbox.Obey(func(words []string) (string, error) { return h.obey(server, words) })
	return errors.Join(err, server.Close(), rec.Close())
}

// openTrace makes the recorder of a process, which goes on with what an earlier one of
// its name has left.
func openTrace(dir, process string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(dir, process, recorders(), header("processes", seed), new(lamportclock.Clock))
}

// recordCrash records the crash of the process of that name that has left files, with
// what its log has. It has recorded each step that is in its log: see Append. The crash
// comes behind all that the other processes have recorded so far.
func recordCrash(dir, name, log string, make func() (core, error)) error {
	var up bool
	var others []trace.Stamp
	for _, process := range recorders() {
		last, err := toolbox.LastStep(toolbox.TraceFile(dir, process))
		switch {
		case err != nil:
			return err
		case last == nil:
		case process == name:
			up = last.State["up"] == true
		default:
			others = append(others, trace.Stamp{Process: process, Time: last.Stamp})
		}
	}
	if !up {
		return nil
	}
	dead, err := make()
	if err != nil {
		return err
	}
	l, err := tpc.OpenJournal(log, dead, lowwatermark.Options{Preallocate: -1})
	if err != nil {
		return err
	}
	dead.Heard(others...)
	dead.Crash()
	return l.Close()
}

// obey does what the parent says, between two steps of the core.
func (h *host) obey(server *tpc.Server, words []string) (answer string, err error) {
	if words[0] == "know" {
		return toolbox.Introduced(words, server.Know)
	}
	answer = "ok"
	do := map[string]func(){
		"die": func() { h.set(words[1]) },
		"status": func() {
			doubt, waiting := 0, 0
			if p, ok := h.core.(*tpc.Participant); ok {
				doubt, waiting = p.InDoubt(), p.Waiting()
			}
			answer = fmt.Sprint(h.Idle(), doubt, waiting)
		},
		"quiet": h.Quiet,
		"now":   toolbox.KillSelf,
	}[words[0]]
	if do == nil {
		return "", fmt.Errorf("%w: %q", toolbox.ErrNoCommand, words)
	}
	err = server.Do(context.Background(), do)
	return answer, err
}
