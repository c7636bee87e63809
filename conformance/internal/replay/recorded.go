package replay

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// recording turns traces into the module Recorded.
//
// TLC reads large literals slowly, and the time depends on the number of
// expressions. So each distinct event is written once, as a short row of
// numbers and strings. The first element is the number of its shape, which is
// the event with holes. Parts that are equal in all events of a shape are
// written into the shape. Values that are equal in each of its events, such as
// the length of a log and the index of its last entry, share a hole. Values
// whose form varies are kept in a pool, each once. A trace is a sequence of row
// numbers.
type recording struct {
	shapes table
	forms  []*form // by shape
	rows   table
	pool   table
	Traces [][]int // row numbers, from 1
}

// form has the facts about the events of one shape.
type form struct {
	step   string
	doubt  string // the names of the doubtful arguments, as a set
	args   *part
	state  *part
	leaves [][]string // the TLA+ text of each leaf, by event
	events []place    // the place of each event
	hole   []string   // the text for each leaf in the shape
}

type place struct{ trace, Step int }

// part is a value in the events of a shape: a record of parts, or a leaf.
type part struct {
	leaf   int // the number of the leaf; unused in a record
	names  []string
	parts  []*part
	pooled bool
}

// Unwritable is the error for a value that TLA+ does not have, such as a string
// with a control character. No state of any spec can be equal to it.
type Unwritable struct {
	place
	event  *trace.Event
	Reason report.Reason // Guard if it is an argument, State if it is in the view
	err    error
}

func (e *Unwritable) Error() string { return e.err.Error() }

// table numbers distinct strings from 1, in the order of their arrival.
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

// Record writes each event once that several traces share: a mutant shares all unchanged
// events with its original trace.
func Record(traces []*trace.Trace) (*recording, error) {
	r := &recording{}
	seen, again := map[spec.Same]place{}, map[place]place{}
	for i, t := range traces {
		r.Traces = append(r.Traces, make([]int, len(t.Events)))
		for j := range t.Events {
			e := &t.Events[j]
			same, shared := spec.SameAs(e)
			if first, ok := seen[same]; ok && shared {
				again[place{i, j}] = first
				continue
			}
			seen[same] = place{i, j}
			doubt, err := doubtful(e.Args)
			if err != nil {
				return nil, &Unwritable{place: place{i, j}, event: e, Reason: report.Guard, err: err}
			}
			key := e.Step + "\x00" + doubt + "\x00" + strings.Join(tla.SortedKeys(e.Args), "\x01") + "\x00" + strings.Join(tla.SortedKeys(e.State), "\x01")
			shape, isNew := r.shapes.add(key)
			if isNew {
				r.forms = append(r.forms, &form{step: e.Step, doubt: doubt, args: newPart(e.Args), state: newPart(e.State)})
			}
			f := r.forms[shape-1]
			f.args.fit(e.Args)
			f.state.fit(e.State)
			f.events = append(f.events, place{i, j})
		}
	}
	for n, f := range r.forms {
		if err := r.fill(n+1, f, traces); err != nil {
			return nil, err
		}
	}
	for at, first := range again {
		r.Traces[at.trace][at.Step] = r.Traces[first.trace][first.Step]
	}
	return r, nil
}

// doubtful is the set of the arguments that TLC may take for other values: to it a string
// equals the sequence of its letters, if that stands on the left.
func doubtful(args map[string]trace.Value) (string, error) {
	var names []string
	for _, name := range tla.SortedKeys(args) {
		if _, isString := args[name].(string); isString || hasLetters(args[name]) {
			text, err := tlc.FormatValue(name)
			if err != nil {
				return "", fmt.Errorf("the name of a field: %w", err)
			}
			names = append(names, text)
		}
	}
	return "{" + strings.Join(names, ", ") + "}", nil
}

// hasLetters says whether there is a sequence in a value that could be a string: one of
// strings with one letter each. An empty record is an empty sequence, too.
func hasLetters(v trace.Value) bool {
	switch v := v.(type) {
	case []trace.Value:
		isLetter := func(v trace.Value) bool { s, ok := v.(string); return ok && len(s) == 1 }
		return !slices.ContainsFunc(v, func(v trace.Value) bool { return !isLetter(v) }) || slices.ContainsFunc(v, hasLetters)
	case map[string]trace.Value:
		return len(v) == 0 || slices.ContainsFunc(slices.Collect(maps.Values(v)), hasLetters)
	}
	return false
}

// argument writes a value in which each sequence of letters is a function, which TLC does not
// take for a string.
func argument(v trace.Value) (string, error) {
	if !hasLetters(v) {
		return tlc.FormatValue(v)
	}
	var list []trace.Value
	fields, isRecord := v.(map[string]trace.Value)
	if isRecord {
		if err := newPart(v).checkNames(); err != nil {
			return "", err
		}
		for _, name := range tla.SortedKeys(fields) {
			list = append(list, fields[name])
		}
	} else {
		list = v.([]trace.Value)
	}
	texts := make([]string, len(list))
	for i := range list {
		var err error
		if texts[i], err = argument(list[i]); err != nil {
			return "", err
		}
	}
	if isRecord {
		return recordExpression(tla.SortedKeys(fields), texts), nil
	}
	text := "<<" + strings.Join(texts, ", ") + ">>"
	if len(list) == 0 || slices.ContainsFunc(list, hasLetters) {
		return text, nil
	}
	return fmt.Sprintf("[recordedLetter \\in 1 .. %d |-> %s[recordedLetter]]", len(list), text), nil
}

func newPart(v trace.Value) *part {
	p := &part{}
	switch v := v.(type) {
	case []trace.Value:
		p.pooled = true
	case map[string]trace.Value:
		if len(v) == 0 {
			p.pooled = true
			break
		}
		p.names = tla.SortedKeys(v)
		for _, name := range p.names {
			p.parts = append(p.parts, newPart(v[name]))
		}
	}
	return p
}

// fit adapts the part to one more value. If the values do not all have the same
// members, they go into the pool as a whole.
func (p *part) fit(v trace.Value) {
	if p.pooled {
		return
	}
	fields, isRecord := v.(map[string]trace.Value)
	if p.names == nil {
		switch v.(type) {
		case int, bool, string:
		default:
			p.pooled = true
		}
		return
	}
	if !isRecord || len(fields) != len(p.names) {
		p.names, p.parts, p.pooled = nil, nil, true
		return
	}
	for i, name := range p.names {
		field, ok := fields[name]
		if !ok {
			p.names, p.parts, p.pooled = nil, nil, true
			return
		}
		p.parts[i].fit(field)
	}
}

// number numbers the leaves.
func (p *part) number(next int) int {
	p.leaf = next
	if p.names == nil {
		return next + 1
	}
	for _, q := range p.parts {
		next = q.number(next)
	}
	return next
}

// checkNames finds names of fields that TLA+ cannot hold.
func (p *part) checkNames() error {
	for i, name := range p.names {
		if _, err := tlc.FormatValue(name); err != nil {
			return fmt.Errorf("the name of a field: %w", err)
		}
		if err := p.parts[i].checkNames(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// fill writes the rows of all events of one form.
func (r *recording) fill(shape int, f *form, traces []*trace.Trace) error {
	count := f.state.number(f.args.number(0))
	f.leaves = make([][]string, count)
	first := f.events[0]
	for _, some := range []struct {
		part   *part
		reason report.Reason
	}{{f.args, report.Guard}, {f.state, report.State}} {
		if err := some.part.checkNames(); err != nil {
			return &Unwritable{place: first, event: &traces[first.trace].Events[first.Step], Reason: some.reason, err: err}
		}
	}
	for _, at := range f.events {
		t := traces[at.trace]
		e := &t.Events[at.Step]
		if err := r.leavesOf(f, f.args, e.Args, argument); err != nil {
			return &Unwritable{place: at, event: e, Reason: report.Guard, err: err}
		}
		if err := r.leavesOf(f, f.state, e.State, tlc.FormatValue); err != nil {
			return &Unwritable{place: at, event: e, Reason: report.State, err: err}
		}
	}
	columns := f.columns()
	var row strings.Builder
	for n, at := range f.events {
		row.Reset()
		fmt.Fprintf(&row, "<<%d", shape)
		for _, c := range columns {
			row.WriteByte(',')
			row.WriteString(f.leaves[c][n])
		}
		row.WriteString(">>")
		r.Traces[at.trace][at.Step], _ = r.rows.add(row.String())
	}
	f.leaves, f.events = nil, nil
	return nil
}

// leavesOf adds the leaves of one event.
func (r *recording) leavesOf(f *form, p *part, v trace.Value, format func(trace.Value) (string, error)) error {
	if p.names != nil {
		for i, name := range p.names {
			if err := r.leavesOf(f, p.parts[i], v.(map[string]trace.Value)[name], format); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
	text, err := format(v)
	if err != nil {
		return err
	}
	if p.pooled {
		n, _ := r.pool.add(text)
		text = strconv.Itoa(n)
	}
	f.leaves[p.leaf] = append(f.leaves[p.leaf], text)
	return nil
}

// columns chooses the leaves that a row must contain, and the text for every
// leaf in the shape.
func (f *form) columns() []int {
	var columns []int
	f.hole = make([]string, len(f.leaves))
	for i, leaf := range f.leaves {
		if !slices.ContainsFunc(leaf, func(s string) bool { return s != leaf[0] }) {
			f.hole[i] = leaf[0]
			continue
		}
		same := slices.IndexFunc(columns, func(c int) bool { return slices.Equal(f.leaves[c], leaf) })
		if same < 0 {
			same = len(columns)
			columns = append(columns, i)
		}
		f.hole[i] = fmt.Sprintf("r[%d]", same+2)
	}
	return columns
}

// expression returns the part with its holes.
func (f *form) expression(p *part) string {
	switch {
	case p.names == nil && p.pooled:
		return "RecordedPool[" + f.hole[p.leaf] + "]"
	case p.names == nil:
		return f.hole[p.leaf]
	}
	values := make([]string, len(p.parts))
	for i, q := range p.parts {
		values[i] = f.expression(q)
	}
	return recordExpression(p.names, values)
}

// Module writes the module Recorded. It instantiates other modules locally, so
// that it adds no names of theirs.
func (r *recording) Module(branches *branches) ([]byte, error) {
	var b strings.Builder
	b.WriteString("---- MODULE Recorded ----\nLOCAL INSTANCE Integers\nLOCAL INSTANCE TLC\n")
	b.WriteString("RecordedPool == ")
	writeSequence(&b, len(r.pool.list), func(i int) { b.WriteString(r.pool.list[i]) })
	b.WriteString("RecordedRows == ")
	writeSequence(&b, len(r.rows.list), func(i int) { b.WriteString(r.rows.list[i]) })
	r.writeBranches(&b, branches)
	events := make([]string, len(r.forms))
	for i, f := range r.forms {
		step, err := tlc.FormatValue(f.step)
		if err != nil {
			return nil, fmt.Errorf("step: %w", err)
		}
		events[i] = "[step |-> " + step + ", doubtful |-> " + f.doubt + ", args |-> " + f.expression(f.args) + ", state |-> " + f.expression(f.state) + "]"
	}
	b.WriteString("RecordedShape(r) ==\n  ")
	writeChoice(&b, events, 1)
	b.WriteString(recordedAccess)
	return []byte(b.String()), nil
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

// writeChoice writes the expression that selects by r[1] with a binary search.
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

// recordExpression writes a TLA+ record with these fields. If a name is not a
// field name in TLA+'s grammar, it writes a function over strings; checkNames
// has made sure that this is possible.
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
		parts[i] = "(" + tla.Text(names[i]) + " :> " + values[i] + ")"
	}
	return "(" + strings.Join(parts, " @@ ") + ")"
}
