package run

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// SameEachTime are options with which TLC, with one worker, finds the same
// counterexample each time. It then checks liveness once, at the end of the
// search, and uses one fixed fingerprint polynomial.
var SameEachTime = []string{"-lncheck", "final", "-fp", "0"}

// fewStates is the number of distinct states up to which a model's run is short. Measured: with
// the compiler for short runs, Gossip Dissemination's models, of which the largest has 6,437
// states, took 131 s of processor time in place of 72, since their liveness is costly.
const fewStates = 1000

// IsShort reports whether a model that comes to what its first line announces comes
// to it soon. TLC ends at the first state or step that breaks a property; where it judges
// liveness, when it has found all states.
func IsShort(e *tlc.Expect) bool {
	return e != nil && (e.Violates != "" || 0 < e.Distinct && e.Distinct <= fewStates)
}

// CheckModel runs TLC on one of the spec's models. Spec.Model describes the
// names of models. It finds the same counterexample each time.
func (c *Runner) CheckModel(ctx context.Context, s *spec.Spec, name string) (*tlc.Result, *tlc.Config, error) {
	job, config, err := s.Model(name)
	if err != nil {
		return nil, nil, err
	}
	if config.Expect != nil && config.Expect.Violates != "" {
		job.Args = SameEachTime
	}
	job.Short = IsShort(config.Expect)
	job.Progress = func(p tlc.Progress) { c.Advance("model: states found", p.Distinct, p.Distinct+p.Queue) }
	result, err := c.Run(ctx, job)
	if err != nil {
		return nil, nil, err
	}
	switch result.Outcome {
	case tlc.Cancelled:
		return nil, nil, context.Cause(ctx)
	case tlc.SpecError:
		return nil, nil, fmt.Errorf("%w: %s: %s", spec.ErrInput, job.Config, result.Message)
	}
	return result, config, nil
}

// Expected compares TLC's result with the expectation in the model's first
// line. It returns Accepted if they agree, and else Rejected or Unknown with a
// sentence.
func Expected(result *tlc.Result, e *tlc.Expect) (report.Outcome, string) {
	if e == nil {
		return report.Rejected, "the model's first line must say what TLC is to find: `\\* expect: ok, N distinct states, depth D`"
	}
	err := e.Check(result)
	if err == nil {
		return report.Accepted, ""
	}
	if result.Beyond() {
		return report.Unknown, err.Error()
	}
	switch result.Outcome {
	case tlc.Crashed, tlc.TimedOut, tlc.Cancelled, tlc.OutOfMemory:
		return report.Unknown, err.Error()
	}
	return report.Rejected, err.Error()
}
