package requestwaitinglist

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// ID is the key of an entry. It goes with a request and comes back with the answer. No two
// requests of a node have the same, if no two processes of it have the same incarnation.
type ID struct{ Incarnation, Number uint64 }

// Outcome is how a call has ended.
type Outcome string

// The outcomes of a call.
const (
	Success Outcome = "success" // enough nodes have said yes
	Failure Outcome = "failure" // too few nodes are left for it to succeed
	Expired Outcome = "expired" // its deadline has passed
	Unknown Outcome = "unknown" // the node has stepped down
)

// Log is what the trace shows as the group of a call that waits for an index. No peer may
// have that name.
const Log = "log"

// Ended is a call that has ended.
type Ended struct {
	Call    uint64
	Outcome Outcome
}

// call is a call that waits.
type call struct {
	group    []string
	quorum   int
	index    uint64 // of the log; 0 for a call to peers
	yes, no  int
	heard    map[string]bool // the peers that are counted in these
	deadline uint64          // in microseconds of the clock
	entries  []uint64        // that it has had
}

type entry struct {
	call uint64
	peer string
}

// Core is the list without goroutines, locks and clock: a method for each step of the spec,
// and a function for each of its rules. A step that the present state does not allow
// returns ErrNotAllowed and changes nothing. Only one goroutine at a time may use it.
type Core struct {
	name string
	rec  *trace.Recorder

	incarnation uint64
	leads       bool
	mark        uint64 // the high-water mark of the log
	now         uint64 // microseconds
	last        uint64 // the last number that a call or an entry has got
	calls       map[uint64]*call
	pending     map[uint64]entry
	due         []Ended // their clients are to be told
}

// NewCore returns a list that has not started: its first step is Restart.
func NewCore(name string, rec *trace.Recorder) *Core {
	return &Core{name: name, rec: rec, calls: map[uint64]*call{}, pending: map[uint64]entry{}}
}

// Restart begins the node's next process, with an incarnation of its own.
func (c *Core) Restart(incarnation uint64) error {
	if !IsNew(c.incarnation, incarnation) {
		return ErrNotAllowed
	}
	*c = *NewCore(c.name, c.rec)
	c.incarnation = incarnation
	c.step("Restart").Uint("incarnation", incarnation).State(c)
	return nil
}

// Lead lets the node begin calls.
func (c *Core) Lead() error {
	if c.leads {
		return ErrNotAllowed
	}
	c.leads = true
	c.step("Lead").State(c)
	return nil
}

// StepDown ends all calls.
func (c *Core) StepDown() error {
	if !c.leads {
		return ErrNotAllowed
	}
	c.leads = false
	c.end(c.those((*call).IsAbandoned), AbandonedOutcome())
	c.step("StepDown").State(c)
	return nil
}

// Begin begins a call to a group of peers, and returns its number. The timeout is in
// microseconds.
func (c *Core) Begin(group []string, quorum int, timeout uint64) (uint64, error) {
	if !c.MayBegin() || quorum < 1 || quorum > len(group) || timeout == 0 || slices.Contains(group, Log) {
		return 0, ErrNotAllowed
	}
	c.last++
	c.calls[c.last] = &call{group: group, quorum: quorum, heard: map[string]bool{}, deadline: c.now + timeout}
	c.step("Begin").Set("group", group...).Int("quorum", quorum).Uint("timeout", timeout).State(c)
	return c.last, nil
}

// Wait begins a call that waits until the high-water mark has come to an index.
func (c *Core) Wait(index, timeout uint64) (uint64, error) {
	if !c.MayBegin() || index == 0 || timeout == 0 {
		return 0, ErrNotAllowed
	}
	c.last++
	if c.IsReached(index) {
		c.due = append(c.due, Ended{c.last, Success})
	} else {
		c.calls[c.last] = &call{group: []string{Log}, quorum: 1, index: index, deadline: c.now + timeout}
	}
	c.step("Wait").Uint("index", index).Uint("timeout", timeout).State(c)
	return c.last, nil
}

// Ask makes an entry for a request to a peer of the call's group, its first or another one,
// and returns the entry's ID.
func (c *Core) Ask(number uint64, peer string) (ID, error) {
	one := c.calls[number]
	if one == nil || one.index > 0 || !slices.Contains(one.group, peer) || !one.MayCount(peer) {
		return ID{}, ErrNotAllowed
	}
	c.last++
	c.pending[c.last] = entry{number, peer}
	one.entries = append(one.entries, c.last)
	c.step("Ask").Uint("call", number).String("peer", peer).State(c)
	return ID{c.incarnation, c.last}, nil
}

// Send is taken before a request leaves.
func (c *Core) Send(number, call uint64, peer string) error {
	if !c.MaySend(number, call, peer) {
		return ErrNotAllowed
	}
	c.step("Send").Uint("number", number).Uint("call", call).String("peer", peer).State(c)
	return nil
}

// SendFails is taken when the transport says that a request will not be answered: its peer
// counts as one that says no. It returns the call for which that counts, 0 for none, and
// the peer.
func (c *Core) SendFails(number uint64) (call uint64, peer string, err error) {
	e, ok := c.pending[number]
	if !ok {
		return 0, "", ErrNotAllowed
	}
	call = c.count(number, false)
	c.step("SendFails").Uint("number", number).State(c)
	return call, e.peer, nil
}

// Receive takes the answer of a peer to a request. It returns the call for which the answer
// counts; 0 if it is late, has come before, or counts for none.
func (c *Core) Receive(id ID, from string, yes bool) (call uint64) {
	if e, ok := c.pending[id.Number]; ok && c.IsOurs(id) && e.peer == from {
		call = c.count(id.Number, yes)
	}
	c.step("Receive").Record("request", func(o *trace.Object) {
		o.Uint("incarnation", id.Incarnation).Uint("number", id.Number).String("to", from)
	}).Bool("yes", yes).State(c)
	return call
}

// count takes an entry off the list and counts its peer. It returns the call for which the
// peer counts, 0 if it was counted before.
func (c *Core) count(number uint64, yes bool) (counted uint64) {
	e := c.pending[number]
	delete(c.pending, number)
	one := c.calls[e.call]
	if one.MayCount(e.peer) {
		counted, one.heard[e.peer] = e.call, true
		if yes {
			one.yes++
		} else {
			one.no++
		}
	}
	if one.HasQuorum() {
		c.end([]uint64{e.call}, Success)
	} else if one.IsImpossible() {
		c.end([]uint64{e.call}, Failure)
	}
	return counted
}

// Advance says that the high-water mark has come to an index.
func (c *Core) Advance(high uint64) error {
	if high <= c.mark {
		return ErrNotAllowed
	}
	c.mark = high
	c.end(c.those(func(one *call) bool { return one.index > 0 && IsCompleted(one.index, high) }), Success)
	c.step("Advance").Uint("high", high).State(c)
	return nil
}

// Tick says what the monotonic clock reads, in microseconds.
func (c *Core) Tick(now uint64) error {
	if now <= c.now {
		return ErrNotAllowed
	}
	c.now = now
	c.step("Tick").Uint("to", now).State(c)
	return nil
}

// Sweep ends the calls whose deadline has passed.
func (c *Core) Sweep() error {
	expired := c.those(c.IsExpired)
	if len(expired) == 0 {
		return ErrNotAllowed
	}
	c.end(expired, Expired)
	c.step("Sweep").State(c)
	return nil
}

// Idle says whether no client waits.
func (c *Core) Idle() bool { return len(c.calls)+len(c.due) == 0 }

// Quiet records, for an observer, that no client waits.
func (c *Core) Quiet() { c.step("Quiet").State(c) }

// Incarnation is that of the node's process.
func (c *Core) Incarnation() uint64 { return c.incarnation }

// Next is the call that Tell would return.
func (c *Core) Next() (e Ended, ok bool) {
	if len(c.due) > 0 {
		e, ok = c.due[0], true
	}
	return e, ok
}

// Tell returns the oldest call that has ended, and whose client was not told. The caller
// tells it.
func (c *Core) Tell() (Ended, error) {
	e, ok := c.Next()
	if !ok {
		return e, ErrNotAllowed
	}
	c.due = c.due[1:]
	c.step("Tell").Uint("incarnation", c.incarnation).Uint("call", e.Call).String("outcome", string(e.Outcome)).State(c)
	return e, nil
}

// those are the calls of which something holds, by index and then by age. Calls to peers
// have the index 0.
func (c *Core) those(holds func(*call) bool) []uint64 {
	var list []uint64
	for number, one := range c.calls {
		if holds(one) {
			list = append(list, number)
		}
	}
	slices.SortFunc(list, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(c.calls[a].index, c.calls[b].index), cmp.Compare(a, b))
	})
	return list
}

// end lets calls end.
func (c *Core) end(ended []uint64, outcome Outcome) {
	for _, number := range ended {
		if MustTell(outcome) {
			c.due = append(c.due, Ended{number, outcome})
		}
		if Leaves(outcome) {
			for _, n := range c.calls[number].entries {
				delete(c.pending, n)
			}
			delete(c.calls, number)
		}
	}
}

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// View implements trace.Viewer: the spec's View(node).
func (c *Core) View(o *trace.Object) {
	o.Uint("incarnation", c.incarnation).Bool("leads", c.leads).Uint("mark", c.mark).Uint("now", c.now)
	o.Uint("last", c.last)
	calls, pending := slices.Sorted(maps.Keys(c.calls)), slices.Sorted(maps.Keys(c.pending))
	o.Objects("calls", len(calls), func(i int) trace.Viewer { return shownCall{calls[i], c.calls[calls[i]]} })
	o.Objects("pending", len(pending), func(i int) trace.Viewer { return shownEntry{pending[i], c.pending[pending[i]]} })
	o.Objects("due", len(c.due), func(i int) trace.Viewer { return c.due[i] })
}

// View implements trace.Viewer.
func (e Ended) View(o *trace.Object) { o.Uint("call", e.Call).String("outcome", string(e.Outcome)) }

type shownCall struct {
	number uint64
	*call
}

func (s shownCall) View(o *trace.Object) {
	o.Uint("call", s.number).Set("group", s.group...).Int("quorum", s.quorum).Uint("index", s.index)
	o.Int("yes", s.yes).Int("no", s.no).Set("heard", slices.Sorted(maps.Keys(s.heard))...).Uint("deadline", s.deadline)
}

type shownEntry struct {
	number uint64
	entry
}

func (s shownEntry) View(o *trace.Object) {
	o.Uint("number", s.number).Uint("call", s.entry.call).String("peer", s.peer)
}
