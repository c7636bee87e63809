package trace

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Merge puts the traces of the processes of one run together into one trace,
// in the order of their stamps; equal stamps go by the names of the processes.
// That is an order in which the steps can have happened: the steps of each
// process are in theirs, and every message is received after it was sent.
//
// It is an error, a *SyntaxError that says which file and line, if a process
// has no trace or two (ErrMissing, ErrNotOneRun), if the traces are not of one
// run (ErrNotOneRun), or if a step follows from a message that was not sent
// before it, or not at all (ErrCausality).
//
// The merged trace has no Process in its header and no stamps; each event
// keeps its file and line.
func Merge(traces ...*Trace) (*Trace, error) {
	if len(traces) == 0 {
		return nil, fmt.Errorf("trace: %w: there is no trace to merge", ErrMissing)
	}
	of, err := byProcess(traces)
	if err != nil {
		return nil, err
	}
	if err := causal(traces, of); err != nil {
		return nil, err
	}
	type stamped struct {
		process string
		Event
	}
	var all []stamped
	var names []string
	for _, t := range traces {
		names = append(names, t.Name)
		for _, e := range t.Events {
			e.File = t.Name
			all = append(all, stamped{t.Header.Process.Name, e})
		}
	}
	slices.SortFunc(all, func(a, b stamped) int {
		return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), strings.Compare(a.process, b.process))
	})
	merged := &Trace{Name: strings.Join(names, "+"), Header: traces[0].Header}
	merged.Header.Process = nil
	merged.Unfinished = slices.ContainsFunc(traces, func(t *Trace) bool { return t.Unfinished })
	for i := range all {
		e := all[i].Event
		e.Stamp, e.Heard = 0, nil
		merged.Events = append(merged.Events, e)
	}
	return merged, nil
}

// ReadMerged reads the files of the processes of one run, and merges them.
func ReadMerged(paths ...string) (*Trace, error) {
	traces := make([]*Trace, len(paths))
	for i, path := range paths {
		var err error
		if traces[i], err = ReadFile(path); err != nil {
			return nil, err
		}
	}
	return Merge(traces...)
}

// byProcess finds the trace of each process of the run, and makes sure that
// there is one for each.
func byProcess(traces []*Trace) (map[string]*Trace, error) {
	first := traces[0]
	of := map[string]*Trace{}
	for _, t := range traces {
		p := t.Header.Process
		if p == nil {
			return nil, t.wrong(1, ErrNotOneRun, "expected a header that names a process of several, found one that names none")
		}
		if wrong := p.check(); wrong != "" {
			return nil, t.wrong(1, ErrInvalid, "expected that %s", wrong)
		}
		if what, want, found := differ(&first.Header, &t.Header); what != "" {
			return nil, t.wrong(1, ErrNotOneRun, "expected the %s %v as in %s, found %v", what, want, first.Name, found)
		}
		if other := of[p.Name]; other != nil {
			return nil, t.wrong(1, ErrNotOneRun, "expected one file of the process %q, found it in %s too", clip(p.Name), other.Name)
		}
		of[p.Name] = t
	}
	for _, name := range slices.Sorted(slices.Values(first.Header.Process.All)) {
		if of[name] == nil {
			return nil, first.wrong(1, ErrMissing, "expected a file of each process, found none of %q", clip(name))
		}
	}
	return of, nil
}

// differ says in what the runs differ that two headers speak of.
func differ(a, b *Header) (what string, in, inB any) {
	all := func(h *Header) []string { return slices.Sorted(slices.Values(h.Process.All)) }
	switch {
	case a.Spec != b.Spec:
		return "spec", a.Spec, b.Spec
	case a.Scenario != b.Scenario:
		return "scenario", a.Scenario, b.Scenario
	case a.Seed != b.Seed:
		return "seed", a.Seed, b.Seed
	case a.Process.Run != b.Process.Run:
		return "run", a.Process.Run, b.Process.Run
	case !slices.Equal(all(a), all(b)):
		return "processes", all(a), all(b)
	case len(a.Constants)+len(b.Constants) > 0 && !reflect.DeepEqual(a.Constants, b.Constants):
		return "constants", a.Constants, b.Constants
	}
	return "", nil, nil
}

// causal makes sure that stamps grow, and that what was received had been sent.
func causal(traces []*Trace, of map[string]*Trace) error {
	for _, t := range traces {
		var before uint64
		for i := range t.Events {
			if wrong := checkStamp(before, &t.Events[i]); wrong != "" {
				return t.wrong(t.Events[i].Line, ErrCausality, "%s", wrong)
			}
			before = t.Events[i].Stamp
		}
	}
	for _, t := range traces {
		for _, e := range t.Events {
			for _, m := range e.Heard {
				sender := of[m.Process]
				if sender == nil {
					return t.wrong(e.Line, ErrCausality, "expected a message of a process of this run, found one with %s", m)
				}
				if !sender.has(m.Time) {
					return t.wrong(e.Line, ErrCausality, "expected that the message with %s was sent, found no step with that stamp in %s", m, sender.Name)
				}
			}
		}
	}
	return nil
}

// has reports whether a step has the stamp.
func (t *Trace) has(stamp uint64) bool {
	_, found := slices.BinarySearchFunc(t.Events, stamp, func(e Event, stamp uint64) int { return cmp.Compare(e.Stamp, stamp) })
	return found
}

// wrong returns an error for a line as a whole.
func (t *Trace) wrong(line int, kind error, format string, args ...any) error {
	return &SyntaxError{File: t.Name, Line: line, Msg: fmt.Sprintf(format, args...), err: kind}
}
