package run

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// Stats counts runs of TLC by their kind. It is safe for concurrent use; nil
// counts nothing.
type Stats struct {
	mu    sync.Mutex
	kinds map[string]*count
}

type count struct {
	runs, kept      int
	wall, processor time.Duration
}

// add counts a run.
func (s *Stats) add(job *tlc.Job, r *tlc.Result) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.of(kindOf(job))
	c.runs++
	if r.Kept {
		c.kept++
	}
	c.wall += r.Duration
	c.processor += r.Processor
}

// Processor is the processor time of all runs.
func (s *Stats) Processor() (total time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.kinds {
		total += c.processor
	}
	return total
}

// Add counts all that another has counted.
func (s *Stats) Add(other *Stats) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	other.mu.Lock()
	defer other.mu.Unlock()
	for kind, more := range other.kinds {
		c := s.of(kind)
		c.runs += more.runs
		c.kept += more.kept
		c.wall += more.wall
		c.processor += more.processor
	}
}

// of is the count of a kind; s.mu is held.
func (s *Stats) of(kind string) *count {
	if s.kinds == nil {
		s.kinds = map[string]*count{}
	}
	if s.kinds[kind] == nil {
		s.kinds[kind] = &count{}
	}
	return s.kinds[kind]
}

// kindOf says what a run is for.
func kindOf(job *tlc.Job) string {
	switch {
	case job.Files["Covered.tla"] != nil:
		return "coverage"
	case job.Files["Recorded.tla"] != nil || job.Module == "Explore" || job.Module == "Counterexample":
		return strings.ToLower(job.Module)
	case strings.HasSuffix(job.Module, "Broken"):
		return "broken spec"
	}
	return "model"
}

// String is a table, the kind that took most processor time first. Wall time is
// that of all runs one after the other.
func (s *Stats) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := make([]string, 0, len(s.kinds))
	for kind := range s.kinds {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if more := s.kinds[b].processor - s.kinds[a].processor; more != 0 {
			return int(more / max(more, -more))
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%-16s %5s %10s %13s %9s\n", "runs of TLC", "runs", "from store", "processor s", "wall s")
	for _, kind := range kinds {
		c := s.kinds[kind]
		fmt.Fprintf(&b, "%-16s %5d %10d %13.1f %9.1f\n", kind, c.runs, c.kept, c.processor.Seconds(), c.wall.Seconds())
	}
	return b.String()
}
