package readrestart

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	rr "github.com/lockstep-tla/lockstep/impl/clockboundwait/readrestart"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestRunsTakeEveryStep(t *testing.T) { conformance.Records(t, &Pattern, "walk") }

// TestPorcupineAcceptsTheRuns lets it judge what the clients of random runs were told. In some run a
// read starts again twice.
func TestPorcupineAcceptsTheRuns(t *testing.T) {
	restarted := uint64(0)
	for seed := range int64(50) {
		var s toolbox.Script
		r := newRestarts(nil)
		r.changed = func(a rr.Attempt) rr.Attempt {
			restarted = max(restarted, a.Restarts)
			return a
		}
		toolbox.Walk(&s, toolbox.Workload[operation](seed, 250, 250), cbw.ErrNotAllowed, r.goOn)
		r.calm(&s)
		require.NoError(t, s.Err(), "seed %d", seed)
		require.NoError(t, r.Judge(), "seed %d", seed)
	}
	require.GreaterOrEqual(t, restarted, uint64(2))
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
	for range width {
		if err := r.serve("c02", "a"); !errors.Is(err, rr.ErrRestart) {
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
		for _, excess := range []uint64{0, width} {
			var s toolbox.Script
			r := newRestarts(nil)
			s.Must(r.Tick(2 * width))
			r.write(&s, r.reading(seed), excess)
			r.read(&s, r.reading(seed/2), excess, func() {})
			require.NoError(t, s.Err())
			if judged := r.Judge(); excess == 0 {
				require.NoError(t, judged, "seed %d", seed)
			} else {
				require.ErrorIs(t, judged, registertest.ErrNotLinearizable, "seed %d", seed)
			}
		}
	}
}

// TestReadRestartRulesOfTheReader breaks the rules that a reader can break, which has the attempt in
// its hands. The spec refuses the trace, and says where. Porcupine refuses what is stale.
func TestReadRestartRulesOfTheReader(t *testing.T) {
	for _, rule := range []struct {
		name    string
		changed func(a rr.Attempt) rr.Attempt
		refused string
		fresh   bool
	}{
		{"none", func(a rr.Attempt) rr.Attempt { return a }, "", true},
		{"LimitOf", func(a rr.Attempt) rr.Attempt { a.Limit = a.Stamp; return a }, "Serve (guard)", false},
		{"IsUncertain", func(a rr.Attempt) rr.Attempt { a.Limit--; return a }, "Serve (guard)", false},
		{"StampAfter", func(a rr.Attempt) rr.Attempt { a.Stamp = 6; return a }, "Restart (guard)", true},
		{"LimitAfter", func(a rr.Attempt) rr.Attempt { a.Limit += a.Restarts; return a }, "Restart (guard)", true},
	} {
		var r *restarts
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			var s toolbox.Script
			r = newRestarts(rec)
			r.changed = rule.changed
			write := func() {
				s.Must(r.Tick(max(9, r.Now+1)))
				r.write(&s, cbw.Interval{Earliest: r.Now, Latest: r.Now + 3}, 0)
			}
			write()
			r.read(&s, cbw.Interval{Earliest: 6, Latest: 9}, 0, write)
			return s.Err()
		})
		if rule.refused == "" {
			require.Empty(t, why, rule.name)
		}
		require.Contains(t, why, rule.refused, rule.name)
		require.Equal(t, rule.fresh, r.Judge() == nil, rule.name)
	}
}
