package twophasecommit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// processesRuns is how many runs have all failpoints between them.
const processesRuns = 6

// childPatience is the patience of processes, in ticks: 5 s.
const childPatience = 250

// recorders are all that record the steps of a run: the clients, which are in this process,
// and the nodes, which are in others.
func recorders() []string { return append([]string{client}, nodes()...) }

// processes lets the coordinator and three participants be processes, which kill
// themselves in every phase of a transaction and are started again on their files. At the
// end no node has anything left to do.
func processes(ctx context.Context, run conformance.Run) error {
	rec, err := openTrace(run.Dir, client, run.Seed)
	if err != nil {
		return err
	}
	h := &hosts{
		Processes: toolbox.NewProcesses(ctx, run), ctx: ctx, rec: rec,
		rng: rand.New(rand.NewPCG(uint64(run.Seed), 19)), policy: toolbox.Pick(policies, run.Seed),
	}
	tpc.Configure(rec, h.policy)
	h.client, err = tpc.NewClient(tpc.ClientOptions{
		Name: client, Coordinator: coordinator, Placement: placement, Retry: 2 * processTick, Channel: processChannel, Trace: rec,
		Age: func() int64 { return int64(h.rng.IntN(mostAges)) },
	})
	if err == nil {
		err = errors.Join(h.killAll(run.Seed), h.client.Close())
	}
	err = errors.Join(err, h.Close(conformance.WaitLimit()), rec.Close(), toolbox.Merge(run, recorders()))
	return errors.Join(err, h.answers.Check(toolbox.TraceFile(run.Dir, client)))
}

// hosts are the processes of one run, and its client.
type hosts struct {
	*toolbox.Processes
	ctx     context.Context
	rec     *trace.Recorder // of the client
	answers toolbox.Answers
	rng     *rand.Rand
	policy  tpc.Policy
	client  *tpc.Client
}

// killAll kills processes at this run's share of the failpoints.
func (h *hosts) killAll(seed int64) error {
	if err := each(h.start); err != nil {
		return err
	}
	for i, at := range failpoints {
		if int64(i%processesRuns) != seed%processesRuns {
			continue
		}
		if err := h.kill(at); err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
	}
	if err := h.idle(); err != nil {
		return err
	}
	return each(func(name string) error { return h.Order(name, "ok", "quiet") })
}

// kill lets a process kill itself at a failpoint, and starts it again. Meanwhile there is a
// transaction that leads to that point. All nodes are idle before: then the process does not
// come there because of an old transaction, whose decision it sends again.
func (h *hosts) kill(at failpoint) error {
	victim := at.node
	if victim != coordinator {
		victim = toolbox.Pick(participants, h.rng.IntN(len(participants)))
	}
	if err := h.idle(); err != nil {
		return err
	}
	if err := h.Order(victim, "ok", "die", at.name); err != nil {
		return err
	}
	plan, done := h.leading(victim), make(chan error, 1)
	go func() { done <- h.transact(plan) }()
	err := h.Eventually(h.ctx, victim+" has died", h.Named(victim).HasEnded)
	return errors.Join(err, h.start(victim), <-done)
}

// order is one operation of a client: a value to put, or "" to get one.
type order struct{ key, value string }

// leading is a plan that comes by all failpoints of a participant, and by those of the
// coordinator.
func (h *hosts) leading(victim string) []order {
	here := max(slices.Index(participants, victim), 0) // -1 for the coordinator
	there := (here + 1 + h.rng.IntN(2)) % 3
	plan := []order{
		{key: keys[here+3]},
		{key: keys[here], value: toolbox.Pick(values, h.rng.IntN(len(values)))},
		{key: keys[there], value: toolbox.Pick(values, h.rng.IntN(len(values)))},
	}
	h.rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return plan
}

// transact carries out a plan, again and again until it is committed. Its end may be forgotten
// before the client knows it. What its caller is told must follow from the client's view.
func (h *hosts) transact(plan []order) error {
	var last string
	err := h.client.Transact(h.ctx, func(ctx context.Context, tx *tpc.Tx) error {
		last = tx.Ref().String()
		for _, o := range plan {
			if o.value != "" {
				if err := tx.Put(ctx, o.key, o.value); err != nil {
					return err
				}
				continue
			}
			value, found, err := tx.Get(ctx, o.key)
			if err != nil {
				return err
			}
			h.answers.Told(h.rec, last, fmt.Sprint(o.key, " is ", value), func(state *trace.Record) bool {
				read := state.Record("reads").String(o.key)
				return read == value && found || read == absent && !found
			})
		}
		return nil
	})
	if err == nil {
		h.answers.Told(h.rec, last, "Transact has returned", toolbox.Shows("client", "committed"))
	}
	return toolbox.Allow(err, tpc.ErrUnknown)
}

// idle waits until no node has anything left to do.
func (h *hosts) idle() error {
	return each(func(name string) (err error) {
		waited := h.Eventually(h.ctx, name+" is idle", func() bool {
			var answer string
			answer, err = h.Ask(name, "idle")
			return err != nil || answer == "true"
		})
		return errors.Join(err, waited)
	})
}

// start starts a node, and lets all know where it is.
func (h *hosts) start(name string) error {
	if err := h.Start(name, string(h.policy)); err != nil {
		return err
	}
	err := each(func(other string) error {
		if h.Named(other) == nil {
			return nil
		}
		return h.Introduce(other)
	})
	return errors.Join(err, h.client.Know(name, h.Address(name)))
}

// failpoint is a place in the protocol where a process kills itself: where a record is
// written, or a message arrives at the core or leaves it. The code of the nodes knows
// nothing of it.
type failpoint struct {
	name string // WHEN:WHAT, where WHAT is the kind of a record or the type of a message
	node string // the coordinator, or "participant"
}

// failpoints are all of them, in the order in which a transaction comes by. WHEN is
// "before" the record reaches the disk, "durable" when it is in the log and the core does
// not know that; "sent" when a message is to be sent, "received" when one has arrived; or
// "between" telling one participant and the others.
var failpoints = []failpoint{
	{"before:asked", coordinator}, // before the vote
	{"durable:asked", coordinator},
	{"sent:prepare", coordinator},
	{"received:prepare", "participant"},
	{"before:prepared", "participant"},
	{"durable:prepared", "participant"}, // promised, and not answered
	{"sent:vote", "participant"},
	{"before:decided", coordinator},  // all have voted
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

var processChannel = ssc.Options{Backoff: 5 * time.Millisecond, Network: channels.Failing(9)}

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
	if when == "before" || when == "durable" {
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
	if err := toolbox.Arguments(args, "NODE FOLDER SEED POLICY", &name, &dir, &seed, &policy); err != nil {
		return err
	}
	rec, err := openTrace(dir, name, seed)
	if err != nil {
		return err
	}
	log := filepath.Join(dir, name+".log")
	make := func() (core, error) { return newCore(rec, name, tpc.Policy(policy), childPatience) }
	if err := recordCrash(dir, name, log, make); err != nil {
		return err
	}
	h := &host{}
	if h.core, err = make(); err != nil {
		return err
	}
	server, err := tpc.Serve(h, tpc.ServerOptions{
		Dir: log, Listen: "127.0.0.1:0", Tick: processTick, Channel: processChannel,
		Log: lowwatermark.Options{Preallocate: -1, SegmentSize: 500, SnapshotEvery: 4},
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
		"die":   func() { h.set(words[1]) },
		"idle":  func() { answer = fmt.Sprint(h.Idle()) },
		"quiet": h.Quiet,
	}[words[0]]
	if do == nil {
		return "", fmt.Errorf("%w: %q", toolbox.ErrNoCommand, words)
	}
	err = server.Do(context.Background(), do)
	return answer, err
}
