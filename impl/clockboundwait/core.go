package clockboundwait

import (
	"cmp"
	"math"
	"slices"

	"github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// Interval is a reading of a clock: the true time lies in it, ends included. The unit and
// the beginning of the count are those of the Clock, which all nodes must have in common.
type Interval struct{ Earliest, Latest uint64 }

// MaxTime is the last moment that a clock may read. Stamps go beyond it by one for each request
// that comes while the clock stands still there.
const MaxTime = math.MaxInt64 / 2

// Request is a read that has its stamp, on its way to the node that has the key.
type Request struct {
	From, To, Key string
	Stamp         uint64
}

// Core is a node without locks, clock and waits: a method for each step of the spec, and
// one for each of its rules. A step that the present state does not allow returns
// ErrNotAllowed and changes nothing. Only one goroutine at a time may use it.
//
// The owner of a Core calls Arrive when a request has come, Read with a new reading of the
// clock, and then Begin or Ask, before the next Arrive.
type Core struct {
	name string
	rec  *trace.Recorder

	now      Interval  // the last reading
	fresh    bool      // it was taken after the last request came
	arrived  bool      // a request has no stamp yet
	last     uint64    // the last stamp that was given
	pending  []version // the writes that wait, by version
	data     []version // those that are visible, by version
	versions *versionedvalue.Core
}

// version is a write, without its value.
type version struct {
	key     string
	version uint64
}

// NewCore returns a node without versions.
func NewCore(name string, rec *trace.Recorder) *Core {
	return &Core{name: name, rec: rec, versions: versionedvalue.NewCore(nil)}
}

// Read takes a reading of the clock, which may be earlier than the last one.
func (c *Core) Read(now Interval) error {
	if now.Earliest > now.Latest || now.Latest > MaxTime {
		return ErrNotAllowed
	}
	c.now, c.fresh = now, true
	c.step("Read").Uint("earliest", now.Earliest).Uint("latest", now.Latest).State(c)
	return nil
}

// Arrive is taken when a request has come from a client.
func (c *Core) Arrive() error {
	if c.arrived {
		return ErrNotAllowed
	}
	c.arrived, c.fresh = true, false
	c.step("Arrive").State(c)
	return nil
}

// mayStamp says whether a request has come that can get its stamp.
func (c *Core) mayStamp() bool { return c.arrived && c.IsFresh() }

// Begin gives a write its version. It is pending from now on.
func (c *Core) Begin(key, value string) (uint64, error) {
	if !c.mayStamp() {
		return 0, ErrNotAllowed
	}
	stamp := NextStamp(c.last, c.Reading())
	if c.versions.Take(stamp, versionedvalue.Change{Key: key, Value: value}) != nil {
		return 0, ErrNotAllowed // a version is newer
	}
	c.last, c.arrived = stamp, false
	c.pending = append(c.pending, version{key, stamp})
	c.step("Begin").String("key", key).State(c)
	return stamp, nil
}

// Ask gives a read its stamp. The request goes to the node that has the key.
func (c *Core) Ask(to, key string) (Request, error) {
	if !c.mayStamp() {
		return Request{}, ErrNotAllowed
	}
	stamp := NextStamp(c.last, c.Reading())
	c.last, c.arrived = stamp, false
	c.step("Ask").String("home", to).String("key", key).State(c)
	return Request{From: c.name, To: to, Key: key, Stamp: stamp}, nil
}

// Commit makes a write visible. Its client may be told so.
func (c *Core) Commit(version uint64) error {
	at, ok := find(c.pending, version)
	if !ok || !c.MayCommit(version) {
		return ErrNotAllowed
	}
	must(c.versions.Install(version))
	must(c.versions.Abandon(version)) // what is installed stays, and no caller waits for it
	place, _ := find(c.data, version)
	c.data = slices.Insert(c.data, place, c.pending[at])
	c.pending = slices.Delete(c.pending, at, at+1)
	c.step("Commit").Uint("version", version).State(c)
	return nil
}

// Abandon gives up a pending write. It never becomes visible.
func (c *Core) Abandon(version uint64) error {
	at, ok := find(c.pending, version)
	if !ok {
		return ErrNotAllowed
	}
	must(c.versions.Abandon(version))
	c.pending = slices.Delete(c.pending, at, at+1)
	c.step("Abandon").Uint("version", version).State(c)
	return nil
}

// Serve answers a read. A key without a value has the version 0.
func (c *Core) Serve(r Request) (versionedvalue.Entry, error) {
	if r.To != c.name || !c.MayServe(r) || !c.IsSettled(r) {
		return versionedvalue.Entry{}, ErrNotAllowed
	}
	e := c.Answer(r)
	c.step("Serve").String("from", r.From).String("key", r.Key).Uint("stamp", r.Stamp).
		Uint("answer", e.Version).State(c)
	return e, nil
}

// Answer is what Serve would return: the newest version at or below the read's stamp. Above
// the newest visible version there are only pending writes.
func (c *Core) Answer(r Request) versionedvalue.Entry {
	at := c.ReadsAt(r)
	if !c.versions.IsVisible(at) {
		at = c.visible()
	}
	must(c.versions.Open(at))
	defer func() { must(c.versions.Close(at)) }()
	e, err := c.versions.Read(at, r.Key)
	must(err)
	return e
}

// visible is the newest version below all pending ones.
func (c *Core) visible() uint64 {
	for i := len(c.data) - 1; i >= 0; i-- {
		if v := c.data[i].version; c.versions.IsVisible(v) {
			return v
		}
	}
	return 0
}

// Restart begins the next process. Its versions are durable, and what waited is lost.
func (c *Core) Restart() {
	c.versions.Restart()
	c.now, c.fresh, c.arrived, c.pending, c.last = Interval{}, false, false, nil, 0
	if n := len(c.data); n > 0 {
		c.last = c.data[n-1].version
	}
	c.step("Restart").State(c)
}

func find(list []version, v uint64) (int, bool) {
	return slices.BinarySearchFunc(list, v, func(w version, v uint64) int { return cmp.Compare(w.version, v) })
}

// must is for steps of the versions that a pending write, or a visible version, allows.
func must(err error) {
	if err != nil {
		panic("clockboundwait: " + err.Error())
	}
}

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// View adds what the spec's View(node) has.
func (c *Core) View(o *trace.Object) {
	o.Uint("earliest", c.now.Earliest)
	o.Uint("latest", c.now.Latest)
	o.Bool("fresh", c.fresh)
	o.Bool("arrived", c.arrived)
	o.Uint("last", c.last)
	o.Objects("pending", len(c.pending), func(i int) trace.Viewer { return &c.pending[i] })
	o.Objects("data", len(c.data), func(i int) trace.Viewer { return &c.data[i] })
}

// View adds what the spec has of a version.
func (v *version) View(o *trace.Object) {
	o.String("key", v.key)
	o.Uint("ver", v.version)
}
