package heartbeat

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Reading is what a node's monotonic clock shows, in milliseconds. So are all
// lengths of time that a Core is given.
type Reading int64

// Status is a watcher's view of a peer.
type Status string

const (
	Up   Status = "up"   // it is heard, or has not been silent for long enough
	Down Status = "down" // it has been silent for a whole window
)

// Heartbeat says that a node was alive when it sent it.
type Heartbeat struct {
	From, To    string
	Incarnation uint64 // of the sender
	Sequence    uint64 // which heartbeat of this incarnation, from 1
}

// View adds the heartbeat's fields to a trace.
func (h *Heartbeat) View(o *trace.Object) {
	o.String("from", h.From).String("to", h.To).Count("incarnation", h.Incarnation).Uint("sequence", h.Sequence)
}

// CoreConfig is what a Core is made with. It is not checked; Options are.
type CoreConfig struct {
	Name         string
	Sends        bool     // it sends heartbeats
	Watched      []string // the peers that it watches
	Interval     int64    // between two heartbeats
	CheckEvery   int64    // how often it checks
	Tolerance    int64    // how much later a check may come
	Floor        int64    // the shortest window
	Ceiling      int64    // the longest one, and that of a peer not yet heard
	Incarnations uint64   // how many incarnations the node has had
	Detector     func() Detector
	Trace        *trace.Recorder
}

// Core is one node without goroutines, clock and network: a method for each
// step of the spec, and one for each of its rules. The time comes with the
// steps. A step that the present state does not allow returns ErrNotAllowed
// and changes nothing. Only one goroutine at a time may use a Core.
type Core struct {
	config      CoreConfig
	running     bool
	incarnation uint64
	sequence    uint64
	sent        Reading
	busy        bool
	lastCheck   Reading
	peers       map[string]*peer
}

// peer is what a watcher knows of another node.
type peer struct {
	incarnation uint64 // of the newest heartbeat that was heard; 0: of none
	sequence    uint64
	heard       Reading // when; or when the node began to listen
	window      int64   // a silence of this length is taken for a crash
	status      Status
	detector    Detector
	regular     bool // nothing has kept the next heartbeat back, as far as we know
}

// NewCore returns a node that has not started.
func NewCore(config CoreConfig) *Core {
	return &Core{config: config, incarnation: config.Incarnations, peers: map[string]*peer{}}
}

// The rules. Each is one reason why this works. Another one is Node.Reading.

// Elapsed is what has passed between two readings, in the unit of the windows.
func Elapsed(from, to Reading) int64 { return int64(to - from) }

// NextIncarnation is the number of the incarnation after the given number of them.
// Every incarnation of a process has a number of its own.
func NextIncarnation(incarnations uint64) uint64 { return incarnations + 1 }

// IsNewer reports whether a heartbeat was sent after all that were heard of the
// peer. Only then does it count.
func (c *Core) IsNewer(h Heartbeat, p *peer) bool {
	return h.Incarnation > p.incarnation || h.Incarnation == p.incarnation && h.Sequence > p.sequence
}

// MayAdapt reports whether a peer may have this window: never so short that a peer
// that is well is marked down, nor so long that a crash goes unnoticed.
func (c *Core) MayAdapt(window int64) bool {
	return c.config.Floor <= window && window <= c.config.Ceiling
}

// Judged returns the peers that a check looks at: all, also those that were never
// heard.
func (c *Core) Judged() []string { return c.config.Watched }

// MayJudge reports whether a check may mark a peer down. A watcher that comes late
// to its own check was standing still itself.
func (c *Core) MayJudge(at Reading) bool {
	return Elapsed(c.lastCheck, at) <= c.config.CheckEvery+c.config.Tolerance
}

// AfterPause gives a peer a whole window again, because this node has not listened
// meanwhile.
func (c *Core) AfterPause(p *peer, at Reading) { p.heard = at }

// IsSilent reports whether a peer was not heard for a whole window.
func (c *Core) IsSilent(p *peer, at Reading) bool { return Elapsed(p.heard, at) >= p.window }

// The steps.

// Start begins the node's next incarnation, which has heard no peer.
func (c *Core) Start(at Reading) error {
	if c.running {
		return ErrNotAllowed
	}
	c.running = true
	c.incarnation = NextIncarnation(c.incarnation)
	c.sequence, c.sent, c.busy = 0, at, false
	c.lastCheck = at
	for _, name := range c.config.Watched {
		c.peers[name] = &peer{heard: at, window: c.config.Ceiling, status: Up, detector: c.config.Detector()}
	}
	c.step("Start").Int("at", int(at)).State(c)
	return nil
}

// Send makes the node's next heartbeat, which is for all its watchers. It waits for
// nothing, not for a flush either.
func (c *Core) Send(at Reading) (Heartbeat, error) {
	if !c.running || !c.config.Sends {
		return Heartbeat{}, ErrNotAllowed
	}
	c.sequence++
	c.sent = at
	c.step("Send").Int("at", int(at)).State(c)
	return Heartbeat{From: c.config.Name, Incarnation: c.incarnation, Sequence: c.sequence}, nil
}

// Block notes that the node waits for a flush from now on.
func (c *Core) Block() error {
	if !c.running || c.busy {
		return ErrNotAllowed
	}
	c.busy = true
	c.step("Block").State(c)
	return nil
}

// Unblock notes that it waits no longer.
func (c *Core) Unblock() error {
	if !c.running || !c.busy {
		return ErrNotAllowed
	}
	c.busy = false
	c.step("Unblock").State(c)
	return nil
}

// Receive takes a heartbeat that is newer than all before. It reports whether the peer was down.
func (c *Core) Receive(h Heartbeat, at Reading) (revived bool, err error) {
	p := c.peers[h.From]
	if p == nil || h.To != c.config.Name || !c.IsNewer(h, p) {
		return false, ErrNotAllowed
	}
	if p.regular && p.status == Up && h.Incarnation == p.incarnation {
		p.detector.Learn(Elapsed(p.heard, at))
	}
	revived = p.status == Down
	p.incarnation, p.sequence, p.heard, p.status, p.regular = h.Incarnation, h.Sequence, at, Up, true
	p.window = p.detector.Window()
	if !c.MayAdapt(p.window) {
		p.window = min(max(p.window, c.config.Floor), c.config.Ceiling)
	}
	c.step("Receive").Int("at", int(at)).Object("message", &h).Int("window", int(p.window)).State(c)
	return revived, nil
}

// Ignore takes a heartbeat that comes late or again, and says nothing.
func (c *Core) Ignore(h Heartbeat) error {
	p := c.peers[h.From]
	if p == nil || h.To != c.config.Name || c.IsNewer(h, p) {
		return ErrNotAllowed
	}
	c.step("Ignore").Object("message", &h).State(c)
	return nil
}

// Check looks at all peers and marks down those that are silent. It returns the names
// of those that were up until now.
func (c *Core) Check(at Reading) (lost []string, err error) {
	if !c.watching() || !c.MayJudge(at) {
		return nil, ErrNotAllowed
	}
	c.lastCheck = at
	for _, name := range c.Judged() {
		if p := c.peers[name]; p.status == Up && c.IsSilent(p, at) {
			p.status = Down
			lost = append(lost, name)
		}
	}
	c.step("Check").Int("at", int(at)).State(c)
	return lost, nil
}

// Forgive takes the place of a check that comes too late to mark a peer down.
func (c *Core) Forgive(at Reading) error {
	if !c.watching() || c.MayJudge(at) {
		return ErrNotAllowed
	}
	c.lastCheck = at
	for _, p := range c.peers {
		c.AfterPause(p, at)
		p.regular = false
	}
	c.step("Forgive").Int("at", int(at)).State(c)
	return nil
}

// IsDue reports whether it is time for the next heartbeat.
func (c *Core) IsDue(at Reading) bool { return Elapsed(c.sent, at) >= c.config.Interval }

// IsCheckDue reports whether it is time for the next check.
func (c *Core) IsCheckDue(at Reading) bool { return Elapsed(c.lastCheck, at) >= c.config.CheckEvery }

func (c *Core) watching() bool { return c.running && len(c.config.Watched) > 0 }

// step begins to record a step.
func (c *Core) step(name string) *trace.Step {
	return c.config.Trace.Step(name).String("node", c.config.Name)
}

// View adds what the spec's View(node) has: what the node knows.
func (c *Core) View(o *trace.Object) {
	o.Count("incarnation", c.incarnation).Uint("sequence", c.sequence).Int("sent", int(c.sent)).Bool("busy", c.busy)
	lastCheck := c.lastCheck
	if len(c.config.Watched) == 0 {
		lastCheck = 0 // it makes no checks
	}
	o.Int("lastCheck", int(lastCheck))
	o.Record("peers", func(o *trace.Object) {
		for _, name := range slices.Sorted(maps.Keys(c.peers)) {
			o.Object(name, c.peers[name])
		}
	})
}

// View adds what is known of the peer.
func (p *peer) View(o *trace.Object) {
	o.Count("incarnation", p.incarnation).Uint("sequence", p.sequence)
	o.Int("heard", int(p.heard)).Int("window", int(p.window)).String("status", string(p.status))
}

// Sent returns the reading at the last heartbeat, or at the start.
func (c *Core) Sent() Reading { return c.sent }

// LastCheck returns the reading at the last check, or at the start.
func (c *Core) LastCheck() Reading { return c.lastCheck }

// Incarnation returns the number of this incarnation; before Start, of the last one.
func (c *Core) Incarnation() uint64 { return c.incarnation }

// Status returns the status of a peer. Before Start the node knows none.
func (c *Core) Status(name string) (Status, bool) {
	p := c.peers[name]
	if p == nil {
		return "", false
	}
	return p.status, true
}

// Suspicion returns how near a peer is to being marked down: at 1 the next
// check does so.
func (c *Core) Suspicion(name string, at Reading) (float64, bool) {
	p := c.peers[name]
	if p == nil {
		return 0, false
	}
	return p.detector.Suspicion(Elapsed(p.heard, at), p.window), true
}
