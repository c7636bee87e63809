package majorityquorum

import (
	"context"
	"errors"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
	"github.com/lockstep-tla/lockstep/trace"
)

// event is one thing that happens in a walk, as the fuzzer makes it.
type event struct{ What, Who, Which uint8 }

// walk lets clients and replicas take random steps, in another group for each seed. Any
// of the latest messages may arrive, any number of times.
func walk(_ context.Context, run conformance.Run) error {
	one := toolbox.Pick(setups, run.Seed-1)
	return toolbox.Record(run, one.header("walk", run.Seed), func(rec *trace.Recorder) error {
		h := newHarness(func(name string) mq.Options { return one.options(name, rec) }, names, nodes)
		for _, e := range toolbox.Workload[event](run.Seed, 120, 120) {
			if err := toolbox.Allow(h.happens(e), mq.ErrNotAllowed); err != nil {
				return err
			}
		}
		return h.rest()
	})
}

// rest ends the operations, each of at most two calls, and flushes. Then nothing is owed.
func (h *harness) rest() (err error) {
	for _, name := range slices.Concat(names, names) {
		c := h.clients[name]
		err = errors.Join(err, toolbox.Allow(c.Expire(), mq.ErrNotAllowed), toolbox.Allow(h.proceed(c, nil), mq.ErrNotAllowed))
	}
	for _, name := range nodes {
		err = errors.Join(err, toolbox.Allow(h.replicas[name].Persist(), mq.ErrNotAllowed))
	}
	h.quiet()
	return err
}

// happens lets one thing happen.
func (h *harness) happens(e event) error {
	c, r := h.clients[toolbox.Pick(names, e.Who)], h.replicas[toolbox.Pick(nodes, e.Who)]
	switch what := e.What % 32; {
	case what < 4:
		return h.sent(c, c.Read())
	case what < 8:
		return h.sent(c, c.Write(toolbox.Pick(values, e.Which)))
	case what == 8:
		r.Restart(toolbox.Pick([]mq.Cell{r.Disk(), r.Memory()}, e.Which))
	case what == 9:
		return h.proceed(c, c.Expire())
	case what == 10:
		return h.proceed(c, h.fail(toolbox.Pick(names, e.Who), toolbox.Pick(nodes, e.Which)))
	case what < 16 && len(h.answers) > 0:
		m := latest(h.answers, e.Which)
		return h.proceed(h.clients[m.To], h.clients[m.To].Receive(m))
	case what < 20:
		return r.Persist()
	case len(h.requests) > 0:
		return h.serve(latest(h.requests, e.Which))
	}
	return nil
}

// serve lets a replica take a request, and acknowledge it if its disk is quick. Mostly the
// answer arrives at once.
func (h *harness) serve(m *mq.Message) error {
	r := h.replicas[m.To]
	answer, err := r.Answer(m)
	if m.Type == mq.Put {
		if r.Store(m) == nil && m.Call%3 > 0 {
			_ = r.Persist()
		}
		answer, err = r.Acknowledge(m)
	}
	if h.answered(answer, err) != nil || len(h.answers)%4 == 0 {
		return err
	}
	return h.proceed(h.clients[answer.To], h.clients[answer.To].Receive(answer))
}

// proceed takes the step behind a call, if it has ended.
func (h *harness) proceed(c *mq.Core, err error) error {
	if err != nil {
		return err
	}
	if h.sent(c, c.Choose()) == nil || h.sent(c, c.WriteBack()) == nil {
		return nil
	}
	_, _, err = c.Return()
	return err
}

// latest is one of the last few.
func latest(all []*mq.Message, which uint8) *mq.Message {
	return all[len(all)-1-int(which)%min(24, len(all))]
}
