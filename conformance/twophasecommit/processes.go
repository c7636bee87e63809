package twophasecommit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/trace"
)

// processesPatience is after how long a run gives up. It never runs out unless
// something does not happen at all.
const processesPatience = 2 * time.Minute

// processesRuns is how many runs have all points between them.
const processesRuns = 6

// awayTries is how many times a run tries to let the coordinator stay away, with
// twice the patience each time. Each try takes two transactions.
const awayTries = 4

// processes lets the coordinator and three participants be processes, which kill
// themselves in every phase of a transaction and are started again on their
// files. The clients are here. At the end all is quiet.
func processes(ctx context.Context, run conformance.Run) (err error) {
	ctx, cancel := context.WithTimeout(ctx, processesPatience)
	defer cancel()
	rec, err := openTrace(run.Dir, withClients, run.Seed)
	if err != nil {
		return err
	}
	p := &production{
		ctx: ctx, run: run, rng: rand.New(&shared{from: rand.NewPCG(uint64(run.Seed), 19)}), policy: policies[run.Seed%3],
		running: map[string]*process{}, addrs: map[string]string{}, patience: leastPatience,
	}
	tpc.Configure(rec, p.policy)
	p.client, err = tpc.NewClient(tpc.ClientOptions{
		Name: "client", Coordinator: coordinator, Home: home, Retry: 2 * processTick, Channel: processChannel, Trace: rec,
	})
	if err == nil {
		err = errors.Join(p.play(), p.client.Close())
	}
	err = errors.Join(err, p.end(), rec.Close())
	var files []string
	for _, name := range append([]string{withClients}, nodes()...) {
		files = append(files, traceFile(run.Dir, name))
	}
	return errors.Join(err, run.WriteMerged(files...))
}

// shared is a source of chance for several goroutines.
type shared struct {
	mu   sync.Mutex
	from rand.Source
}

func (s *shared) Uint64() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from.Uint64()
}

// production is one run.
type production struct {
	ctx     context.Context
	run     conformance.Run
	rng     *rand.Rand
	policy  tpc.Policy
	client  *tpc.Client
	running map[string]*process
	addrs   map[string]string

	// patience is for how many ticks a participant waits for a client. A process
	// learns it when it starts. It grows where it shows to be too short for this
	// machine.
	patience int

	mu    sync.Mutex
	begun uint64 // the last number
	kept  int    // how many are kept for the end
}

func (p *production) play() error {
	for _, name := range nodes() {
		if err := p.start(name); err != nil {
			return err
		}
	}
	var chosen []point
	for i, at := range points {
		if int64(i%processesRuns) == p.run.Seed%processesRuns {
			chosen = append(chosen, at)
		}
	}
	if p.run.Long {
		for _, i := range p.rng.Perm(len(points))[:3] {
			chosen = append(chosen, points[i])
		}
	}
	away := p.run.Seed%processesRuns == 1 || p.run.Seed%processesRuns == 2 // in two runs, because it takes long
	away = away && p.policy != tpc.Error                                   // with that, nobody waits
	p.kept = mostNumbers - usualNumbers
	if away {
		p.kept = 2 * awayTries
	}
	plans := workload(p.run.Seed, len(chosen), len(chosen))
	for i, at := range chosen {
		if err := p.kill(at, plans[i], len(chosen)-i); err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
	}
	if away {
		if err := p.away(); err != nil {
			return fmt.Errorf("coordinator away: %w", err)
		}
	}
	return p.quiet()
}

// kill lets a process kill itself at a point, and starts it again. Meanwhile
// there is a transaction that leads to that point, and another one, if there is
// room for that in so many such runs as are still to come.
func (p *production) kill(at point, op operation, still int) error {
	victim := at.node
	if victim != coordinator {
		victim = participants[p.rng.IntN(len(participants))]
	}
	if err := p.arm(victim, at.name); err != nil {
		return err
	}
	dead := (<-chan struct{})(p.running[victim].dead)
	var under []chan error // the transactions that are under way
	begin := func(plan []order, rollBack bool) {
		done := make(chan error, 1)
		under = append(under, done)
		go func() { done <- p.transact(plan, rollBack) }()
	}
	if p.left() > still+2 {
		begin(op.plan(), op.Kind%4 == 0)
	}
	for !isClosed(dead) {
		if p.left() < 1 {
			return fmt.Errorf("%s has not come there", victim)
		}
		begin(p.leading(victim), false)
		for len(under) > 0 && !isClosed(dead) {
			select {
			case <-dead:
			case err := <-under[0]:
				if err != nil {
					return err
				}
				under = under[1:]
			}
		}
		if err := p.idleOr(dead); err != nil { // it may come after the client has its answer
			return err
		}
	}
	err := p.start(victim)
	for _, done := range under {
		err = errors.Join(err, <-done)
	}
	return err
}

// leading is a plan that comes by all points of a participant, and by those of
// the coordinator.
func (p *production) leading(victim string) []order {
	here := 0
	for i, name := range participants {
		if name == victim {
			here = i
		}
	}
	there := (here + 1 + p.rng.IntN(2)) % 3
	plan := []order{
		{key: keys[here+3]},
		{key: keys[here], value: values[p.rng.IntN(len(values))]},
		{key: keys[there], value: values[p.rng.IntN(len(values))]},
	}
	p.rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return plan
}

// begin begins a transaction, of some age.
func (p *production) begin(age int) (*tpc.Tx, error) {
	tx, err := p.client.BeginAt(p.ctx, int64(age))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = max(p.begun, tx.Ref().Number)
	return tx, nil
}

// left is how many transactions there may still be, those that are kept not
// counted.
func (p *production) left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return mostNumbers - p.kept - int(p.begun)
}

// transact carries out a plan, and takes it well if nothing comes of it.
func (p *production) transact(plan []order, rollBack bool) error {
	p.mu.Lock()
	age := p.rng.IntN(mostAges-2) + 2
	p.mu.Unlock()
	tx, err := p.begin(age)
	if err != nil {
		return err
	}
	for _, o := range plan {
		switch {
		case o.key == "": // here, clients do not stop for good
		case o.value == "":
			_, _, err = tx.Get(p.ctx, o.key)
		default:
			err = tx.Put(p.ctx, o.key, o.value)
		}
		if err != nil {
			break
		}
	}
	switch {
	case err != nil:
	case rollBack:
		err = tx.RollBack()
	default:
		err = tx.Commit(p.ctx)
	}
	return harmless(err)
}

// harmless makes nothing of it if a transaction was aborted, or is over and the
// coordinator has forgotten how it ended. What is asked for until the end of the
// run is another matter.
func harmless(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, tpc.ErrAborted) || errors.Is(err, tpc.ErrUnknown) {
		return nil
	}
	return err
}

// errPatience is why a try came to nothing: a node was too slow for the patience of
// another one.
var errPatience = errors.New("the patience of a node has run out")

// away lets the coordinator die when all have promised, or when it has decided, and
// stay away for longer than any node is patient. If the machine is too slow for that,
// it tries again with twice the patience.
func (p *production) away() error {
	for tries := 1; ; tries++ {
		err := p.awayOnce()
		if !errors.Is(err, errPatience) || tries == awayTries {
			return err
		}
		if err := p.morePatience(); err != nil {
			return err
		}
	}
}

// awayOnce is one try. A transaction that wants what was promised waits for all the
// time that the coordinator is away.
func (p *production) awayOnce() error {
	point, want := "before:decided", tpc.ErrAborted
	if p.run.Seed%2 == 0 {
		point, want = "sent:decision", nil
	}
	if err := p.arm(coordinator, point); err != nil {
		return err
	}
	waiting, err := p.begin(0) // of the greatest age: it may wait for all others
	if err != nil {
		return err
	}
	defer func() { _ = waiting.RollBack() }() // unless it is over
	const value = "8"
	tx, committed, err := p.dying(value)
	if err != nil {
		return err
	}
	read := make(chan error, 1)
	go func() {
		got, _, err := waiting.Get(p.ctx, "a")
		if err == nil && (got == value) != (want == nil) {
			err = fmt.Errorf("it has read %q", got)
		}
		read <- err
	}()
	for _, node := range []string{"p1", "p2"} {
		if err := p.asks(node, tx.Ref(), p.patience+5); err != nil {
			return err
		}
	}
	inDoubt, err := p.ask("p1", "status")
	if err != nil {
		return err
	}
	answered := len(read) > 0
	err = p.start(coordinator)
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
	case answered || inDoubt != "false 1 1":
		return fmt.Errorf("a transaction has not waited for one that is in doubt: idle, in doubt, waiting: %s", inDoubt)
	}
	return harmless(waiting.Commit(p.ctx)) // it was begun before, and nothing is left of it
}

// morePatience doubles the patience of all nodes. They are killed and started again
// when nothing is left of earlier transactions.
func (p *production) morePatience() error {
	if err := p.allIdle(); err != nil {
		return err
	}
	p.patience *= 2
	for _, name := range nodes() {
		if err := p.running[name].cmd.Process.Kill(); err != nil {
			return err
		}
		<-p.running[name].dead
		if err := p.start(name); err != nil {
			return err
		}
	}
	return nil
}

// dying begins a transaction during whose commit the coordinator dies.
func (p *production) dying(value string) (tx *tpc.Tx, committed chan error, err error) {
	if tx, err = p.begin(1); err != nil {
		return nil, nil, err
	}
	for _, key := range []string{"a", "b"} {
		if err := tx.Put(p.ctx, key, value); err != nil {
			return nil, nil, patient(err)
		}
	}
	committed = make(chan error, 1)
	go func() { committed <- tx.Commit(p.ctx) }()
	select {
	case <-p.running[coordinator].dead:
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

// asks waits until a participant in doubt has asked so often what became of a
// transaction.
func (p *production) asks(node string, ref tpc.Ref, often int) error {
	for {
		t, err := trace.ReadUnfinished(traceFile(p.run.Dir, node))
		if err != nil {
			return err
		}
		n := 0
		for _, e := range t.Events {
			if e.Step == "Inquire" && e.Args["transaction"] == ref.String() {
				n++
			}
		}
		if n >= often {
			return nil
		}
		if err := p.sleep(5 * processTick); err != nil {
			return fmt.Errorf("%s has asked %d times only: %w", node, n, err)
		}
	}
}

// arm tells a process where it shall kill itself. Before, all that is over must
// be so for everybody: then the process does not come by there with an old
// transaction that somebody must be told of once more, and nothing that is left
// of one is in the way of the next.
func (p *production) arm(victim, name string) error {
	if err := p.allIdle(); err != nil {
		return err
	}
	return p.order(victim, "ok", "die", name)
}

// allIdle waits until no node has anything left to do.
func (p *production) allIdle() error { return p.idleOr(nil) }

// idleOr waits until no node has anything left to do, or one of them has died.
func (p *production) idleOr(dead <-chan struct{}) error {
	for _, name := range nodes() {
		for {
			answer, err := p.ask(name, "status")
			switch {
			case errors.Is(err, errDead) && dead == p.running[name].dead:
				<-dead
				return nil
			case err != nil:
				return err
			case isClosed(dead):
				return nil
			}
			if strings.HasPrefix(answer, "true") {
				break
			}
			if err := p.sleep(processTick); err != nil {
				return fmt.Errorf("%s still has something to do: %w", name, err)
			}
		}
	}
	return nil
}

// quiet waits until nobody has anything left to do, and has everybody say so.
func (p *production) quiet() error {
	if err := p.allIdle(); err != nil {
		return err
	}
	for _, name := range nodes() {
		if err := p.order(name, "ok", "quiet"); err != nil {
			return err
		}
	}
	return nil
}

func (p *production) sleep(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// process is a running node.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	dead  chan struct{}
}

// start starts a node, waits until it listens, and tells everybody where.
func (p *production) start(name string) error {
	cmd := p.run.Command(p.ctx, name, p.run.Dir, fmt.Sprint(p.run.Seed), string(p.policy), fmt.Sprint(p.patience))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	c := &process{cmd: cmd, lines: make(chan string), dead: make(chan struct{})}
	if c.in, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.running[name] = c
	go func() {
		defer close(c.dead)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.lines <- lines.Text()
		}
		_ = cmd.Wait() // if it was killed, it says so
	}()
	addr, err := p.line(name)
	if err != nil {
		return fmt.Errorf("%s does not say where it listens: %w", name, err)
	}
	p.addrs[name] = addr
	if err := p.client.Know(name, addr); err != nil {
		return err
	}
	for other, c := range p.running {
		if other == name || isClosed(c.dead) {
			continue
		}
		for _, pair := range [][2]string{{other, name}, {name, other}} {
			err := p.order(pair[0], "ok", "know", pair[1], p.addrs[pair[1]])
			if err != nil && !isClosed(p.running[pair[0]].dead) {
				return err
			}
		}
	}
	return nil
}

var errDead = errors.New("the process has ended")

// line is what a node says next.
func (p *production) line(name string) (string, error) {
	c := p.running[name]
	select {
	case line := <-c.lines:
		return line, nil
	case <-c.dead:
		return "", errDead
	case <-p.ctx.Done():
		return "", context.Cause(p.ctx)
	}
}

// ask tells a node something, and returns its answer.
func (p *production) ask(name string, words ...string) (string, error) {
	if _, err := fmt.Fprintln(p.running[name].in, strings.Join(words, " ")); err != nil {
		return "", fmt.Errorf("%s: %w: %w", name, errDead, err)
	}
	answer, err := p.line(name)
	if err != nil {
		return "", fmt.Errorf("%s: %s: %w", name, words[0], err)
	}
	return answer, nil
}

// order tells a node something, and says what it must answer.
func (p *production) order(name, want string, words ...string) error {
	answer, err := p.ask(name, words...)
	if err == nil && answer != want {
		err = fmt.Errorf("%s: %s: it says %q, and not %q", name, words[0], answer, want)
	}
	return err
}

// end ends all processes: in peace, if they will.
func (p *production) end() error {
	for _, c := range p.running {
		_ = c.in.Close()
	}
	var failed []error
	for name, c := range p.running {
		select {
		case <-c.dead:
		case <-c.lines: // it says what nobody has asked
			failed = append(failed, fmt.Errorf("%s does not end", name), c.cmd.Process.Kill())
			<-c.dead
		case <-time.After(processesPatience / 4):
			failed = append(failed, fmt.Errorf("%s does not end", name), c.cmd.Process.Kill())
			<-c.dead
		}
	}
	return errors.Join(failed...)
}
