package analysis

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Sequences knows which arguments of steps, and which parts of them, the spec has
// as sequences. TLC takes the string "tm" for a member of Seq({"t", "m"}), though
// it is no sequence of strings in TLA+. By step, it holds the arguments of each
// use of Step.
type Sequences map[string][]map[string]*shape

// shape says what is known of all members of a set; nil stands for nothing.
type shape struct {
	sequence bool              // they are sequences
	member   *shape            // of the elements, or of a function's values
	fields   map[string]*shape // of records
	items    []*shape          // of tuples
}

var usesSeq = regexp.MustCompile(`\bSeq\s*\(`)

// SequencesOf finds the sequences in the sets of Arg. The result is nil for a spec
// without any.
func SequencesOf(ctx context.Context, s *spec.Spec, c *run.Runner) (Sequences, error) {
	uses := false
	for name, source := range s.Files {
		uses = uses || !s.IsOwn(name) && usesSeq.Match(source)
	}
	if !uses {
		return nil, nil
	}
	y, err := Of(ctx, s, c)
	if err != nil {
		return nil, err
	}
	all := Sequences{}
	for _, site := range y.Steps() {
		args := map[string]*shape{}
		for _, arg := range argsAround(site) {
			args[arg.Args[0].Text] = y.shapeOf(arg.Args[1], nil)
		}
		all[site.Step] = append(all[site.Step], args)
	}
	return all, nil
}

// shapeOf reads what the members of a set have in common from its expression.
// within are the definitions around it.
func (y *Analysis) shapeOf(e *sany.Expr, within []*sany.Symbol) *shape {
	if e == nil {
		return nil
	}
	part := func(i int) *shape {
		if i >= len(e.Args) {
			return nil
		}
		return y.shapeOf(e.Args[i], within)
	}
	switch name := e.Operator(); {
	case e.Kind == "LetInNode":
		return y.shapeOf(e.Body, within)
	case name == "Seq" && e.Op.At.Module == "Sequences":
		return &shape{sequence: true, member: part(0)}
	case name == "$SetOfRcds":
		record := &shape{fields: map[string]*shape{}}
		for _, pair := range e.Args {
			if len(pair.Args) == 2 {
				record.fields[pair.Args[0].Text] = y.shapeOf(pair.Args[1], within)
			}
		}
		return record
	case name == "$SetOfFcns":
		return &shape{member: part(1)}
	case name == "$CartesianProd":
		tuple := &shape{}
		for i := range e.Args {
			tuple.items = append(tuple.items, part(i))
		}
		return tuple
	case name == `\union` || name == `\cup`:
		return either(part(0), part(1))
	case name == "$IfThenElse":
		return either(part(1), part(2))
	case name == `\`:
		return part(0)
	case name == `\intersect` || name == `\cap`:
		if first := part(0); first != nil {
			return first
		}
		return part(1)
	case name == "$SubsetOf" && len(e.Bounds) == 1:
		return y.shapeOf(e.Bounds[0].Set, within)
	case e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && e.Op.Body != nil:
		if slices.Contains(within, e.Op) || slices.Contains(y.Overridden, e.Op.Name) {
			return nil
		}
		return y.shapeOf(e.Op.Body, append(slices.Clone(within), e.Op))
	}
	return nil
}

// either is what is known of the members of a union. A field that only one of two
// kinds of records has is known from that one.
func either(a, b *shape) *shape {
	if a == nil || b == nil {
		return nil
	}
	both := &shape{sequence: a.sequence && b.sequence, member: either(a.member, b.member)}
	if a.fields != nil && b.fields != nil {
		both.fields = map[string]*shape{}
		for name, s := range a.fields {
			both.fields[name] = s
		}
		for name, s := range b.fields {
			if first, ok := both.fields[name]; ok {
				s = either(first, s)
			}
			both.fields[name] = s
		}
	}
	return both
}

// Check returns the fault of an event that has a string where every use of its
// step has a sequence; "" if there is none.
func (q Sequences) Check(e *trace.Event) string {
	fault := ""
	for _, args := range q[e.Step] {
		fault = ""
		for _, name := range tla.SortedKeys(args) {
			if v, ok := e.Args[name]; ok && fault == "" {
				fault = args[name].check("args."+name, v)
			}
		}
		if fault == "" {
			return ""
		}
	}
	return fault
}

func (s *shape) check(path string, v trace.Value) string {
	if s == nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		if s.sequence {
			return fmt.Sprintf("%s is the string %q, and the spec has a sequence there", path, v)
		}
	case []trace.Value:
		for i := range v {
			of := s.member
			if i < len(s.items) {
				of = s.items[i]
			}
			if fault := of.check(fmt.Sprintf("%s[%d]", path, i+1), v[i]); fault != "" {
				return fault
			}
		}
	case map[string]trace.Value:
		for _, name := range tla.SortedKeys(v) {
			of, ok := s.fields[name]
			if !ok {
				of = s.member
			}
			if fault := of.check(path+"."+name, v[name]); fault != "" {
				return fault
			}
		}
	}
	return ""
}
