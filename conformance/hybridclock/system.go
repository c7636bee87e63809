package hybridclock

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// cluster is the cores of some clocks, and the stamps that they gave. What a crash
// leaves on a disk is decided here.
type cluster struct {
	cores map[string]*hc.Core
	given []hc.Stamp
	kept  map[string][2]uint64 // by node: what its disk surely has, and what is being written
}

func newCluster(rec *trace.Recorder, names []string, offset uint64) *cluster {
	c := &cluster{cores: map[string]*hc.Core{}, kept: map[string][2]uint64{}}
	for _, name := range names {
		c.cores[name] = hc.NewCore(name, offset, rec)
	}
	return c
}

func (c *cluster) now(name string) error { return c.gives(c.cores[name].Now()) }

func (c *cluster) receive(name string, s hc.Stamp) error { return c.gives(c.cores[name].Receive(s)) }

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

func (c *cluster) reserve(name string, upTo uint64) error {
	err := c.cores[name].Reserve(upTo)
	if err == nil {
		c.kept[name] = [2]uint64{c.kept[name][0], upTo}
	}
	return err
}

func (c *cluster) persist(name string) error {
	err := c.cores[name].Persist()
	if err == nil {
		c.kept[name] = [2]uint64{c.kept[name][1], c.kept[name][1]}
	}
	return err
}

// restart begins the next process with what is on the disk.
func (c *cluster) restart(name string, kept uint64) {
	c.cores[name].Restart(kept)
	c.kept[name] = [2]uint64{kept, kept}
}

// newSystem is the bounded model's clocks, driven step by step.
func newSystem(rec *trace.Recorder) (conformance.System, error) {
	c := newCluster(rec, nodes[:2], 1)
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
		"Read":    func(a *trace.Record) error { return c.cores[a.String("node")].Read(a.Uint("reading")) },
		"Now":     func(a *trace.Record) error { return c.now(a.String("node")) },
		"Receive": arrives(c.receive),
		"Refuse":  arrives(c.refuse),
		"Reserve": func(a *trace.Record) error { return c.reserve(a.String("node"), a.Uint("upTo")) },
		"Persist": func(a *trace.Record) error { return c.persist(a.String("node")) },
		"Restart": func(a *trace.Record) error {
			name, kept := a.String("node"), a.Uint("kept")
			if on := c.kept[name]; kept != on[0] && kept != on[1] {
				return hc.ErrNotAllowed // no crash leaves that
			}
			c.restart(name, kept)
			return nil
		},
	}}, nil
}
