package falsify

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Equivalent names falsified traces that the spec may accept although TLC does not
// prove them equivalent.
type Equivalent struct {
	Mutant string // a pattern of path.Match for the mutant's name, such as "swap Sync, Append"; \[ stands for [
	Reason string
	// InTrace, if set, restricts the entry. It gets all steps of the trace as
	// recorded, and the index of the changed one.
	InTrace func(steps []trace.Event, at int) bool
}

func (e *Equivalent) covers(m *mutant) bool {
	match, err := path.Match(e.Mutant, m.name)
	return match && err == nil && (e.InTrace == nil || e.InTrace(m.original.Events, m.at))
}

// How TLC decides whether a falsified trace that it accepts is equivalent to its
// original.
//
// Behind the falsified lines both have the same lines. A node shows its view with
// its next line, so there at the latest the two must be in the same state of the
// spec: if they are not, the view hides what was falsified. They must be in the same
// state at the end as well. StepsState is compared, which leaves out the messages
// under way: a message that makes a difference makes it to a node that receives it.
// Before its next line the node may be in another state. A write that the next crash
// takes is an example.
//
// If a node's last line is dropped, the trace is that of a node that stopped earlier,
// provided that no other step needed the line. So TLC must accept the dropped line
// at the end of the trace, and come to the original's last state with it.
//
// A falsified argument says that the node took another step. It must lead to another
// state, or the spec does not look at the argument, which is a finding even if
// nothing comes of it. Behind that, the same is asked as of a falsified line. A
// falsified view is never equivalent.

// Most falsified traces that are accepted are soon in their original's state again,
// with all variables. What follows is then the original's, which need not be replayed
// once more: the trace is accepted, and equivalent.

// judgement is what TLC says of falsified traces and their originals.
type judgement struct {
	verdicts map[*trace.Trace]report.Verdict
	states   map[*trace.Trace]replay.States
	replayed map[*mutant]*trace.Trace // its trace, or as much of it as decides
	last     map[*mutant]*trace.Trace // of a dropped line: the trace with the line at its end
}

// judge replays the falsified traces together with their originals: first up to where
// all nodes concerned have shown their view, then to the end where that is needed.
func judge(ctx context.Context, c *run.Runner, s *spec.Spec, mutants []mutant) (*judgement, error) {
	j := &judgement{
		verdicts: map[*trace.Trace]report.Verdict{}, states: map[*trace.Trace]replay.States{},
		replayed: map[*mutant]*trace.Trace{}, last: map[*mutant]*trace.Trace{},
	}
	var first looks
	for i := range mutants {
		m := &mutants[i]
		short := *m.trace
		short.Events = short.Events[:m.decides()]
		j.replayed[m] = &short
		j.look(&first, m)
	}
	if err := j.replay(ctx, c, s, &first); err != nil {
		return nil, err
	}
	var rest looks
	for i := range mutants {
		m := &mutants[i]
		if j.verdict(m).Outcome != report.Accepted || len(j.replayed[m].Events) == len(m.trace.Events) {
			continue
		}
		same, err := j.rejoins(m)
		if err != nil {
			return nil, err
		}
		if !same {
			j.replayed[m] = m.trace
			j.look(&rest, m)
		}
	}
	return j, j.replay(ctx, c, s, &rest)
}

// looks are traces, and after how many steps of each its state is wanted.
type looks struct {
	number map[*trace.Trace]int
	traces []*trace.Trace
	taken  [][]int
}

func (l *looks) at(t *trace.Trace, taken ...int) {
	n, ok := l.number[t]
	if !ok {
		if l.number == nil {
			l.number = map[*trace.Trace]int{}
		}
		n = len(l.traces)
		l.number[t] = n
		l.traces, l.taken = append(l.traces, t), append(l.taken, nil)
	}
	l.taken[n] = append(l.taken[n], taken...)
}

// look asks for the states that decide about a falsified trace, as far as it is replayed.
func (j *judgement) look(l *looks, m *mutant) {
	t := j.replayed[m]
	l.at(t)
	if m.kind == view {
		return
	}
	end, shift := len(m.original.Events), m.shift()
	next, shows := m.next()
	l.at(m.original, next, end)
	l.at(t, next+shift, len(t.Events))
	if m.kind == argument {
		l.at(m.original, m.at+1)
		l.at(t, m.at+1)
	}
	if m.kind == dropped && !shows {
		last := *m.trace
		last.Events = append(slices.Clone(last.Events), m.original.Events[m.at])
		j.last[m] = &last
		l.at(&last, end)
	}
}

func (j *judgement) replay(ctx context.Context, c *run.Runner, s *spec.Spec, l *looks) error {
	if len(l.traces) == 0 {
		return nil
	}
	verdicts, states, err := replay.WithStates(ctx, c, s, l.traces, l.taken)
	if err != nil {
		return err
	}
	for n, t := range l.traces {
		j.verdicts[t] = verdicts[n]
		if j.states[t] == nil {
			j.states[t] = replay.States{}
		}
		maps.Copy(j.states[t], states[n]) // an original is replayed twice, for other places each time
	}
	return nil
}

func (j *judgement) verdict(m *mutant) report.Verdict { return j.verdicts[j.replayed[m]] }

// rejoins says whether an accepted trace has come back to its original's state.
func (j *judgement) rejoins(m *mutant) (bool, error) {
	next, _ := m.next()
	return replay.Same(replay.Whole, j.states[m.original], next, j.states[j.replayed[m]], next+m.shift())
}

// refusedOriginals names the traces that were falsified and are not accepted
// themselves: what is falsified in them says nothing.
func (j *judgement) refusedOriginals(mutants []mutant) []string {
	var names []string
	for i := range mutants {
		t := mutants[i].original
		said := t.Name + ": itself not accepted"
		if v, ok := j.verdicts[t]; ok && v.Outcome != report.Accepted && !slices.Contains(names, said) {
			names = append(names, said)
		}
	}
	return names
}

// difference says what keeps an accepted falsified trace from being equivalent; ""
// if nothing does.
func (j *judgement) difference(m *mutant) (string, error) {
	if m.kind == view {
		return "the spec allows this view too", nil
	}
	original, falsified := j.states[m.original], j.states[j.replayed[m]]
	end, shift := len(m.original.Events), m.shift()
	if m.kind == argument {
		if len(original[m.at+1]) == 0 || len(falsified[m.at+1]) == 0 {
			return "TLC did not say to which state the step leads", nil
		}
		same, err := replay.Same(replay.Whole, original, m.at+1, falsified, m.at+1)
		if err != nil || same {
			return "the spec comes to the same state with both values", err
		}
	}
	if len(j.replayed[m].Events) < len(m.trace.Events) {
		return "", nil // it rejoins
	}
	same, err := replay.Same(replay.Kept, original, end, falsified, end+shift)
	if err != nil {
		return "", err
	}
	if last := j.last[m]; !same && last != nil && j.verdicts[last].Outcome == report.Accepted {
		same, err = replay.Same(replay.Kept, original, end, j.states[last], end)
	}
	if err != nil || !same {
		return "the trace ends in another state of the spec", err
	}
	if next, _ := m.next(); next < end {
		same, err = replay.Same(replay.Kept, original, next, falsified, next+shift)
		if err != nil || !same {
			return fmt.Sprintf("step %d does not show that the spec is in another state", next), err
		}
	}
	return "", nil
}

// decides is how many steps of the falsified trace refuse it, if it is not equivalent: a
// falsified view is shown at once.
func (m *mutant) decides() int {
	if m.kind == view {
		return m.at + 1
	}
	next, _ := m.next()
	return next + m.shift()
}

// shift is how many steps more the falsified trace has.
func (m *mutant) shift() int {
	switch m.kind {
	case doubled:
		return 1
	case dropped:
		return -1
	}
	return 0
}

// next is how many steps of the original have been taken when each node whose lines
// were falsified has taken its next step behind them. If one takes no more, it is all
// of them, and false.
func (m *mutant) next() (int, bool) {
	steps := m.original.Events
	lines := []trace.Event{steps[m.at]}
	from := m.at + 1
	switch m.kind {
	case swapped:
		lines = append(lines, steps[m.at+1])
		from++
	case argument:
		lines = append(lines, m.trace.Events[m.at])
	}
	taken := from
	for _, line := range lines {
		i := slices.IndexFunc(steps[from:], func(e trace.Event) bool { return tla.Equal(e.Args["node"], line.Args["node"]) })
		if i < 0 {
			return len(steps), false
		}
		taken = max(taken, from+i+1)
	}
	return taken, true
}
