package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// recording turns traces into the module Recorded.
//
// TLC reads a large literal slowly when it is made of records, and quickly
// when it is made of short rows. So each distinct event is written once, as
// the row of its leaf values; the first element of a row is the number of its
// shape, which is the event with holes for the leaves. A trace is a sequence
// of row numbers. Nested values stand in a pool of their own, each once.
type recording struct {
	shapes table
	rows   table
	pool   table
	traces [][]int // row numbers, from 1

	step, args, state []string // TLA+ expressions over the row r, by shape
}

// table numbers distinct strings from 1, in the order in which they come.
type table struct {
	number map[string]int
	list   []string
}

func (t *table) add(s string) (number int, isNew bool) {
	if n, ok := t.number[s]; ok {
		return n, false
	}
	if t.number == nil {
		t.number = map[string]int{}
	}
	t.list = append(t.list, s)
	t.number[s] = len(t.list)
	return len(t.list), true
}

func record(traces []*trace.Trace) (*recording, error) {
	r := &recording{}
	for _, t := range traces {
		rows := make([]int, len(t.Events))
		for i := range t.Events {
			row, err := r.row(&t.Events[i])
			if err != nil {
				return nil, fmt.Errorf("%s: step %d: %w", t.Name, i+1, err)
			}
			rows[i] = row
		}
		r.traces = append(r.traces, rows)
	}
	return r, nil
}

func (r *recording) row(e *trace.Event) (int, error) {
	var key, row strings.Builder
	key.WriteString(e.Step)
	args, err := r.leaves(&key, &row, e.Args, 2)
	if err != nil {
		return 0, fmt.Errorf("args.%w", err)
	}
	state, err := r.leaves(&key, &row, e.State, 2+len(e.Args))
	if err != nil {
		return 0, fmt.Errorf("state.%w", err)
	}
	shape, isNew := r.shapes.add(key.String())
	if isNew {
		step, err := tlc.FormatValue(e.Step)
		if err != nil {
			return 0, fmt.Errorf("step: %w", err)
		}
		r.step = append(r.step, step)
		r.args = append(r.args, args())
		r.state = append(r.state, state())
	}
	number, _ := r.rows.add("<<" + strconv.Itoa(shape) + row.String() + ">>")
	return number, nil
}

// leaves appends the leaves of a record to a row, and the record's form to the
// key of its shape. The first leaf is element number first of the row. The
// function it returns writes the record with holes.
func (r *recording) leaves(key, row *strings.Builder, fields map[string]trace.Value, first int) (func() string, error) {
	names := sortedKeys(fields)
	pooled := make([]bool, len(names))
	key.WriteByte(0)
	for i, name := range names {
		text, err := tlc.FormatValue(fields[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		switch fields[name].(type) {
		case int, bool, string:
		default:
			pooled[i] = true
			n, _ := r.pool.add(text)
			text = strconv.Itoa(n)
		}
		fmt.Fprintf(key, "%s:%t,", name, pooled[i])
		row.WriteByte(',')
		row.WriteString(text)
	}
	return func() string {
		holes := make([]string, len(names))
		for i := range names {
			holes[i] = fmt.Sprintf("r[%d]", first+i)
			if pooled[i] {
				holes[i] = "RecordedPool[" + holes[i] + "]"
			}
		}
		return recordExpression(names, holes)
	}, nil
}

// module writes the module Recorded.
func (r *recording) module() []byte {
	var b strings.Builder
	b.WriteString("---- MODULE Recorded ----\nEXTENDS Naturals, TLC\n")
	fmt.Fprintf(&b, "RecordedCount == %d\n", len(r.traces))
	b.WriteString("RecordedLength == ")
	writeSequence(&b, len(r.traces), func(i int) { b.WriteString(strconv.Itoa(len(r.traces[i]))) })
	b.WriteString("RecordedPool == ")
	writeSequence(&b, len(r.pool.list), func(i int) { b.WriteString(r.pool.list[i]) })
	b.WriteString("RecordedRows == ")
	writeSequence(&b, len(r.rows.list), func(i int) { b.WriteString(r.rows.list[i]) })
	b.WriteString("RecordedTraces == ")
	writeSequence(&b, len(r.traces), func(i int) {
		b.WriteString("<<")
		for j, row := range r.traces[i] {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Itoa(row))
		}
		b.WriteString(">>")
	})
	b.WriteString("RecordedRow(t, n) == RecordedRows[RecordedTraces[t][n]]\n")
	for _, part := range []struct {
		name   string
		shapes []string
	}{{"RecordedStep", r.step}, {"RecordedArgs", r.args}, {"RecordedState", r.state}} {
		fmt.Fprintf(&b, "%s(r) ==\n  ", part.name)
		writeChoice(&b, part.shapes, 1)
		b.WriteByte('\n')
	}
	b.WriteString("====\n")
	return []byte(b.String())
}

func writeSequence(b *strings.Builder, n int, element func(i int)) {
	b.WriteString("<<")
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		element(i)
	}
	b.WriteString(">>\n")
}

// writeChoice writes the expression that picks by r[1], halving the choices.
func writeChoice(b *strings.Builder, choices []string, first int) {
	switch len(choices) {
	case 0: // no events at all
		b.WriteString("<<>>")
	case 1:
		b.WriteString(choices[0])
	default:
		half := len(choices) / 2
		fmt.Fprintf(b, "IF r[1] < %d THEN ", first+half)
		writeChoice(b, choices[:half], first)
		b.WriteString(" ELSE ")
		writeChoice(b, choices[half:], first+half)
	}
}

var fieldName = regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`)

// recordExpression is the TLA+ record with these fields. A name that TLA+'s
// grammar would not take as a field is written as a string.
func recordExpression(names, values []string) string {
	if len(names) == 0 {
		return "<<>>"
	}
	parts := make([]string, len(names))
	if !slices.ContainsFunc(names, func(n string) bool { return !fieldName.MatchString(n) }) {
		for i := range names {
			parts[i] = names[i] + " |-> " + values[i]
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for i := range names {
		parts[i] = "(" + strconv.Quote(names[i]) + " :> " + values[i] + ")"
	}
	return "(" + strings.Join(parts, " @@ ") + ")"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
