package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// readTraces reads the files that a command line names. Files of several
// processes that belong to one run become one trace, in the place of the first.
// What cannot be read, or does not make a run, is returned as errors and does
// not keep the others from their verdicts.
func (p *Program) readTraces(c *cli.Command) (traces []*trace.Trace, unread []error) {
	bad := func(err error) { unread = append(unread, fmt.Errorf("%w: %w", conformance.ErrInput, err)) }
	type run struct {
		of     *trace.Process
		traces []*trace.Trace
	}
	var runs []*run
	known := map[string]*run{}
	for _, file := range c.Args().Slice() {
		t, err := readTrace(file, c.Bool("unfinished"))
		if err != nil {
			bad(err)
			continue
		}
		one := &run{of: t.Header.Process}
		if one.of != nil {
			key := fmt.Sprintf("%q %q %d", one.of.Run, t.Header.Scenario, t.Header.Seed)
			if known[key] != nil {
				known[key].traces = append(known[key].traces, t)
				continue
			}
			known[key] = one
		}
		one.traces = append(one.traces, t)
		runs = append(runs, one)
	}
	for _, r := range runs {
		if r.of == nil {
			traces = append(traces, r.traces[0])
			continue
		}
		merged, err := trace.Merge(r.traces...)
		if errors.Is(err, trace.ErrMissing) && len(unread) > 0 {
			err = fmt.Errorf("%w among those that can be read", err)
		}
		if err != nil {
			bad(err)
			continue
		}
		p.sayMerged(c, r.traces)
		traces = append(traces, merged)
	}
	return traces, unread
}

func (p *Program) sayMerged(c *cli.Command, traces []*trace.Trace) {
	if c.Bool("quiet") {
		return
	}
	var names []string
	for _, t := range traces {
		names = append(names, t.Name)
	}
	h := traces[0].Header
	fmt.Fprintf(p.err, "%s are one run (scenario %s, seed %d), merged by their stamps\n", strings.Join(names, ", "), h.Scenario, h.Seed)
}

// unfinishedFlag is a flag of the commands that read traces.
func unfinishedFlag() cli.Flag {
	return &cli.BoolFlag{Name: "unfinished", Usage: "read a file without its trailer as far as it goes; that its steps are accepted is no verdict on the run"}
}

// readTrace reads a file, which may be unfinished if that is asked for.
func readTrace(file string, unfinished bool) (*trace.Trace, error) {
	t, err := trace.ReadFile(file)
	switch {
	case !errors.Is(err, trace.ErrUnfinished):
		return t, err
	case !unfinished:
		return nil, fmt.Errorf("%w (-unfinished reads it as far as it goes)", err)
	}
	return trace.ReadUnfinished(file)
}

// traceOf reads a finished trace of the given spec.
func traceOf(spec *conformance.Spec, file string) (*trace.Trace, error) {
	t, err := readTrace(file, false)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	return t, spec.Validate(t)
}

// sayUnfinished makes the verdict on each accepted trace unknown if its file ends without
// a trailer: the run may have gone wrong at the next step.
func sayUnfinished(traces []*trace.Trace, verdicts []conformance.Verdict) {
	for i, v := range verdicts {
		if v.Outcome == conformance.Accepted && traces[i].Unfinished {
			verdicts[i] = conformance.Verdict{Outcome: conformance.Unknown,
				Message: fmt.Sprintf("its %d steps are accepted, but its end is missing", len(traces[i].Events))}
		}
	}
}
