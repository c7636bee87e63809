package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Network asks TLC for the messages in transit before the first step of an
// accepted trace and after each step.
func Network(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace) ([][]trace.Value, error) {
	if len(t.Events) == 0 {
		return nil, nil
	}
	r := &replay{Runner: c, spec: s, traces: []*trace.Trace{t}, cut: make([]*Unwritable, 1)}
	job, _, err := r.job(ctx, []int{0}, passOptions{byPlace: true})
	if err != nil {
		return nil, err
	}
	job.Module, job.Config = "ReplayNetwork", "ReplayNetwork.cfg"
	job.Files[job.Config] = append(slices.Clone(job.Files["Replay.cfg"]), "\nCONSTRAINT ReplayPrintNetwork\n"...)
	job.Files["Instance.tla"] = []byte(strings.TrimSuffix(string(job.Files["Instance.tla"]), "====\n") + s.InstanceNetwork() + "====\n")
	under := make([][]trace.Value, len(t.Events)+1)
	err = collect(ctx, c, job, func(message []trace.Value) {
		if at := tla.NumberAt(message, 1); message[0] == "network" && len(message) == 3 && 0 <= at && at < len(under) {
			under[at] = tla.Flat(tla.ViewOf(message[2]))
		}
	})
	return under, err
}

// collect runs TLC and passes each message to collect.
func collect(ctx context.Context, c *run.Runner, job tlc.Job, collect func([]trace.Value)) error {
	output := tla.NewOutput()
	output.AddTo(&job)
	job.Short = true
	job.Print = func(line string) {
		// A garbled message is skipped; the rest is still useful.
		if message, err := output.Parse(line); err == nil && message != nil {
			collect(message)
		}
	}
	result, err := c.Run(ctx, job)
	switch {
	case err != nil:
		return err
	case result.Outcome == tlc.Cancelled:
		return context.Cause(ctx)
	case result.Outcome != tlc.OK && result.Outcome != tlc.Deadlock:
		return fmt.Errorf("the picture: %s", result)
	}
	return nil
}
