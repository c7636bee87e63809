package conformance

import (
	"context"
	"io/fs"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/falsify"
	"github.com/lockstep-tla/lockstep/conformance/internal/mutation"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Checker holds code against specs with one installation of TLC. It is safe for
// concurrent use, once its fields are set; each call runs TLC processes of its
// own.
type Checker struct {
	TLC      *tlc.TLC
	MemoryMB int           // heap of one TLC run, in MiB; 0 is a quarter of the machine's memory
	Timeout  time.Duration // of one TLC run; 0 means none
	Parallel int           // how many TLC processes may run at once; 0 means one
	// Progress, if set, is told now and then how much of the present work is
	// done; a total of 0 is one that is not known. It may be called from
	// several goroutines at once.
	Progress func(work string, done, total int)

	once   sync.Once
	runner *run.Runner
}

// Runner is what the packages behind this one check with.
func (c *Checker) Runner() *run.Runner {
	c.once.Do(func() {
		c.runner = &run.Runner{
			TLC: c.TLC, MemoryMB: c.MemoryMB, Timeout: c.Timeout, Parallel: c.Parallel, Progress: c.Progress,
		}
	})
	return c.runner
}

// Replay holds traces against a spec and returns a verdict for each, in the
// same order. Any number of traces go through one run of TLC, unless their
// headers give different constants. The error is for what kept the check from
// being made at all; if it wraps ErrInput, the spec is at fault.
func (c *Checker) Replay(ctx context.Context, s *Spec, traces []*trace.Trace) ([]Verdict, error) {
	return replay.Replay(ctx, c.Runner(), s, traces)
}

// Explore drives the code along paths that together take every transition of
// the spec's bounded model, and compares what the code records at each. In
// every state it also tries each step that the spec refuses there: the code
// must refuse it. Each System is used by one goroutine, and closed before the
// next one is made. The error is for what kept the check from being made; if it
// wraps ErrInput, the spec is at fault.
func (c *Checker) Explore(ctx context.Context, s *Spec, system func(*trace.Recorder) (System, error)) (*Exploration, error) {
	return explore.Explore(ctx, c.Runner(), s, system)
}

// Explain says why a trace was refused, for which Replay gave the verdict. The
// error is for what kept it from asking at all; what it could not find out
// stands in the explanation's Notes.
func (c *Checker) Explain(ctx context.Context, s *Spec, t *trace.Trace, v Verdict) (*Explanation, error) {
	return explain.Explain(ctx, c.Runner(), s, t, v)
}

// Spec is a spec with its Steps module, ready to be checked against. It is
// immutable and safe for concurrent use.
type Spec = spec.Spec

// Load reads a spec from a folder that holds XSteps.tla, XSteps.cfg and the
// modules that XSteps extends. Further modules are looked up in the library
// folders. All errors wrap ErrInput.
func Load(folder fs.FS, library ...fs.FS) (*Spec, error) { return spec.Load(folder, library...) }

// ErrInput is wrapped by every error about something that the user gave: a
// folder without a Steps module, a trace with an unknown step. It is neither a
// verdict nor a failure of the checker.
var ErrInput = spec.ErrInput

// Verdict is what became of one trace: the Outcome and, if it is Rejected, the
// Step and Event that the spec does not allow, with the Reason.
type Verdict = report.Verdict

// Outcome is what a check came to.
type Outcome = report.Outcome

const (
	Accepted = report.Accepted
	Rejected = report.Rejected
	Unknown  = report.Unknown // no verdict: a time-out, too little memory, a cancelled run
)

// Explanation says why a trace is refused.
type Explanation = report.Explanation

// Exploration is what came of driving the code along the bounded model.
type Exploration = report.Exploration

// Report is all that a check found out about one pattern. As JSON it is what
// `lockstep check -json` prints.
type Report = report.Report

// Breaker builds, once, the program that holds the broken rules of patterns;
// see NewBreaker. It is safe for concurrent use, except Close, which comes last.
type Breaker = rules.Breaker

// Equivalent names falsified traces that may be accepted, with the reason.
type Equivalent = falsify.Equivalent

// EquivalentMutant names a mutant that makes no difference, with the reason.
type EquivalentMutant = mutation.Equivalent

// Divergence names something that the spec and the code do not have in common, with
// the reason.
type Divergence = crossref.Divergence
