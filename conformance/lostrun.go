package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

// runError says that one run of a scenario failed.
type runError struct {
	scenario string
	seed     int64
	path     string // of its trace
	err      error
}

func (e *runError) Error() string {
	return fmt.Sprintf("scenario %s, seed %d: %s", e.scenario, e.seed, e.err)
}

func (e *runError) Unwrap() error { return e.err }

// lostRuns returns, by the path of their traces, the failed runs that ran out of
// time. What such a run has recorded may break off anywhere or show the effect of
// a time-out, so its rejection says nothing about the code. A run that failed
// otherwise keeps its verdict: what the code did before is what it did.
func lostRuns(failed error) map[string]error {
	lost := map[string]error{}
	var visit func(err error)
	visit = func(err error) {
		if all, ok := err.(interface{ Unwrap() []error }); ok {
			for _, one := range all.Unwrap() {
				visit(one)
			}
			return
		}
		var run *runError
		if errors.As(err, &run) && (errors.Is(run, context.DeadlineExceeded) || errors.Is(run, errGivenUp)) {
			lost[run.path] = run.err
		}
	}
	visit(failed)
	return lost
}

// withoutLost makes the rejections of lost runs' traces unknown.
func withoutLost(traces []*trace.Trace, verdicts []report.Verdict, lost map[string]error) {
	for i, v := range verdicts {
		if why, ok := lost[traces[i].Name]; ok && v.Outcome == report.Rejected {
			verdicts[i] = report.Verdict{Outcome: report.Unknown, Message: fmt.Sprintf("the run was not over in time (%s), and what it left is %s", why, v)}
		}
	}
}

// absent is the outcome for what the recorded traces do not show, such as a step
// that none of them takes: it is unknown if not every run was recorded to its
// end.
func (k *check) absent() report.Outcome {
	if k.incomplete {
		return report.Unknown
	}
	return report.Rejected
}
