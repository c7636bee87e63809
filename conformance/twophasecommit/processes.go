package twophasecommit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// processesRuns is how many runs have all failpoints between them.
const processesRuns = 6

// leastPatience is for how many ticks a participant waits for a client at first: 5 s.
// The coordinator waits twice as long until a transaction is decided.
const leastPatience = 250

// awayTries is how many times a run tries to let the coordinator stay away, with twice
// the patience each time. Each try takes two transactions.
const awayTries = 4

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
		Processes: toolbox.NewProcesses(ctx, run), ctx: ctx, run: run, rec: rec, rng: rand.New(rand.NewPCG(uint64(run.Seed), 19)),
		policy: toolbox.Pick(policies, run.Seed), patience: leastPatience, kept: mostNumbers - usualNumbers,
	}
	tpc.Configure(rec, h.policy)
	h.client, err = tpc.NewClient(tpc.ClientOptions{
		Name: client, Coordinator: coordinator, Placement: placement, Retry: 2 * processTick, Channel: processChannel, Trace: rec,
	})
	if err == nil {
		err = errors.Join(h.killAll(), h.client.Close())
	}
	err = errors.Join(err, h.Close(conformance.WaitLimit()), rec.Close(), toolbox.Merge(run, recorders()))
	return errors.Join(err, h.answers.Check(toolbox.TraceFile(run.Dir, client)))
}

// hosts are the processes of one run, and its clients.
type hosts struct {
	*toolbox.Processes
	ctx     context.Context
	run     conformance.Run
	rec     *trace.Recorder // of the clients
	answers toolbox.Answers
	rng     *rand.Rand
	policy  tpc.Policy
	client  *tpc.Client

	// patience is for how many ticks a participant waits for a client. A process learns
	// it when it starts. It grows when it shows to be too short for this machine.
	patience int

	mu    sync.Mutex
	begun uint64 // the last number
	kept  int    // how many are kept for the end
}

// killAll kills processes at this run's share of the failpoints.
func (h *hosts) killAll() error {
	for _, name := range nodes() {
		if err := h.start(name); err != nil {
			return err
		}
	}
	var chosen []failpoint
	for i, at := range failpoints {
		if int64(i%processesRuns) == h.run.Seed%processesRuns {
			chosen = append(chosen, at)
		}
	}
	if h.run.Long {
		for _, i := range h.rng.Perm(len(failpoints))[:3] {
			chosen = append(chosen, failpoints[i])
		}
	}
	away := h.run.Seed%processesRuns == 1 || h.run.Seed%processesRuns == 2 // in two runs, because it takes long
	away = away && h.policy != tpc.NoWait
	if away {
		h.kept = 2 * awayTries
	}
	for i, a := range toolbox.Workload[action](h.run.Seed, len(chosen), len(chosen)) {
		if err := h.kill(chosen[i], a, len(chosen)-i); err != nil {
			return fmt.Errorf("%s: %w", chosen[i].name, err)
		}
	}
	if away {
		if err := h.away(); err != nil {
			return fmt.Errorf("coordinator away: %w", err)
		}
	}
	if err := h.idle(nil); err != nil {
		return err
	}
	for _, name := range nodes() {
		if err := h.Order(name, "ok", "quiet"); err != nil {
			return err
		}
	}
	return nil
}

// kill lets a process kill itself at a failpoint, and starts it again. Meanwhile there
// is a transaction that leads to that point. There is another one if enough numbers are
// left for the kills that are still to come.
func (h *hosts) kill(at failpoint, a action, still int) error {
	victim := at.node
	if victim != coordinator {
		victim = toolbox.Pick(participants, h.rng.IntN(len(participants)))
	}
	if err := h.arm(victim, at.name); err != nil {
		return err
	}
	dead := h.Named(victim)
	underWay, done := 0, make(chan error, mostNumbers) // transactions
	begin := func(plan []order, rollBack bool) {
		underWay++
		age := h.rng.IntN(mostAges-2) + 2
		go func() { done <- h.transact(age, plan, rollBack) }()
	}
	if h.left() > still+2 {
		begin(a.plan(), a.Kind%4 == 0)
	}
	for !dead.HasEnded() {
		if h.left() < 1 {
			return fmt.Errorf("%s has not come there", victim)
		}
		begin(h.leading(victim), false)
		for underWay > 0 && !dead.HasEnded() {
			select {
			case <-dead.Ended():
			case err := <-done:
				if underWay--; err != nil {
					return err
				}
			}
		}
		if err := h.idle(dead); err != nil { // it may come there after the client has its answer
			return err
		}
	}
	err := h.start(victim)
	for ; underWay > 0; underWay-- {
		err = errors.Join(err, <-done)
	}
	return err
}

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

// begin begins a transaction, of some age.
func (h *hosts) begin(age int) (*tpc.Tx, error) {
	tx, err := h.client.BeginAt(h.ctx, int64(age))
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begun = max(h.begun, tx.Ref().Number)
	return tx, nil
}

// left is how many transactions may still begin, without those that are kept.
func (h *hosts) left() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return mostNumbers - h.kept - int(h.begun)
}

// transact carries out a plan. The transaction may be aborted, or its end be forgotten
// before its client knows it. Here, clients do not stop for good.
func (h *hosts) transact(age int, plan []order, rollBack bool) error {
	tx, err := h.begin(age)
	if err != nil {
		return err
	}
	for _, o := range plan {
		switch {
		case err != nil || o.key == "":
		case o.value == "":
			err = h.get(tx, o.key)
		default:
			err = tx.Put(h.ctx, o.key, o.value)
		}
	}
	switch {
	case err != nil:
	case rollBack:
		err = tx.RollBack()
	default:
		err = tx.Commit(h.ctx)
		h.told(tx, err)
	}
	return h.harmless(err)
}

// get reads a key. The client's view must have the value that its caller is told, as its
// own or as what it has read.
func (h *hosts) get(tx *tpc.Tx, key string) error {
	value, found, err := tx.Get(h.ctx, key)
	if err == nil {
		h.answers.Told(h.rec, tx.Ref().String(), fmt.Sprint(key, " is ", value), func(state *trace.Record) bool {
			known := state.Record("writes")
			if !known.Has(key) {
				known = state.Record("reads")
			}
			return known.String(key) == value && found || known.String(key) == absent && !found
		})
	}
	return err
}

// told notes what a client's caller was told of the end of its transaction.
func (h *hosts) told(tx *tpc.Tx, err error) {
	outcome := "committed"
	switch {
	case errors.Is(err, tpc.ErrAborted):
		outcome = "aborted"
	case err != nil:
		return
	}
	h.answers.Told(h.rec, tx.Ref().String(), "Commit says "+outcome, toolbox.Shows("client", outcome))
}

// harmless leaves out the errors that a transaction may end with, unless the run is
// over.
func (h *hosts) harmless(err error) error {
	return errors.Join(h.ctx.Err(), toolbox.Allow(err, tpc.ErrAborted, tpc.ErrUnknown))
}

// errPatience is why a try came to nothing: a node or client was too slow for the
// patience of another one.
var errPatience = errors.New("the patience of a node has run out")

// away lets the coordinator die when all have promised, or when it has decided, and
// stay away for longer than any participant is patient. If the machine is too slow for
// that, it tries again with twice the patience.
func (h *hosts) away() error {
	for tries := 1; ; tries++ {
		err := h.awayOnce()
		if !errors.Is(err, errPatience) || tries == awayTries {
			return err
		}
		if err := h.bePatient(2 * h.patience); err != nil {
			return err
		}
	}
}

// awayOnce is one try. A transaction that wants what was promised waits for all the
// time that the coordinator is away.
func (h *hosts) awayOnce() error {
	at, want := "before:decided", tpc.ErrAborted
	if h.run.Seed%2 == 0 {
		at, want = "sent:decision", nil
	}
	if err := h.arm(coordinator, at); err != nil {
		return err
	}
	waiting, err := h.begin(0) // the oldest: it may wait for all others
	if err != nil {
		return err
	}
	defer func() { _ = waiting.RollBack() }() // unless it is over
	const value = "8"
	tx, committed, err := h.inDoubt(value)
	if err != nil {
		return err
	}
	read := make(chan error, 1)
	go func() {
		got, _, err := waiting.Get(h.ctx, "a")
		if err == nil && (got == value) != (want == nil) {
			err = fmt.Errorf("it has read %q", got)
		}
		read <- err
	}()
	for _, p := range []string{"p1", "p2"} {
		if err := h.inquires(p, tx.Ref(), h.patience+5); err != nil {
			return err
		}
	}
	status, err := h.Ask("p1", "status")
	if err != nil {
		return err
	}
	answered := len(read) > 0
	err = h.start(coordinator)
	if failed := <-committed; !errors.Is(failed, want) && !errors.Is(failed, tpc.ErrUnknown) { // forgotten before its client has asked again
		err = errors.Join(err, fmt.Errorf("the coordinator has come back, and says: %w", failed))
	}
	got := <-read
	switch {
	case err != nil:
		return err
	case errors.Is(got, tpc.ErrAborted): // its client was too slow to show that it is there
		return fmt.Errorf("%w: %w", errPatience, got)
	case got != nil:
		return got
	case answered || status != "false 1 1":
		return fmt.Errorf("a transaction has not waited for one that is in doubt; idle, in doubt, waiting: %s", status)
	}
	return h.harmless(waiting.Commit(h.ctx)) // it was begun before the crash, and is aborted
}

// inDoubt begins a transaction during whose commit the coordinator dies.
func (h *hosts) inDoubt(value string) (tx *tpc.Tx, committed chan error, err error) {
	if tx, err = h.begin(1); err != nil {
		return nil, nil, err
	}
	for _, key := range []string{"a", "b"} {
		if err := tx.Put(h.ctx, key, value); err != nil {
			return nil, nil, patient(err)
		}
	}
	committed = make(chan error, 1)
	go func() { committed <- tx.Commit(h.ctx) }()
	select {
	case <-h.Named(coordinator).Ended():
		return tx, committed, nil
	case err := <-committed:
		return nil, nil, fmt.Errorf("the coordinator has not died: %w", patient(err))
	}
}

// patient says of an abort that patience has run out: there is no other reason for it
// where no transaction is in the way.
func patient(err error) error {
	if errors.Is(err, tpc.ErrAborted) {
		return fmt.Errorf("%w: %w", errPatience, err)
	}
	return err
}

// bePatient starts all nodes again, with another patience, when nothing is left of
// earlier transactions.
func (h *hosts) bePatient(ticks int) error {
	if err := h.idle(nil); err != nil {
		return err
	}
	h.patience = ticks
	for _, name := range nodes() {
		p := h.Named(name)
		if _, err := h.Ask(name, "now"); !errors.Is(err, toolbox.ErrEnded) { // between two steps, all of which it has recorded
			return fmt.Errorf("%s has not died: %w", name, err)
		}
		<-p.Ended()
		if err := h.start(name); err != nil {
			return err
		}
	}
	return nil
}

// inquires waits until a participant in doubt has inquired so often what became of a
// transaction.
func (h *hosts) inquires(node string, ref tpc.Ref, often int) error {
	return h.until(func() (bool, error) {
		t, err := trace.ReadUnfinished(toolbox.TraceFile(h.run.Dir, node))
		if err != nil {
			return false, err
		}
		n := 0
		for _, e := range t.Events {
			if e.Step == "Inquire" && e.Args["transaction"] == ref.String() {
				n++
			}
		}
		return n >= often, nil
	})
}

// arm sets the failpoint of a process when all nodes are idle: then the process does
// not come there because of an old transaction, whose decision it sends again, and
// nothing that is left of one is in the way of the next.
func (h *hosts) arm(victim, at string) error {
	if err := h.idle(nil); err != nil {
		return err
	}
	return h.Order(victim, "ok", "die", at)
}

// idle waits until no node has anything left to do, or one that may die has died.
func (h *hosts) idle(mayDie *toolbox.Process) error {
	for _, name := range nodes() {
		err := h.until(func() (bool, error) {
			answer, err := h.Ask(name, "status")
			if mayDie != nil && (mayDie.HasEnded() || errors.Is(err, toolbox.ErrEnded) && h.Named(name) == mayDie) {
				<-mayDie.Ended()
				return true, nil
			}
			return strings.HasPrefix(answer, "true"), err
		})
		if err != nil {
			return fmt.Errorf("%s is not idle: %w", name, err)
		}
	}
	return nil
}

// until waits until something holds. It looks once in some ticks.
func (h *hosts) until(holds func() (bool, error)) error {
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-time.After(2 * processTick):
		case <-h.ctx.Done():
			return context.Cause(h.ctx)
		}
	}
}

// start starts a node, and lets all know where it is.
func (h *hosts) start(name string) error {
	ticks := h.patience
	if name == coordinator {
		ticks *= 2
	}
	if err := h.Start(name, string(h.policy), fmt.Sprint(ticks)); err != nil {
		return err
	}
	for _, other := range nodes() {
		p := h.Named(other)
		if p == nil || p.HasEnded() {
			continue
		}
		if err := h.Introduce(other); err != nil && !p.HasEnded() {
			return err
		}
	}
	return h.client.Know(name, h.Address(name))
}
