package heartbeat

import (
	"maps"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// times are the spec's constants that are times, in milliseconds.
type times struct{ interval, checkEvery, tolerance, delay, floor, ceiling int }

// bound is the spec's Bound: so long after a disturbance everybody is right.
func (t times) bound() int { return t.delay + t.ceiling + t.checkEvery }

// leap is the longest Tick.
const leap = 1_000_000

// offsets are what wall clocks are set to.
var offsets = []int{0, 40, 3_600_000}

// worldNode is the node of what no node does.
const worldNode = "world"

// world is what the spec knows of the world, kept by those who run it. Nothing
// in it decides what a node does.
type world struct {
	mu       sync.Mutex
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
	flying    map[hb.Heartbeat]*flight
}

// flight is a message under way. After its time it is gone, if it has one; and
// until it has arrived for the first time, it is owed to its receiver.
type flight struct {
	by   int
	owed bool
}

const never = -1

func newWorld(rec *trace.Recorder, t times, senders, watchers []string) *world {
	w := &world{
		rec: rec, times: t, senders: senders, watchers: watchers,
		alive: map[string]bool{}, paused: map[string]bool{}, wall: map[string]int{}, flying: map[hb.Heartbeat]*flight{},
	}
	for _, n := range w.nodes() {
		w.wall[n] = 0
	}
	return w
}

func (w *world) nodes() []string {
	all := append(slices.Clone(w.senders), w.watchers...)
	slices.Sort(all)
	return slices.Compact(all)
}

// watched are those whom a watcher watches.
func watched(senders []string, o string) []string {
	return slices.DeleteFunc(slices.Clone(senders), func(n string) bool { return n == o })
}

func header(scenario string, seed int64, t times, senders, watchers []string) trace.Header {
	return trace.Header{
		Spec: "HeartBeat", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Sender": trace.Values(senders), "Watcher": trace.Values(watchers),
			"Interval": t.interval, "CheckEvery": t.checkEvery, "Tolerance": t.tolerance, "Delay": t.delay,
			"Floor": t.floor, "Ceiling": t.ceiling, "Offset": trace.Values(offsets), "Leap": leap,
		},
	}
}

// View is what the spec calls View("world").
func (w *world) View(o *trace.Object) {
	set := func(m map[string]bool) []string {
		return slices.Sorted(maps.Keys(m))
	}
	o.Int("now", w.now).Bool("calm", w.calm).Set("alive", set(w.alive)...).Set("paused", set(w.paused)...)
	o.Record("wall", func(o *trace.Object) {
		for _, n := range w.nodes() {
			o.Int(n, w.wall[n])
		}
	})
	o.Int("messages", len(w.flying))
}

func (w *world) step(name string) *trace.Step { return w.rec.Step(name).String("node", worldNode) }

// The steps. They are recorded without a look at whether the spec allows them.

// tick lets time pass, if there is any.
func (w *world) tick(to int) {
	if to <= w.now {
		return
	}
	w.now = to
	maps.DeleteFunc(w.flying, func(_ hb.Heartbeat, f *flight) bool { return f.by != never && f.by < to })
	w.step("Tick").Int("to", to).State(w)
}

func (w *world) beCalm() {
	w.calm, w.disturbed = true, w.now
	clear(w.paused)
	for _, f := range w.flying {
		f.by = w.now + w.times.delay
	}
	w.step("Calm").State(w)
}

func (w *world) pause(n string) {
	w.paused[n] = true
	w.step("Pause").String("who", n).State(w)
}

func (w *world) resume(n string) {
	delete(w.paused, n)
	w.step("Resume").String("who", n).State(w)
}

func (w *world) setClock(n string, offset int) {
	w.wall[n] = offset
	w.step("SetClock").String("who", n).Int("offset", offset).State(w)
}

// started is to be called before a node starts, which records that itself.
func (w *world) started(n string) {
	w.alive[n] = true
	w.disturbed = w.now
}

func (w *world) crash(n string) {
	delete(w.alive, n)
	delete(w.paused, n)
	w.disturbed = w.now
	maps.DeleteFunc(w.flying, func(h hb.Heartbeat, _ *flight) bool { return h.To == n })
	w.step("Crash").String("who", n).State(w)
}

// sent notes that a heartbeat is under way to all who watch the sender.
func (w *world) sent(h hb.Heartbeat) {
	for _, o := range w.watchers {
		if o == h.From {
			continue
		}
		h.To = o
		f := &flight{by: never, owed: w.calm && w.alive[o]}
		if w.calm {
			f.by = w.now + w.times.delay
		}
		w.flying[h] = f
	}
}

// arrived notes that a message has come to its receiver.
func (w *world) arrived(h hb.Heartbeat) {
	if f := w.flying[h]; f != nil {
		f.owed = false
	}
}

// lose notes that no copy of a message is under way any more.
func (w *world) lose(h hb.Heartbeat) {
	if f := w.flying[h]; f == nil || f.owed {
		return // gone anyway, or the network has broken its word, which Tick will show
	}
	delete(w.flying, h)
	w.step("Lose").Object("message", &h).State(w)
}

// end records that now everything must be as it should.
func (w *world) end() { w.step("End").State(w) }

// recorded makes a world with a trace of its own, lets do run it, and finishes
// the trace even if that fails.
func recorded(run conformance.Run, scenario string, t times, senders, watchers []string, do func(*world) error) (err error) {
	rec, err := trace.Create(run.Path, header(scenario, run.Seed, t, senders, watchers))
	if err != nil {
		return err
	}
	err = do(newWorld(rec, t, senders, watchers))
	if closed := rec.Close(); err == nil {
		err = closed
	}
	return err
}
