package replay

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// branches are traces that share prefixes: each trace follows an earlier one as
// far as the two are equal, and branches off there. Mutants are equal to the
// original trace up to the change, and traces of broken code are mostly equal
// to those of the whole code. So there are far fewer steps to replay than the
// traces have.
//
// Each trace has at least one event of its own at its end, even if another
// trace has the same, so that each trace has an end of its own.
type branches struct {
	traces [][]int // the row numbers of each trace
	parent []int   // the trace from which it branches off, -1 for the first ones
	fork   []int   // the number of events that it shares with that
	forks  map[place][]int
	events int // the number of events to replay
}

func branchesOf(traces [][]int) *branches {
	b := &branches{
		traces: traces, parent: make([]int, len(traces)), fork: make([]int, len(traces)), forks: map[place][]int{},
	}
	type edge struct{ from, row int }
	next := map[edge]int{}
	owner := []int{-1} // by node of the prefix tree, the first trace through it; 0 is the root
	for i, rows := range traces {
		path := []int{0}
		for _, row := range rows {
			to, ok := next[edge{path[len(path)-1], row}]
			if !ok {
				break
			}
			path = append(path, to)
		}
		taken := len(path) - 1
		if here := path[taken]; taken > 0 && taken == len(rows) {
			taken-- // leave one event of its own
		} else if taken > 0 && taken == len(traces[owner[here]]) {
			// The first trace ends here, so it has no event at which this trace could
			// branch off. Later traces branch off from this one.
			owner[here] = i
			taken--
		}
		b.parent[i], b.fork[i] = owner[path[taken]], taken
		if taken > 0 {
			at := place{b.parent[i], taken}
			b.forks[at] = append(b.forks[at], i)
		}
		b.events += len(rows) - taken
		for at := len(path) - 1; at < len(rows); at++ {
			owner = append(owner, i)
			next[edge{path[at], rows[at]}] = len(owner) - 1
			path = append(path, len(owner)-1)
		}
	}
	return b
}

// Apart returns traces that share no prefix. Explain stops each trace at its
// rejected step, and a trace that branches off later would be lost.
func Apart(traces [][]int) *branches {
	b := &branches{traces: traces, parent: make([]int, len(traces)), fork: make([]int, len(traces))}
	for i := range traces {
		b.parent[i] = -1
		b.events += len(traces[i])
	}
	return b
}

// inherit gives a trace that TLC never began the result of the trace from which
// it branches off, because that was rejected before.
func (t *passResult) inherit(b *branches) {
	for at, parent := range b.parent {
		if parent < 0 || t.reached[at] > 0 || t.accepted[at] {
			continue
		}
		t.began[at] = t.began[parent]
		t.reached[at], t.differs[at], t.breaks[at], t.violates[at] = t.reached[parent], t.differs[parent], t.breaks[parent], t.violates[parent]
	}
}

// recordedAccess has the operators with which Replay reads the traces. They
// need the standard modules, which Replay itself must not extend, because the
// spec may define the same names. TLC's registers for the last places are above those
// of coverage, which are above those that a spec may use itself. The highest is set
// first: TLC makes as many as it has met.
const recordedAccess = `
RecordedAfter(n) == n + 1
RecordedRegister(t) == 200000 + t
RecordedRemember(t, value) == TLCSet(RecordedRegister(t), value)
RecordedLast(t) == TLCGet(RecordedRegister(t))
ASSUME TLCSet(RecordedRegister(RecordedCount), <<-1>>)
ASSUME \A t \in 1..RecordedCount : TLCSet(RecordedRegister(t), <<-1>>)
RecordedWhole(t, taken) == taken = RecordedLength[t]
RecordedEntry(t, taken) ==
  RecordedTraces[t][(IF taken = RecordedLength[t] THEN taken ELSE taken + 1) - RecordedFrom[t]]
RecordedRow(n) == RecordedRows[IF n > RecordedForkBase THEN RecordedForks[n - RecordedForkBase][1] ELSE n]
RecordedNext(t, taken) == RecordedShape(RecordedRow(RecordedEntry(t, taken)))
RecordedBranches(t, taken) ==
  IF taken = RecordedLength[t] \/ RecordedEntry(t, taken) <= RecordedForkBase THEN {t}
  ELSE {t} \cup RecordedForks[RecordedEntry(t, taken) - RecordedForkBase][2]
====
`

// writeBranches writes the traces as sequences of row numbers. A number above
// all rows stands for an event at which other traces branch off.
func (r *recording) writeBranches(w *strings.Builder, b *branches) {
	var first []int
	for i, parent := range b.parent {
		if parent < 0 {
			first = append(first, i)
		}
	}
	fmt.Fprintf(w, "RecordedFirst == %s\n", numbersFromOne(first))
	fmt.Fprintf(w, "RecordedCount == %d\n", len(r.Traces))
	w.WriteString("RecordedLength == ")
	writeSequence(w, len(r.Traces), func(i int) { w.WriteString(strconv.Itoa(len(r.Traces[i]))) })
	w.WriteString("RecordedFrom == ")
	writeSequence(w, len(r.Traces), func(i int) { w.WriteString(strconv.Itoa(b.fork[i])) })
	base := len(r.rows.list)
	var forks []string
	w.WriteString("RecordedTraces == ")
	writeSequence(w, len(r.Traces), func(i int) {
		w.WriteString("<<")
		for j, row := range r.Traces[i][b.fork[i]:] {
			if j > 0 {
				w.WriteByte(',')
			}
			if others := b.forks[place{i, b.fork[i] + j}]; len(others) > 0 {
				forks = append(forks, fmt.Sprintf("<<%d, %s>>", row, numbersFromOne(others)))
				row = base + len(forks)
			}
			w.WriteString(strconv.Itoa(row))
		}
		w.WriteString(">>")
	})
	fmt.Fprintf(w, "RecordedForkBase == %d\nRecordedForks == ", base)
	writeSequence(w, len(forks), func(i int) { w.WriteString(forks[i]) })
}

// numbersFromOne writes the set of these indexes, which TLA+ counts from 1.
func numbersFromOne(list []int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range slices.Sorted(slices.Values(list)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(n + 1))
	}
	b.WriteByte('}')
	return b.String()
}
