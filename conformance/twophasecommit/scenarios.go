package twophasecommit

import (
	"context"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
)

var policies = []tpc.Policy{tpc.Error, tpc.WoundWait, tpc.WaitDie}

// operation is one thing that is done to the world; gofuzz fills it in.
type operation struct {
	Kind   uint8
	Node   uint8
	Choice uint8
	Plan   [3]struct{ Key, Value uint8 }
}

func workload(seed int64, from, to int) []operation {
	var ops []operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(from, to).Fuzz(&ops)
	return ops
}

func (op operation) plan() []order {
	var plan []order
	for _, p := range op.Plan[:1+op.Choice%3] {
		o := order{key: keys[int(p.Key)%3]}
		if p.Value%3 > 0 {
			o.value = values[int(p.Value)%len(values)]
		}
		plan = append(plan, o)
	}
	if op.Choice%16 == 0 {
		plan = append(plan, order{})
	}
	return plan
}

// faults does random things to a world that is not to be relied on.
func faults(ctx context.Context, run conformance.Run) error {
	f := networktest.Faults{Lose: int(run.Seed%4) * 5, Repeat: 20, MaxDelay: 2 * beat}
	return inWorld(run, "faults", policies[run.Seed%3], f, func(w *world) error {
		for i, op := range workload(run.Seed, 14, 18) {
			if err := ctx.Err(); err != nil {
				return err
			}
			seed := run.Seed*1000 + int64(i)
			if err := w.do(op, seed); err != nil {
				return err
			}
			if err := w.run(1+int(op.Choice%4), seed); err != nil {
				return err
			}
		}
		return w.end()
	})
}

func (w *world) do(op operation, seed int64) error {
	name := w.names()[int(op.Node)%len(w.servers)]
	s := w.servers[name]
	switch kind := op.Kind % 8; {
	case kind < 4:
		if w.begun < 6 { // more may begin, if the coordinator crashes in between
			w.plans[uint64(w.begun+1)] = op.plan()
			w.begin(int64(op.Choice % mostAges))
		}
	case kind == 4:
		if s.core.Up() {
			s.disk.HaltAfter(int(op.Choice % 3))
		}
	case kind == 5 && s.core.Up():
		return w.crash(name, seed)
	default:
		for _, name := range w.names() {
			if s := w.servers[name]; !s.core.Up() {
				if err := s.core.Recover(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
