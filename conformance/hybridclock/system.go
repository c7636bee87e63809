package hybridclock

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// cluster is the cores of some clocks, and the stamps that they gave.
type cluster struct {
	cores map[string]*hc.Core
	given []hc.Stamp
}

func newCluster(rec *trace.Recorder, names []string, offset uint64) *cluster {
	c := &cluster{cores: map[string]*hc.Core{}}
	for _, name := range names {
		c.cores[name] = hc.NewCore(name, offset, rec)
	}
	return c
}

// gives keeps the stamp that a core gives.
func (c *cluster) gives(s hc.Stamp, err error) error {
	if err == nil {
		c.given = append(c.given, s)
	}
	return err
}

func (c *cluster) refuse(name string, s hc.Stamp) error {
	_, err := c.cores[name].Refuse(s)
	return err
}

// rest ends the flush that is under way at each clock. Then none waits for one.
func (c *cluster) rest(s *toolbox.Script) {
	for _, name := range nodes {
		s.Allow(c.cores[name].Persist(), hc.ErrNotAllowed)
		c.cores[name].Quiet()
	}
}

// newSystem is the bounded model's clocks, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, nodes[:2], 1)
	of := func(step func(core *hc.Core, a *trace.Record) error) toolbox.Step {
		return func(a *trace.Record) error { return step(c.cores[a.String("node")], a) }
	}
	arrives := func(step func(string, hc.Stamp) error) toolbox.Step {
		return func(a *trace.Record) error {
			s := hc.Stamp(a.Uint("stamp"))
			if !slices.Contains(c.given, s) {
				return hc.ErrNotAllowed // it was never given
			}
			return step(a.String("node"), s)
		}
	}
	return &toolbox.Steps{Refusal: hc.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Read":    of(func(core *hc.Core, a *trace.Record) error { return core.Read(a.Uint("reading")) }),
		"Now":     of(func(core *hc.Core, _ *trace.Record) error { return c.gives(core.Now()) }),
		"Receive": arrives(func(name string, s hc.Stamp) error { return c.gives(c.cores[name].Receive(s)) }),
		"Refuse":  arrives(c.refuse),
		"Reserve": of(func(core *hc.Core, a *trace.Record) error { return core.Reserve(a.Uint("upTo")) }),
		"Persist": of(func(core *hc.Core, _ *trace.Record) error { return core.Persist() }),
		"Restart": of(func(core *hc.Core, a *trace.Record) error {
			kept := a.Uint("kept")
			if bound, asked := core.Reserved(); kept != bound && kept != asked {
				return hc.ErrNotAllowed // no crash leaves that
			}
			core.Restart(kept)
			return nil
		}),
		"Quiet": of(func(core *hc.Core, a *trace.Record) error { return toolbox.Claim(core.Idle, core.Quiet)(a) }),
	}}, nil
}
