package singularupdatequeue

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the queue's core, driven step by step. What a handler does with a
// request, the steps say.
type system struct {
	core  *core
	items []*item // by number
}

type (
	core = suq.Core[string, string, string]
	item = suq.Item[string, string, string]
	turn = suq.Turn[string, string]
)

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	show := func(v string) trace.Value { return v }
	return &system{core: suq.NewCore(first, suq.Tracing[string, string, string]{
		Recorder: rec, Node: node, State: show, Request: show, Result: show,
	})}, nil
}

// Close implements conformance.System.
func (s *system) Close() error { return nil }

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	err := s.do(step, args)
	if errors.Is(err, suq.ErrNotAllowed) {
		return conformance.ErrRefused
	}
	return err
}

func (s *system) do(step string, args map[string]trace.Value) error {
	text := func(name string) string {
		v, _ := args[name].(string)
		return v
	}
	number := func(name string) int {
		n, _ := args[name].(int)
		return n
	}
	switch step {
	case "Start":
		for _, p := range []suq.Policy{suq.Block, suq.Reject, suq.DropOldest} {
			if p.String() == text("policy") {
				return s.core.Start(p, number("capacity"))
			}
		}
		return fmt.Errorf("no policy %q", text("policy"))
	case "Submit", "Block", "Reject", "DropOldest":
		return s.ask(step, text("value"), suq.From(text("from")), number("request"))
	case "Admit":
		return s.core.Admit()
	case "Take":
		_, err := s.core.Take(number("count"))
		return err
	case "Stop":
		for _, how := range []suq.How{suq.Drain, suq.Abandon} {
			if how.String() == text("how") {
				if len(s.core.GivenUp(how)) != number("count") {
					return suq.ErrNotAllowed // it would answer so many
				}
				return s.core.Stop(how)
			}
		}
		return fmt.Errorf("no way to stop %q", text("how"))
	case "End":
		return s.core.End()
	}
	n := number("request")
	if n < 1 || n > len(s.items) {
		return suq.ErrNotAllowed // nobody has asked that yet
	}
	return s.serve(step, s.items[n-1], text("result"))
}

// ask makes a new request.
func (s *system) ask(step, value string, from suq.From, dropped int) (err error) {
	var it *item
	switch step {
	case "Submit":
		it, err = s.core.Submit(value, from)
	case "Block":
		it, err = s.core.Block(value, from)
	case "Reject":
		it, err = s.core.Reject(value, from)
	case "DropOldest":
		if oldest := s.core.Droppable(); oldest == nil || oldest.Number() != dropped {
			return suq.ErrNotAllowed // the queue chooses which, and would choose another
		}
		it, _, err = s.core.DropOldest(value, from)
	}
	if err == nil {
		s.items = append(s.items, it)
	}
	return err
}

var errPlanned = errors.New("as planned")

// serve lets something happen to a request that there is. Every handler has
// changed its copy of the state by then.
func (s *system) serve(step string, it *item, result string) error {
	changed := it.Request
	switch step {
	case "GiveUp":
		return s.core.GiveUp(it)
	case "Finish":
		if result != s.core.State() {
			return suq.ErrNotAllowed // the handler would find another value
		}
		return s.core.Finish(it, changed, result)
	case "Fail":
		return s.core.Fail(it, changed, errPlanned)
	case "Panic":
		return s.core.Panic(it, changed, &suq.PanicError{Value: errPlanned})
	case "StartAsync":
		return s.core.StartAsync(it)
	case "AsyncDone":
		return s.core.AsyncDone(it, func(t *turn) (string, error) {
			old := t.State
			t.State = it.Request
			return old, nil
		})
	}
	return fmt.Errorf("unknown step %s", step)
}

const node = "queue"

// known says whether an error is one that a request may be answered with.
func known(err error) bool {
	return err == nil || slices.ContainsFunc([]error{
		suq.ErrFull, suq.ErrDropped, suq.ErrGaveUp, suq.ErrStopped, suq.ErrPanicked, errPlanned,
	}, func(e error) bool { return errors.Is(err, e) })
}
