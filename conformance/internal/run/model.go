package run

import (
	"context"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// CheckModel runs TLC on one of the spec's models; see Spec.Model for its name.
func (c *Runner) CheckModel(ctx context.Context, s *spec.Spec, name string) (*tlc.Result, *tlc.Config, error) {
	job, config, err := s.Model(name)
	if err != nil {
		return nil, nil, err
	}
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

// Expected compares what TLC said with what the model's first line announces:
// Accepted if that is what happened, Rejected with a sentence if it is not.
func Expected(result *tlc.Result, e *tlc.Expect) (report.Outcome, string) {
	if e == nil {
		return report.Rejected, "the model's first line must say what TLC is to find: `\\* expect: ok, N distinct states, depth D`"
	}
	err := e.Check(result)
	if err == nil {
		return report.Accepted, ""
	}
	switch result.Outcome {
	case tlc.Crashed, tlc.TimedOut, tlc.Cancelled, tlc.OutOfMemory:
		return report.Unknown, err.Error()
	}
	return report.Rejected, err.Error()
}
