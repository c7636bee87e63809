package toolbox

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Sequence is the recorders of the nodes of one program. The merged trace has their steps in the
// order in which they were recorded, except those that Reserve is for. Its methods may be called
// by any number of goroutines.
type Sequence struct {
	last      atomic.Int64
	reserving sync.Mutex
	nodes     map[string]*sequenced
}

// sequenced is the trace.Clock of a recorder.
type sequenced struct {
	*trace.Recorder
	last     *atomic.Int64
	reserved atomic.Int64 // the place of its next step, or 0
}

// Tick implements trace.Clock.
func (s *sequenced) Tick(uint64) uint64 {
	if at := s.reserved.Swap(0); at != 0 {
		return uint64(at)
	}
	return uint64(s.last.Add(1))
}

// Recorder returns that of a node, or nil.
func (s *Sequence) Recorder(name string) *trace.Recorder {
	if n := s.nodes[name]; n != nil {
		return n.Recorder
	}
	return nil
}

// Steps is how many steps there are, or have a place.
func (s *Sequence) Steps() int { return int(s.last.Load()) }

// Reserve calls observe, and reserves the place behind it for the next step of a node. For example
// observe records the true time, and the step is the reading of a clock, which the node records later.
// Only one caller observes at a time. A node must not reserve a place before it has used the last one.
func (s *Sequence) Reserve(name string, observe func()) {
	s.reserving.Lock()
	defer s.reserving.Unlock()
	observe()
	s.nodes[name].reserved.Store(s.last.Add(1))
}

// RecordSequence is RecordAnswers for a run with a recorder for each of these names. Known gets the
// trace at the end, for constants in its header that were not known before; it may be nil.
func RecordSequence(run conformance.Run, h trace.Header, names []string, known func(*trace.Trace), do func(*Sequence, *Answers) error) (err error) {
	s := &Sequence{nodes: map[string]*sequenced{}}
	var answers Answers
	for _, name := range names {
		n := &sequenced{last: &s.last}
		if n.Recorder, err = ResumeProcess(run.Dir, name, names, h, n); err != nil {
			return err
		}
		defer n.Close() // if do panics
		s.nodes[name] = n
	}
	err = do(s, &answers)
	for _, n := range s.nodes {
		err = errors.Join(err, n.Close())
	}
	return errors.Join(err, Merge(run, names), rewrite(run.Path, known), answers.Check(run.Path))
}

// rewrite lets a trace in a file change.
func rewrite(path string, change func(*trace.Trace)) error {
	t, err := trace.ReadFile(path)
	if err != nil || change == nil {
		return err
	}
	change(t)
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(t.Write(out), out.Close())
}
