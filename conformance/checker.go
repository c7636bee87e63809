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

// Checker holds code against specs with one installation of TLC. Set its fields
// before the first call. After that it is safe for concurrent use; each call
// runs TLC processes of its own.
type Checker struct {
	TLC      *tlc.TLC
	MemoryMB int           // heap of one TLC run, in MiB; 0 is a quarter of the machine's memory
	Timeout  time.Duration // of one TLC run; 0 means none
	Parallel int           // how many TLC processes may run at once; 0 means one
	// Progress, if set, is called from time to time with the amount of work
	// that is done. A total of 0 means that the total is unknown. Several
	// goroutines may call it at once.
	Progress func(work string, done, total int)

	once   sync.Once
	runner *run.Runner
}

// Runner returns the runner that the packages under conformance/internal use.
// Only code in this module can use it.
func (c *Checker) Runner() *run.Runner {
	c.once.Do(func() {
		c.runner = &run.Runner{
			TLC: c.TLC, MemoryMB: c.MemoryMB, Timeout: c.Timeout, Parallel: c.Parallel, Progress: c.Progress,
		}
	})
	return c.runner
}

// Replay holds traces against a spec and returns a verdict for each, in the
// same order. All traces go through one run of TLC, unless their headers give
// different constants. An error means that the check could not be made; if it
// wraps ErrInput, the spec is at fault.
func (c *Checker) Replay(ctx context.Context, s *Spec, traces []*trace.Trace) ([]Verdict, error) {
	return replay.Replay(ctx, c.Runner(), s, traces)
}

// Explore drives the code along paths that together take every transition of
// the spec's bounded model. It compares the view that the code records at each
// transition with the spec's. In every state it also tries each step that the
// spec does not allow there: the code must refuse it. One goroutine uses a
// System, and Explore closes it before it makes the next one. An error means
// that the check could not be made; if it wraps ErrInput, the spec is at fault.
func (c *Checker) Explore(ctx context.Context, s *Spec, system func(*trace.Recorder) (System, error)) (*report.Exploration, error) {
	return explore.Explore(ctx, c.Runner(), s, system)
}

// Explain says why a trace was refused. The verdict must be the one that Replay
// gave for it. Facts that Explain could not find out are listed in the
// explanation's Notes; an error means that it could not ask TLC at all.
func (c *Checker) Explain(ctx context.Context, s *Spec, t *trace.Trace, v Verdict) (*Explanation, error) {
	return explain.Explain(ctx, c.Runner(), s, t, v)
}

// Spec is a spec with its Steps module, ready to be checked against. It is
// immutable and safe for concurrent use.
type Spec = spec.Spec

// Load reads a spec from a folder that holds XSteps.tla, XSteps.cfg and the
// modules that XSteps extends. It looks up further modules in the library
// folders. All errors wrap ErrInput.
func Load(folder fs.FS, library ...fs.FS) (*Spec, error) { return spec.Load(folder, library...) }

// ErrInput is wrapped by every error about the user's input, such as a folder
// without a Steps module or a trace with an unknown step. Such an error is
// neither a verdict nor a failure of the checker.
var ErrInput = spec.ErrInput

// Verdict is the result for one trace: the Outcome and, if it is Rejected, the
// first Step and Event that the spec does not allow, with the Reason.
type Verdict = report.Verdict

// Outcome is the result of a check: Accepted, Rejected or Unknown.
type Outcome = report.Outcome

const (
	Accepted = report.Accepted
	Rejected = report.Rejected
	Unknown  = report.Unknown // no verdict: a time-out, too little memory, a cancelled run
)

// Explanation says why the spec does not allow the first refused step of a
// trace.
type Explanation = report.Explanation

// Report has all results of the check of one pattern. As JSON it is what
// `lockstep check -json` prints.
type Report = report.Report

// Breaker builds the program that contains the broken rules of its patterns,
// once. Make it with NewBreaker. It is safe for concurrent use, except Close,
// which must be the last call.
type Breaker = rules.Breaker

// Equivalent names falsified traces that the spec may accept although TLC does not
// prove them equivalent, with the reason.
type Equivalent = falsify.Equivalent

// EquivalentMutant names a mutant of spec or code that makes no difference, with
// the reason; see `lockstep mutate`.
type EquivalentMutant = mutation.Equivalent

// Divergence names an element that spec and code do not share, with the reason.
type Divergence = crossref.Divergence
