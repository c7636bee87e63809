package heartbeat

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/clock"
	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/trace"
)

// Options are what a Node is made with. All times are whole milliseconds.
type Options struct {
	// Name is what the others call this node.
	Name string
	// Endpoint is its end of the network, and the node closes it.
	Endpoint network.Endpoint
	// SendTo are the nodes that watch this one, each with its address. May be
	// empty, as for a follower that no node watches.
	SendTo map[string]string
	// Watch are the nodes that this one watches. May be empty.
	Watch []string

	// Interval is how often the node sends a heartbeat; 100 ms if zero.
	Interval time.Duration
	// Delay is how long a heartbeat may take on a day like any other; a fifth
	// of the Interval if zero. The Interval should be longer.
	Delay time.Duration
	// Timeout is the silence that is taken for a crash; ten Intervals if zero.
	// With Phi it is the longest.
	Timeout time.Duration
	// Phi, if it is not nil, learns a shorter window for each peer.
	Phi *PhiOptions
	// CheckEvery is how often the node looks at its peers; the Interval if
	// zero.
	CheckEvery time.Duration
	// Tolerance is how much later than CheckEvery a check may come and still
	// mark a peer down; two of CheckEvery if zero, none if negative.
	Tolerance time.Duration

	// Incarnations remembers how often the node was started. If nil it is forgotten
	// with the process, and then the node should have another name each time.
	Incarnations Incarnations
	// Clock is what the node reads the time from; the machine's if nil.
	Clock clock.Clock
	// OnChange, if it is not nil, is told of every peer that goes down or comes
	// up again. It is called without locks, by the goroutine that found out;
	// while it runs, Run finds out nothing else.
	OnChange func(Change)
	// Trace records the steps, if it is not nil.
	Trace *trace.Recorder
}

// Change says that the status of a peer has changed.
type Change struct {
	Peer        string
	Status      Status
	Incarnation uint64 // of the peer, as heard last; 0 if it was never heard
}

// complete returns the options with the defaults filled in, or says what is
// wrong with them.
func (o Options) complete() (Options, error) {
	bad := func(format string, args ...any) (Options, error) {
		return Options{}, fmt.Errorf("%w: "+format, append([]any{ErrOptions}, args...)...)
	}
	if err := checkName(o.Name); err != nil {
		return bad("%w", err)
	}
	if o.Endpoint == nil {
		return bad("there is no Endpoint")
	}
	for name := range o.SendTo {
		if err := checkName(name); err != nil {
			return bad("SendTo: %w", err)
		}
	}
	for i, name := range o.Watch {
		if err := checkName(name); err != nil {
			return bad("Watch: %w", err)
		}
		if name == o.Name || slices.Contains(o.Watch[:i], name) {
			return bad("Watch has %q, which is the node itself or there twice", name)
		}
	}
	if _, ok := o.SendTo[o.Name]; ok {
		return bad("SendTo has the node itself")
	}
	o.setTimes()
	for name, t := range map[string]time.Duration{
		"Interval": o.Interval, "Delay": o.Delay, "Timeout": o.Timeout, "CheckEvery": o.CheckEvery, "Tolerance": o.Tolerance,
	} {
		if t < 0 || t%time.Millisecond != 0 || t.Milliseconds() > math.MaxInt32/4 {
			return bad("%s is %v; it must be whole milliseconds, and less than a week", name, t)
		}
	}
	switch {
	case o.Timeout <= o.Interval+o.Delay:
		return bad("a peer that is well may be silent for an Interval of %v and a Delay of %v, and a Timeout of %v marks it down", o.Interval, o.Delay, o.Timeout)
	case o.CheckEvery > o.Timeout:
		return bad("CheckEvery is %v, longer than the Timeout of %v", o.CheckEvery, o.Timeout)
	}
	if o.Phi != nil {
		phi, err := o.Phi.check()
		if err != nil {
			return Options{}, err
		}
		o.Phi = &phi
	}
	if o.Incarnations == nil {
		o.Incarnations = IncarnationsInMemory()
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	return o, nil
}

// setTimes fills in the times that are zero.
func (o *Options) setTimes() {
	set := func(t *time.Duration, otherwise time.Duration) {
		if *t == 0 {
			*t = otherwise
		}
	}
	set(&o.Interval, 100*time.Millisecond)
	set(&o.Delay, (o.Interval / 5).Truncate(time.Millisecond))
	set(&o.Timeout, 10*o.Interval)
	set(&o.CheckEvery, o.Interval)
	set(&o.Tolerance, 2*o.CheckEvery)
	o.Tolerance = max(o.Tolerance, 0)
}

// core is what the node's Core is made with. Options must be complete.
func (o Options) core(incarnations uint64) CoreConfig {
	timeout := o.Timeout.Milliseconds()
	c := CoreConfig{
		Name: o.Name, Sends: len(o.SendTo) > 0, Watched: slices.Sorted(slices.Values(o.Watch)),
		Interval: o.Interval.Milliseconds(), CheckEvery: o.CheckEvery.Milliseconds(), Tolerance: o.Tolerance.Milliseconds(),
		Floor: timeout, Ceiling: timeout,
		Incarnations: incarnations, Trace: o.Trace,
		Detector: func() Detector { return Fixed{timeout} },
	}
	if o.Phi != nil {
		// Not less than what a peer that is well may need, and one more.
		c.Floor = (o.Interval + o.Delay).Milliseconds() + 1
		c.Detector = func() Detector { return &Phi{options: *o.Phi} }
	}
	return c
}
