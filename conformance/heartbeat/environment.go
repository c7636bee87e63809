package heartbeat

import (
	"maps"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// times are the spec's constants that are times, in milliseconds.
type times struct{ interval, checkEvery, tolerance, delay, floor, ceiling int }

// bound is the spec's Bound: so long after a disturbance every watcher is right.
func (t times) bound() int { return t.delay + t.ceiling + t.checkEvery }

// of sets the times among a node's options.
func (t times) of(o *hb.Options) {
	o.Interval, o.Delay, o.Timeout = inMs(t.interval), inMs(t.delay), inMs(t.ceiling)
	o.CheckEvery, o.Tolerance = inMs(t.checkEvery), inMs(t.tolerance)
}

// leap is the longest Tick.
const leap = 1_000_000

// offsets are what wall clocks are set to.
var offsets = []int{0, 40, 3_600_000}

// environment is what the spec knows of the nodes' environment, kept by what runs
// them. Nothing in it decides what a node does. In traces its node is "environment".
type environment struct {
	mu       sync.Mutex
	rec      *trace.Recorder
	answers  *toolbox.Answers
	times    times
	senders  []string
	watchers []string

	now       int
	calm      bool
	disturbed int
	alive     map[string]bool
	paused    map[string]bool
	wall      map[string]int
	flying    map[hb.Heartbeat]*flight
}

// flight is a message under way. After its time it is gone, if it has one; and
// until it has arrived for the first time, it is owed to its receiver.
type flight struct {
	by     int
	owed   bool
	copies int // how many are under way; for a cluster
}

const never = -1

func newEnvironment(rec *trace.Recorder, t times, senders, watchers []string) *environment {
	e := &environment{
		rec: rec, times: t, senders: senders, watchers: watchers,
		alive: map[string]bool{}, paused: map[string]bool{}, wall: map[string]int{}, flying: map[hb.Heartbeat]*flight{},
	}
	for _, n := range e.names() {
		e.wall[n] = 0
	}
	return e
}

func (e *environment) names() []string {
	all := append(slices.Clone(e.senders), e.watchers...)
	slices.Sort(all)
	return slices.Compact(all)
}

// others are the nodes but one: no node watches itself.
func others(nodes []string, o string) []string {
	return slices.DeleteFunc(slices.Clone(nodes), func(n string) bool { return n == o })
}

// View is what the spec calls View("environment").
func (e *environment) View(o *trace.Object) {
	set := func(m map[string]bool) []string {
		return slices.Sorted(maps.Keys(m))
	}
	o.Int("now", e.now).Bool("calm", e.calm).Set("alive", set(e.alive)...).Set("paused", set(e.paused)...)
	o.Record("wall", func(o *trace.Object) {
		for _, n := range e.names() {
			o.Int(n, e.wall[n])
		}
	})
	o.Int("messages", len(e.flying))
}

func (e *environment) step(name string) *trace.Step {
	return e.rec.Step(name).String("node", "environment")
}

// The steps. Each is refused where the spec does not allow it, except Tick and End: there
// the spec says whether the nodes have done what they must.

// tick lets time pass, if there is any.
func (e *environment) tick(to int) {
	if to <= e.now {
		return
	}
	e.now = to
	maps.DeleteFunc(e.flying, func(_ hb.Heartbeat, f *flight) bool { return f.by != never && f.by < to })
	e.step("Tick").Int("to", to).State(e)
}

func (e *environment) beCalm() error {
	if e.calm {
		return hb.ErrNotAllowed
	}
	e.calm, e.disturbed = true, e.now
	clear(e.paused)
	for _, f := range e.flying {
		f.by = e.now + e.times.delay
	}
	e.step("Calm").State(e)
	return nil
}

func (e *environment) pause(n string) error {
	if e.calm || !e.alive[n] || e.paused[n] {
		return hb.ErrNotAllowed
	}
	e.paused[n] = true
	e.step("Pause").String("target", n).State(e)
	return nil
}

func (e *environment) resume(n string) error {
	if !e.paused[n] {
		return hb.ErrNotAllowed
	}
	delete(e.paused, n)
	e.step("Resume").String("target", n).State(e)
	return nil
}

func (e *environment) setClock(n string, offset int) error {
	if e.wall[n] == offset {
		return hb.ErrNotAllowed
	}
	e.wall[n] = offset
	e.step("SetClock").String("target", n).Int("offset", offset).State(e)
	return nil
}

func (e *environment) crash(n string) error {
	if !e.alive[n] {
		return hb.ErrNotAllowed
	}
	delete(e.alive, n)
	delete(e.paused, n)
	e.disturbed = e.now
	maps.DeleteFunc(e.flying, func(h hb.Heartbeat, _ *flight) bool { return h.To == n })
	e.step("Crash").String("target", n).State(e)
	return nil
}

// lose takes a message that is under way, with all its copies.
func (e *environment) lose(h hb.Heartbeat) error {
	if f := e.flying[h]; f == nil || f.owed {
		return hb.ErrNotAllowed
	}
	delete(e.flying, h)
	e.step("Lose").Object("message", &h).State(e)
	return nil
}

// end records that now everything must be as it should.
func (e *environment) end() { e.step("End").State(e) }

// started is to be called before a node starts, which records that itself.
func (e *environment) started(n string) {
	e.alive[n] = true
	e.disturbed = e.now
}

// sent notes that a heartbeat is under way to all watchers of the sender.
func (e *environment) sent(h hb.Heartbeat) {
	for _, o := range others(e.watchers, h.From) {
		h.To = o
		f := &flight{by: never, owed: e.calm && e.alive[o]}
		if e.calm {
			f.by = e.now + e.times.delay
		}
		e.flying[h] = f
	}
}

// arrived notes that a message has come to its receiver.
func (e *environment) arrived(h hb.Heartbeat) {
	if f := e.flying[h]; f != nil {
		f.owed = false
	}
}

// inEnvironment records what do does in an environment.
func inEnvironment(run conformance.Run, scenario string, t times, senders, watchers []string, do func(*environment) error) error {
	h := trace.Header{
		Spec: "HeartBeat", Scenario: scenario, Seed: run.Seed,
		Constants: map[string]trace.Value{
			"Sender": trace.Values(senders), "Watcher": trace.Values(watchers),
			"Interval": t.interval, "CheckEvery": t.checkEvery, "Tolerance": t.tolerance, "Delay": t.delay,
			"Floor": t.floor, "Ceiling": t.ceiling, "Offset": trace.Values(offsets), "Leap": leap,
		},
	}
	return toolbox.RecordAnswers(run, h, func(rec *trace.Recorder, answers *toolbox.Answers) error {
		e := newEnvironment(rec, t, senders, watchers)
		e.answers = answers
		return do(e)
	})
}
