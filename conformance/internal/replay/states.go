package replay

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// States are the states in which the spec can be along one trace, by how many of
// its steps have been taken: each is a text of TLC, in which the same state may
// be written in several ways. Several states at one place are those between which
// the trace does not decide.
type States map[int]map[string]bool

func (s States) with(taken int, text trace.Value) States {
	if s == nil {
		s = States{}
	}
	if s[taken] == nil {
		s[taken] = map[string]bool{}
	}
	said, _ := text.(string)
	s[taken][said] = true
	return s
}

// Part is what of a state is compared.
type Part int

const (
	Whole Part = iota // all variables
	Kept              // what can still matter: StepsState, or all variables
)

// Same says whether two traces are in the same states of the spec at a place of
// each. Where no state is known they are not.
func Same(part Part, a States, atA int, b States, atB int) (bool, error) {
	one, other := a[atA], b[atB]
	if len(one) == 0 || len(other) == 0 {
		return false, nil
	}
	if maps.Equal(one, other) {
		return true, nil
	}
	first, err := canonical(part, one)
	if err != nil {
		return false, err
	}
	second, err := canonical(part, other)
	return err == nil && maps.Equal(first, second), err
}

// canonical writes the part of each state in the one way that all runs of TLC
// agree on.
func canonical(part Part, states map[string]bool) (map[string]bool, error) {
	out := map[string]bool{}
	for text := range states {
		v, err := tlc.ParseValue(text)
		if err != nil {
			return nil, fmt.Errorf("a state along a trace cannot be read: %w", err)
		}
		parts, ok := v.([]trace.Value)
		if !ok || len(parts) == 0 {
			return nil, fmt.Errorf("%w: %s", tla.ErrGarbled, text)
		}
		written, err := tla.CanonicalText(parts[min(int(part), len(parts)-1)])
		if err != nil {
			return nil, fmt.Errorf("a state along a trace: %w", err)
		}
		out[written] = true
	}
	return out, nil
}

// WithStates is Replay, which says only whether a trace is accepted. It also returns
// the states of the spec after the numbers of steps in looks. Some may be missing if
// the trace is not accepted.
func WithStates(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, looks [][]int) ([]report.Verdict, []States, error) {
	r, err := judged(ctx, c, s, traces, Options{VerdictOnly: true, Looks: looks})
	if err != nil {
		return nil, nil, err
	}
	return r.verdicts, r.states, nil
}

// look makes a run say the states that are wanted.
func (r *replay) look(job *tlc.Job, traces []int, b *branches) {
	wanted := make([]map[int]bool, len(traces))
	for at, i := range traces {
		wanted[at] = map[int]bool{}
		for _, taken := range r.Looks[i] {
			wanted[at][taken] = true
		}
	}
	// A branch says nothing of what it shares; the trace does that it leaves.
	for at, parent := range slices.Backward(b.parent) {
		for taken := range wanted[at] {
			if parent >= 0 && taken < b.fork[at] {
				wanted[parent][taken] = true
			}
		}
	}
	var w strings.Builder
	w.WriteString("RecordedLooks == ")
	writeSequence(&w, len(wanted), func(i int) {
		var before []int // so that a set of numbers from 1 holds the counts
		for taken := range wanted[i] {
			before = append(before, taken-1)
		}
		w.WriteString(numbersFromOne(before))
	})
	const end = "====\n"
	job.Files["Recorded.tla"] = append([]byte(strings.TrimSuffix(string(job.Files["Recorded.tla"]), end)), w.String()+end...)
	job.Files["Instance.tla"] = []byte(strings.TrimSuffix(string(job.Files["Instance.tla"]), end) + r.spec.InstanceStates() + end)
	job.Files["ReplayStates.cfg"] = append(slices.Clone(job.Files[job.Config]), "\nCONSTRAINT ReplayPrintStates\n"...)
	job.Module, job.Config = "ReplayStates", "ReplayStates.cfg"
}

// inheritStates gives each trace the states that were said of what it shares.
func (t *passResult) inheritStates(b *branches) {
	for at, parent := range b.parent {
		if parent < 0 || t.states[parent] == nil {
			continue
		}
		for taken, states := range t.states[parent] {
			if taken < b.fork[at] {
				if t.states[at] == nil {
					t.states[at] = States{}
				}
				t.states[at][taken] = states
			}
		}
	}
}
