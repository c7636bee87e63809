package heartbeat

import (
	"maps"
	"slices"
	"time"

	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// times are the spec's constants that are times, in milliseconds.
type times struct{ interval, checkEvery, tolerance, delay, floor, ceiling int }

// bound is the spec's Bound: so long after a disturbance every watcher is right.
func (t times) bound() int { return t.delay + t.ceiling + t.checkEvery }

func inMs(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// environment is what the spec knows of the nodes' environment, kept by what runs
// them. Nothing in it decides what a node does. In traces its node is "environment".
type environment struct {
	rec      *trace.Recorder
	times    times
	senders  []string
	watchers []string

	now       int
	calm      bool
	disturbed int
	alive     map[string]bool
	paused    map[string]bool
	wall      map[string]int
	flying    []*flight
}

// flight is a message under way. After its time it is gone, if it has one; and
// until it has arrived for the first time, it is owed to its receiver.
type flight struct {
	hb.Heartbeat
	by     int
	owed   bool
	copies []int // when each will arrive, where that is known
}

const never = -1

func newEnvironment(rec *trace.Recorder, t times, senders, watchers []string) *environment {
	e := &environment{
		rec: rec, times: t, senders: senders, watchers: watchers,
		alive: map[string]bool{}, paused: map[string]bool{}, wall: map[string]int{},
	}
	for _, n := range e.names() {
		e.wall[n] = 0
	}
	return e
}

func (e *environment) names() []string {
	all := slices.Sorted(slices.Values(slices.Concat(e.senders, e.watchers)))
	return slices.Compact(all)
}

// watched are the senders that a node watches, and hearers the watchers that it sends to. No
// node watches itself.
func (e *environment) watched(n string) []string { return others(n, e.watchers, e.senders) }
func (e *environment) hearers(n string) []string { return others(n, e.senders, e.watchers) }

func others(n string, among, all []string) []string {
	if !slices.Contains(among, n) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(o string) bool { return o == n })
}

// View is what the spec calls View("environment").
func (e *environment) View(o *trace.Object) {
	set := func(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
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

// The steps. Each is refused where the spec does not allow it, except tick and end: there
// the spec says whether the nodes have done what they must.

// tick lets time pass, if there is any.
func (e *environment) tick(to int) {
	if to <= e.now {
		return
	}
	e.now = to
	e.drop(func(f *flight) bool { return f.by != never && f.by < to })
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
	e.drop(func(f *flight) bool { return f.To == n })
	e.step("Crash").String("target", n).State(e)
	return nil
}

// lose takes a message that is under way, with all its copies.
func (e *environment) lose(h hb.Heartbeat) error {
	if f := e.find(h); f == nil || f.owed {
		return hb.ErrNotAllowed
	}
	e.drop(func(f *flight) bool { return f.Heartbeat == h })
	e.step("Lose").Object("message", &h).State(e)
	return nil
}

// end records that now everything must be as it should.
func (e *environment) end() { e.step("End").State(e) }

// started notes that a node has started, which records that itself.
func (e *environment) started(n string) { e.alive[n], e.disturbed = true, e.now }

// sent notes that a heartbeat is under way.
func (e *environment) sent(h hb.Heartbeat) *flight {
	f := &flight{Heartbeat: h, by: never, owed: e.calm && e.alive[h.To]}
	if e.calm {
		f.by = e.now + e.times.delay
	}
	e.flying = append(e.flying, f)
	return f
}

// find finds a heartbeat that is under way, or nil.
func (e *environment) find(h hb.Heartbeat) *flight {
	at := slices.IndexFunc(e.flying, func(f *flight) bool { return f.Heartbeat == h })
	if at < 0 {
		return nil
	}
	return e.flying[at]
}

func (e *environment) drop(gone func(*flight) bool) { e.flying = slices.DeleteFunc(e.flying, gone) }
