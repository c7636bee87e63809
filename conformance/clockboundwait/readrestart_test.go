package clockboundwait

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/clockboundwait/readrestart"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

// restartSpec is ReadRestart with its own Steps and the models without its rules. They stand in a
// folder of their own, because a folder has one Steps module.
func restartSpec(t *testing.T) fs.FS {
	return toolbox.Joined(t,
		toolbox.Part{Folder: specs.Of("clockboundwait"), Files: []string{"*ReadRestart.*"}},
		toolbox.Part{Folder: specs.Of("clockboundwait/readrestart"), Files: []string{"*.tla", "*.cfg", "broken/*.cfg"}},
		toolbox.Part{Folder: specs.Of("majorityquorum"), Files: []string{"AtomicRegister.tla", "RegularRegister.tla"}})
}

// restarts are keys, and clients that write and read them.
type restarts struct {
	truth
	rec     *trace.Recorder
	keys    map[string]*readrestart.Versions
	open    map[string]*call // by client
	changed func(readrestart.Attempt) readrestart.Attempt
	events  int64
	history map[string][]porcupine.Operation // by key
}

// call is an operation under way.
type call struct {
	key       string
	attempt   *readrestart.Attempt // of a read
	installed bool                 // of a write
	porcupine.Operation
}

// View adds what the spec's View of a client has that writes.
func (c *call) View(o *trace.Object) { new(readrestart.Attempt).View(o) }

func newRestarts(rec *trace.Recorder) *restarts {
	r := &restarts{truth: truth{rec: rec}, rec: rec, keys: map[string]*readrestart.Versions{},
		open: map[string]*call{}, history: map[string][]porcupine.Operation{},
		changed: func(a readrestart.Attempt) readrestart.Attempt { return a }}
	for _, key := range keys {
		r.keys[key] = readrestart.NewVersions(key, rec)
	}
	return r
}

// begin notes the call of a client that has no other.
func (r *restarts) begin(client, key string) (*call, error) {
	if r.open[client] != nil {
		return nil, cbw.ErrNotAllowed
	}
	r.events++
	c := &call{key: key, Operation: porcupine.Operation{Call: r.events}}
	r.open[client] = c
	return c, nil
}

// end notes that it has returned.
func (r *restarts) end(client string, output any) {
	c := r.open[client]
	r.events++
	c.Output, c.Return = output, r.events
	r.history[c.key] = append(r.history[c.key], c.Operation)
	delete(r.open, client)
}

func (r *restarts) send(client, key string) error {
	c, err := r.begin(client, key)
	if err != nil {
		return err
	}
	c.Input = fmt.Sprint(client, r.events)
	r.rec.Step("Send").String("node", client).String("key", key).State(c)
	return nil
}

// under is the open call of a client on a key, if it is a read, or a write.
func (r *restarts) under(client, key string, read bool) (*call, error) {
	c := r.open[client]
	if c == nil || c.key != key || (c.attempt != nil) != read {
		return nil, cbw.ErrNotAllowed
	}
	return c, nil
}

func (r *restarts) install(client, key string, reading cbw.Interval) error {
	c, err := r.under(client, key, false)
	if err != nil || c.installed {
		return cbw.ErrNotAllowed
	}
	_, err = r.keys[key].Install(client, c.Input.(string), reading)
	c.installed = err == nil
	return err
}

func (r *restarts) acknowledge(client, key string) error {
	c, err := r.under(client, key, false)
	if err != nil || !c.installed {
		return cbw.ErrNotAllowed
	}
	r.rec.Step("Acknowledge").String("node", client).String("key", key).State(c)
	r.end(client, nil)
	return nil
}

func (r *restarts) ask(client, key string, reading cbw.Interval) error {
	c, err := r.begin(client, key)
	if err != nil {
		return err
	}
	a := r.changed(readrestart.NewAttempt(client, key, reading, r.rec))
	c.attempt = &a
	return nil
}

func (r *restarts) serve(client, key string) error {
	c, err := r.under(client, key, true)
	if err != nil {
		return err
	}
	e, err := r.keys[key].Serve(*c.attempt)
	if err == nil {
		r.end(client, e.Value)
	}
	return err
}

func (r *restarts) restart(client, key string) error {
	c, err := r.under(client, key, true)
	if err != nil {
		return err
	}
	a, err := r.keys[key].Restart(*c.attempt)
	*c.attempt = r.changed(a)
	return err
}

// newRestartSystem is the bounded model's key and clients, driven step by step.
func newRestartSystem(rec *trace.Recorder) (conformance.System, error) {
	r := newRestarts(rec)
	may := func(do func(client, key string, reading cbw.Interval) error, client, key string) toolbox.Step {
		return func(a *trace.Record) error {
			reading := cbw.Interval{Earliest: a.Uint("earliest"), Latest: a.Uint("latest")}
			if reading.Earliest > r.now || r.now > reading.Latest {
				return cbw.ErrNotAllowed
			}
			return do(a.String(client), a.String(key), reading)
		}
	}
	plain := func(do func(client, key string) error) toolbox.Step {
		return func(a *trace.Record) error { return do(a.String("node"), a.String("key")) }
	}
	return &toolbox.Steps{Refusal: cbw.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Tick":        func(a *trace.Record) error { return r.tick(a.Uint("time")) },
		"Send":        plain(r.send),
		"Install":     may(r.install, "client", "node"),
		"Acknowledge": plain(r.acknowledge),
		"Ask":         may(r.ask, "node", "key"),
		"Serve": func(a *trace.Record) error {
			client, key := a.String("client"), a.String("node")
			c, err := r.under(client, key, true)
			if err != nil || r.keys[key].Answer(*c.attempt).Version != a.Uint("answer") {
				return cbw.ErrNotAllowed
			}
			if err := r.serve(client, key); !errors.Is(err, readrestart.ErrRestart) {
				return err
			}
			return cbw.ErrNotAllowed
		},
		"Restart": plain(r.restart),
		"End":     toolbox.Claim(func() bool { return len(r.open) == 0 }, r.truth.end),
	}}, nil
}

const (
	restartWidth = 4 // of the clocks' intervals
	restartTime  = 200
)

var restartClients = toolbox.Names("c", 4)

func restartHeader(seed int64) trace.Header {
	h := header("restarts", seed)
	h.Spec = "ReadRestart"
	delete(h.Constants, "Node")
	times := make([]int, restartTime+1)
	for i := range times {
		times[i] = i
	}
	h.Constants["Client"], h.Constants["Time"] = trace.Values(restartClients), trace.Values(times)
	h.Constants["Width"] = restartWidth
	return h
}

// reading is what a clock reads that is within its bound.
func (r *restarts) reading(by uint8) cbw.Interval {
	from := r.now - min(r.now, uint64(by)%(restartWidth+1))
	return cbw.Interval{Earliest: from, Latest: max(r.now, from+uint64(by/16)%(restartWidth+1))}
}

// goOn takes the next step of a client: it begins an operation, or goes on with its own.
func (r *restarts) goOn(op operation) error {
	client, key := toolbox.Pick(restartClients, op.Node), toolbox.Pick(keys, op.Key)
	switch c := r.open[client]; {
	case op.What%4 == 0 && r.now < restartTime-restartWidth:
		return r.tick(r.now + 1)
	case c == nil && op.Home%2 == 0:
		return r.send(client, key)
	case c == nil:
		return r.ask(client, key, r.reading(op.Time))
	case c.attempt != nil:
		if err := r.serve(client, c.key); !errors.Is(err, readrestart.ErrRestart) {
			return err
		}
		return r.restart(client, c.key)
	case c.installed:
		return r.acknowledge(client, c.key)
	default:
		return r.install(client, c.key, r.reading(op.Time))
	}
}

// calm lets time pass, and ends all operations.
func (r *restarts) calm(s *toolbox.Script) {
	for range restartWidth + 1 {
		s.Must(r.tick(r.now + 1))
	}
	for i, client := range restartClients {
		for r.open[client] != nil {
			s.Must(r.goOn(operation{What: 1, Node: uint8(i)}))
		}
		s.Must(r.tick(r.now + 1))
	}
	r.truth.end()
}

// judge lets porcupine judge the histories.
func (r *restarts) judge() bool {
	for _, history := range r.history {
		if !porcupine.CheckOperations(registertest.Model, history) {
			return false
		}
	}
	return true
}

// TestReadRestartKeepsItsPromise searches its models, and those without its rules.
func TestReadRestartKeepsItsPromise(t *testing.T) {
	conformance.Holds(t, restartSpec(t))
}

// TestReadRestartIsDriven drives the code along the bounded model.
func TestReadRestartIsDriven(t *testing.T) {
	conformance.Explores(t, restartSpec(t), newRestartSystem)
}

// TestReadRestartFollowsItsSpec lets clients take random steps: the spec accepts the traces,
// and porcupine what the clients were told.
func TestReadRestartFollowsItsSpec(t *testing.T) {
	var traces []*trace.Trace
	restarted := uint64(0)
	for seed := int64(1); seed <= 10; seed++ {
		run := conformance.Run{Seed: seed, Path: filepath.Join(t.TempDir(), fmt.Sprint(seed))}
		require.NoError(t, toolbox.Record(run, restartHeader(seed), func(rec *trace.Recorder) error {
			var s toolbox.Script
			r := newRestarts(rec)
			r.changed = func(a readrestart.Attempt) readrestart.Attempt {
				restarted = max(restarted, a.Restarts)
				return a
			}
			toolbox.Walk(&s, toolbox.Workload[operation](seed, 250, 250), cbw.ErrNotAllowed, r.goOn)
			r.calm(&s)
			require.True(t, r.judge(), "seed %d: %v", seed, r.history)
			return s.Err()
		}))
		recorded, err := trace.ReadFile(run.Path)
		require.NoError(t, err)
		traces = append(traces, recorded)
	}
	require.GreaterOrEqual(t, restarted, uint64(2), "no read has started again twice")
	conformance.Accepts(t, restartSpec(t), traces...)
}

// write lets a client write a key, whose clock is ahead of its interval by so much.
func (r *restarts) write(s *toolbox.Script, reading cbw.Interval, ahead uint64) {
	reading.Earliest, reading.Latest = reading.Earliest+ahead, reading.Latest+ahead
	s.Must(r.send("c01", "a"))
	s.Must(r.install("c01", "a", reading))
	s.Must(r.acknowledge("c01", "a"))
}

// read lets a client read it, with a clock that is behind. Before it starts again, meanwhile is
// called. It gives up after a while.
func (r *restarts) read(s *toolbox.Script, reading cbw.Interval, behind uint64, meanwhile func()) {
	reading.Earliest, reading.Latest = reading.Earliest-behind, reading.Latest-behind
	s.Must(r.ask("c02", "a", reading))
	for range restartWidth {
		if err := r.serve("c02", "a"); !errors.Is(err, readrestart.ErrRestart) {
			s.Must(err)
			return
		}
		s.Must(r.restart("c02", "a"))
		meanwhile()
	}
}

// TestReadRestartNeedsItsBound has clocks that are wrong by more than they say. Porcupine refuses
// what the clients were told then.
func TestReadRestartNeedsItsBound(t *testing.T) {
	for seed := range uint8(200) {
		for _, excess := range []uint64{0, restartWidth} {
			var s toolbox.Script
			r := newRestarts(nil)
			s.Must(r.tick(2 * restartWidth))
			r.write(&s, r.reading(seed), excess)
			r.read(&s, r.reading(seed/2), excess, func() {})
			require.NoError(t, s.Err())
			require.Equal(t, excess == 0, r.judge(), "seed %d, excess %d: %v", seed, excess, r.history)
		}
	}
}

// TestReadRestartRulesOfTheReader breaks the rules that a reader can break, which has the attempt in
// its hands. The spec refuses the trace, and says where. Porcupine refuses what is stale.
func TestReadRestartRulesOfTheReader(t *testing.T) {
	for _, rule := range []struct {
		name    string
		changed func(a readrestart.Attempt) readrestart.Attempt
		refused string
		fresh   bool
	}{
		{"none", func(a readrestart.Attempt) readrestart.Attempt { return a }, "", true},
		{"LimitOf", func(a readrestart.Attempt) readrestart.Attempt { a.Limit = a.Stamp; return a }, "Serve (guard)", false},
		{"IsUncertain", func(a readrestart.Attempt) readrestart.Attempt { a.Limit--; return a }, "Serve (guard)", false},
		{"StampAfter", func(a readrestart.Attempt) readrestart.Attempt { a.Stamp = 6; return a }, "Restart (guard)", true},
		{"LimitAfter", func(a readrestart.Attempt) readrestart.Attempt { a.Limit += a.Restarts; return a }, "Restart (guard)", true},
	} {
		var r *restarts
		why := toolbox.Refusal(t, restartSpec(t), restartHeader(0), func(rec *trace.Recorder) error {
			var s toolbox.Script
			r = newRestarts(rec)
			r.changed = rule.changed
			write := func() {
				s.Must(r.tick(max(9, r.now+1)))
				r.write(&s, cbw.Interval{Earliest: r.now, Latest: r.now + 3}, 0)
			}
			write()
			r.read(&s, cbw.Interval{Earliest: 6, Latest: 9}, 0, write)
			return s.Err()
		})
		if rule.refused == "" {
			require.Empty(t, why, rule.name)
		}
		require.Contains(t, why, rule.refused, rule.name)
		require.Equal(t, rule.fresh, r.judge(), rule.name)
	}
}
