package singularupdatequeue

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the queue's core, driven step by step. What a handler does with a
// request, the steps say.
type system struct {
	*toolbox.Steps
	core  *suq.Core[string, string, string]
	items []*item // by number
}

type (
	item = suq.Item[string, string, string]
	turn = suq.Turn[string, string]
)

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newCore(rec), nil }

func newCore(rec *trace.Recorder) *system {
	core := suq.NewCore(first, tracing(rec, show))
	s := &system{core: core}
	s.Steps = &toolbox.Steps{Refusal: suq.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Start": func(a *trace.Record) error {
			return core.Start(named(policies, a.String("policy")), a.Int("capacity"))
		},
		"Submit":     s.asked(core.Submit),
		"Block":      s.asked(core.Block),
		"Reject":     s.asked(core.Reject),
		"DropOldest": s.dropOldest,
		"Admit":      toolbox.Plain(core.Admit),
		"Take": func(a *trace.Record) error {
			_, err := core.Take(a.Int("count"))
			return err
		},
		"Stop":       s.stop,
		"End":        toolbox.Plain(core.End),
		"GiveUp":     s.with(core.GiveUp),
		"StartAsync": s.with(core.StartAsync),
		"Finish":     s.finish,
		// A handler that fails has changed its copy of the state by then.
		"Fail":  s.with(func(it *item) error { return core.Fail(it, it.Request, errPlanned) }),
		"Panic": s.with(func(it *item) error { return core.Panic(it, it.Request, &suq.PanicError{Value: errPlanned}) }),
		"AsyncDone": s.with(func(it *item) error {
			return core.AsyncDone(it, func(t *turn) (string, error) {
				old := t.State
				t.State = it.Request
				return old, nil
			})
		}),
	}}
	return s
}

var errPlanned = errors.New("as planned")

// named finds the one with this name.
func named[T fmt.Stringer](all []T, name string) T {
	return all[slices.IndexFunc(all, func(t T) bool { return t.String() == name })]
}

func (s *system) stop(a *trace.Record) error {
	how := named(ways, a.String("how"))
	if len(s.core.GivenUp(how)) != a.Int("count") {
		return suq.ErrNotAllowed // it would answer another number of requests
	}
	return s.core.Stop(how)
}

// asked makes a new request.
func (s *system) asked(step func(string, suq.From) (*item, error)) toolbox.Step {
	return func(a *trace.Record) error {
		it, err := step(a.String("value"), suq.From(a.String("from")))
		if err == nil {
			s.items = append(s.items, it)
		}
		return err
	}
}

func (s *system) dropOldest(a *trace.Record) error {
	if oldest := s.core.Droppable(); oldest == nil || oldest.Number() != a.Int("request") {
		return suq.ErrNotAllowed // the queue chooses which, and would choose another
	}
	return s.asked(func(value string, from suq.From) (*item, error) {
		it, _, err := s.core.DropOldest(value, from)
		return it, err
	})(a)
}

// with lets something happen to a request that there is.
func (s *system) with(step func(*item) error) toolbox.Step {
	return func(a *trace.Record) error {
		n := a.Int("request")
		if n < 1 || n > len(s.items) {
			return suq.ErrNotAllowed // it has not been made yet
		}
		return step(s.items[n-1])
	}
}

func (s *system) finish(a *trace.Record) error {
	return s.with(func(it *item) error {
		result := a.String("result")
		if result != s.core.State() {
			return suq.ErrNotAllowed // the handler would find another value
		}
		return s.core.Finish(it, it.Request, result)
	})(a)
}
