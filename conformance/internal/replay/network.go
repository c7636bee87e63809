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

// Network asks TLC for the messages under way before the first step of an
// accepted trace and after each.
func Network(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace) ([][]trace.Value, error) {
	if len(t.Events) == 0 {
		return nil, nil
	}
	r := &replay{Runner: c, spec: s, traces: []*trace.Trace{t}, cut: make([]*Unwritable, 1)}
	job, _, err := r.job([]int{0}, passOptions{quick: true})
	if err != nil {
		return nil, err
	}
	job.Module, job.Config = "PictureReplay", "PictureReplay.cfg"
	job.Files[job.Config] = append(slices.Clone(job.Files["Replay.cfg"]), "\nCONSTRAINT PictureNetwork\n"...)
	job.Files["Subject.tla"] = []byte(strings.TrimSuffix(string(job.Files["Subject.tla"]), "====\n") + s.SubjectNetwork() + "====\n")
	under := make([][]trace.Value, len(t.Events)+1)
	err = listen(ctx, c, job, func(said []trace.Value) {
		if at := tla.NumberAt(said, 1); said[0] == "network" && len(said) == 3 && 0 <= at && at < len(under) {
			under[at] = tla.Flat(tla.ViewOf(said[2]))
		}
	})
	return under, err
}

// listen runs TLC, and what our modules say goes to hear.
func listen(ctx context.Context, c *run.Runner, job tlc.Job, hear func([]trace.Value)) error {
	voice := tla.NewOutput()
	job.Files["Voice.tla"] = voice.Module()
	job.Short = true
	job.Print = func(line string) {
		// What cannot be read is missing, and the rest is still worth having.
		if said, err := voice.Parse(line); err == nil && said != nil {
			hear(said)
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
