// Package falsify makes mutants of accepted traces, each with one change. The
// spec must reject every mutant: a change that it accepts was not checked.
package falsify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Result counts the mutants of accepted traces.
type Result struct {
	Made       int
	Refused    int
	Equivalent int      // accepted, and TLC proves it equivalent
	ByHand     int      // accepted, and the pattern lists the reason
	Missed     []string // accepted, neither proven nor listed, each with its place
	Unknown    []string // without a verdict
	Unused     []string // entries of the pattern that no trace needs
}

// mutant is a trace with one change.
type mutant struct {
	name     string // what was done, such as "falsify Sync.state.synced"
	kind     kind
	original *trace.Trace
	at       int // the index of the step to which it was done
	trace    *trace.Trace
}

// kind is how a trace was falsified.
type kind int

const (
	doubled kind = iota
	dropped
	swapped
	argument // a step says that it was taken with other arguments
	view     // a step says that it came to another state
)

// perName is the number of mutants of each name: the first possible one, and a
// random one.
const perName = 2

// Traces makes mutants of accepted traces and replays them. It changes each
// kind of field of each kind of step, drops, doubles and swaps lines, and
// truncates the files. The spec must reject every mutant, except those that TLC
// proves equivalent to their trace or that are listed. The same traces give the
// same mutants.
func Traces(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, listed []Equivalent) (*Result, error) {
	for _, e := range listed {
		if _, err := path.Match(e.Mutant, ""); err != nil {
			return nil, fmt.Errorf("%w: the equivalent mutant %q: %w (write [ as \\[)", spec.ErrInput, e.Mutant, err)
		}
	}
	result, err := cuts(traces)
	if err != nil {
		return nil, err
	}
	mutants := invent(traces)
	// Neighbours in this order share the longest prefixes, which are replayed once.
	slices.SortStableFunc(mutants, func(a, b mutant) int {
		return cmp.Or(strings.Compare(a.original.Name, b.original.Name), cmp.Compare(a.at, b.at))
	})
	judged, err := judge(ctx, c, s, mutants)
	if err != nil {
		return nil, err
	}
	result.Unknown = judged.refusedOriginals(mutants)
	used := map[int]bool{}
	for i := range mutants {
		m := &mutants[i]
		result.Made++
		place := fmt.Sprintf("%s (%s, step %d)", m.name, m.original.Name, m.at+1)
		verdict, differs := judged.verdict(m), ""
		if verdict.Outcome == report.Accepted {
			if differs, err = judged.difference(m); err != nil {
				return nil, err
			}
		}
		entry := slices.IndexFunc(listed, func(e Equivalent) bool { return e.covers(m) })
		switch {
		case verdict.Outcome == report.Rejected:
			result.Refused++
		case verdict.Outcome == report.Unknown:
			result.Unknown = append(result.Unknown, place+": "+verdict.Message)
		case differs == "":
			result.Equivalent++
		case entry >= 0:
			result.ByHand++
			used[entry] = true
		default:
			result.Missed = append(result.Missed, place+": "+differs)
		}
	}
	for i, e := range listed {
		if !used[i] {
			result.Unused = append(result.Unused, e.Mutant)
		}
	}
	return result, nil
}

// invent makes all mutants of these traces.
func invent(traces []*trace.Trace) []mutant {
	l := &mutator{values: map[string][]string{}, mutants: map[string][]mutant{}, random: rand.New(rand.NewPCG(1, 2))}
	for _, t := range traces {
		l.meet(t)
		for i := range t.Events {
			l.learn(t.Events[i].Step+".args", t.Events[i].Args)
			l.learn(t.Events[i].Step+".state", t.Events[i].State)
		}
	}
	for _, t := range traces {
		l.meet(t)
		for i := range t.Events {
			l.lines(t, i)
			l.fields(t, i)
		}
	}
	var all []mutant
	for _, name := range tla.SortedKeys(l.mutants) {
		all = append(all, l.mutants[name]...)
	}
	return all
}

// mutator collects mutants by name, at most perName of each.
type mutator struct {
	values  map[string][]string // the strings that were seen in a field, by its path
	mutants map[string][]mutant
	seen    map[string]int
	kinds   map[string]string // of the names in the trace at hand: the constant that has them
	random  *rand.Rand
}

// meet reads from a trace's constants which names are of one kind. In a
// function over transactions, for example, the fields of all transactions count
// as one field.
func (l *mutator) meet(t *trace.Trace) {
	l.kinds = map[string]string{}
	for _, constant := range tla.SortedKeys(t.Header.Constants) {
		list, _ := t.Header.Constants[constant].([]trace.Value)
		for _, v := range list {
			if name, ok := v.(string); ok {
				l.kinds[name] = constant
			}
		}
	}
}

// below returns the path of a member of a record.
func (l *mutator) below(path, member string) string {
	if kind, ok := l.kinds[member]; ok {
		return path + ".(" + kind + ")"
	}
	return path + "." + member
}

// learn collects the strings that occur in a field, because a plausible string
// makes the better mutant.
func (l *mutator) learn(path string, v trace.Value) {
	switch v := v.(type) {
	case string:
		if !slices.Contains(l.values[path], v) && len(l.values[path]) < 16 {
			l.values[path] = append(l.values[path], v)
		}
	case []trace.Value:
		for _, e := range v {
			l.learn(path+"[]", e)
		}
	case map[string]trace.Value:
		for _, k := range tla.SortedKeys(v) {
			l.learn(l.below(path, k), v[k])
		}
	}
}

// add keeps the first mutant of a name, and one of all others, each with the
// same probability.
func (l *mutator) add(name string, how kind, t *trace.Trace, i int, events func() []trace.Event) {
	if l.seen == nil {
		l.seen = map[string]int{}
	}
	l.seen[name]++
	n := l.seen[name]
	if n > 2 && l.random.IntN(n-1) > 0 {
		return
	}
	m := mutant{name: name, kind: how, original: t, at: i, trace: &trace.Trace{
		Name: fmt.Sprintf("%s, %s at step %d", t.Name, name, i+1), Header: t.Header, Events: events(),
	}}
	if n <= perName {
		l.mutants[name] = append(l.mutants[name], m)
		return
	}
	l.mutants[name][perName-1] = m
}

// lines drops, doubles and swaps whole steps.
func (l *mutator) lines(t *trace.Trace, i int) {
	here := t.Events[i]
	l.add("double "+here.Step, doubled, t, i, func() []trace.Event {
		return slices.Insert(slices.Clone(t.Events), i, here)
	})
	if i+1 == len(t.Events) {
		return // a trace without its last line is a prefix; the trailer detects that
	}
	next := t.Events[i+1]
	if here.Step == next.Step && tla.Equal(here.Args, next.Args) && tla.Equal(here.State, next.State) {
		return
	}
	l.add(fmt.Sprintf("drop %s before %s", here.Step, next.Step), dropped, t, i, func() []trace.Event {
		return slices.Delete(slices.Clone(t.Events), i, i+1)
	})
	l.add(fmt.Sprintf("swap %s, %s", here.Step, next.Step), swapped, t, i, func() []trace.Event {
		events := slices.Clone(t.Events)
		events[i], events[i+1] = events[i+1], events[i]
		return events
	})
}

// fields changes each leaf of a step, removes each member of its records, and
// adds a member to them.
func (l *mutator) fields(t *trace.Trace, i int) {
	e := t.Events[i]
	change := func(name string, how kind, args, state map[string]trace.Value) {
		l.add(name, how, t, i, func() []trace.Event {
			events := slices.Clone(t.Events)
			events[i].Args, events[i].State = args, state
			return events
		})
	}
	for path, v := range l.variants(e.Step+".args", e.Args, 0) {
		change(path, argument, v.(map[string]trace.Value), e.State)
	}
	for path, v := range l.variants(e.Step+".state", e.State, 0) {
		change(path, view, e.Args, v.(map[string]trace.Value))
	}
}

// variants yields every change of one place in a value, with its name.
func (l *mutator) variants(path string, v trace.Value, depth int) func(yield func(string, trace.Value) bool) {
	return func(yield func(string, trace.Value) bool) {
		switch v := v.(type) {
		case int:
			other := v + 1
			if v == 1<<31-1 {
				other = v - 1
			}
			yield("falsify "+path, other)
		case bool:
			yield("falsify "+path, !v)
		case string:
			yield("falsify "+path, l.otherThan(path, v))
		case []trace.Value:
			if len(v) > 0 && !yield("shorten "+path, v[:len(v)-1]) {
				return
			}
			for i := range v {
				for name, e := range l.variants(path+"[]", v[i], depth+1) {
					changed := slices.Clone(v)
					changed[i] = e
					if !yield(name, changed) {
						return
					}
				}
			}
		case map[string]trace.Value:
			l.recordVariants(path, v, depth, yield)
		}
	}
}

func (l *mutator) recordVariants(path string, v map[string]trace.Value, depth int, yield func(string, trace.Value) bool) {
	top := strings.HasSuffix(path, ".args") && depth == 0
	for _, k := range tla.SortedKeys(v) {
		if !top { // a missing argument is found without TLC
			fewer := maps.Clone(v)
			delete(fewer, k)
			if !yield("remove "+l.below(path, k), fewer) {
				return
			}
		}
		for name, e := range l.variants(l.below(path, k), v[k], depth+1) {
			changed := maps.Clone(v)
			changed[k] = e
			if !yield(name, changed) {
				return
			}
		}
	}
	if !top {
		more := maps.Clone(v)
		more["addedByTheLiar"] = true
		yield("add to "+path, more)
	}
}

// otherThan returns another string of the same field, or an invented one.
func (l *mutator) otherThan(path, v string) string {
	seen := slices.DeleteFunc(slices.Clone(l.values[path]), func(s string) bool { return s == v })
	if len(seen) == 0 {
		return v + "x"
	}
	return seen[l.random.IntN(len(seen))]
}

// cuts makes the mutants that the reader of traces must reject: a file without
// its trailer, with a line less than the trailer says, and truncated inside a
// line.
func cuts(traces []*trace.Trace) (*Result, error) {
	report := &Result{}
	for _, t := range traces[:min(len(traces), perName)] {
		var whole bytes.Buffer
		if err := t.Write(&whole); err != nil {
			return nil, err
		}
		lines := bytes.SplitAfter(whole.Bytes(), []byte("\n"))
		lines = lines[:len(lines)-1] // what follows the last newline is empty
		last := len(lines) - 1
		for name, file := range map[string][]byte{
			"cut the trailer":          bytes.Join(lines[:last], nil),
			"cut the last step":        bytes.Join(append(slices.Clone(lines[:last-1]), lines[last]), nil),
			"cut inside a line":        whole.Bytes()[:whole.Len()-len(lines[last])-3],
			"go on behind the trailer": append(slices.Clone(whole.Bytes()), lines[1]...),
		} {
			report.Made++
			if _, err := trace.Read(bytes.NewReader(file), t.Name); err != nil {
				report.Refused++
				continue
			}
			report.Missed = append(report.Missed, fmt.Sprintf("%s (%s)", name, t.Name))
		}
	}
	return report, nil
}
