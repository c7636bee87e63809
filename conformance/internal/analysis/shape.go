package analysis

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// shape says what is known of all members of a set from its expression; nil stands for
// nothing.
type shape struct {
	kinds   []string          // that the members may be of, in the words of Compare.tla
	endless bool              // TLC cannot list the set
	member  *shape            // of a sequence's elements, or of a function's values
	fields  map[string]*shape // of records
	items   []*shape          // of tuples
}

// shapeOf returns the shape of a set's members. within are the definitions around it.
func (y *Analysis) shapeOf(e *sany.Expr, within []*sany.Symbol) *shape {
	if e == nil {
		return nil
	}
	if known := y.shapeOfBasic(e, within); known != nil {
		return known
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
	case name == `\union` || name == `\cup`:
		return either(part(0), part(1))
	case name == "$IfThenElse":
		return either(part(1), part(2))
	case name == `\`:
		return part(0)
	case name == `\intersect` || name == `\cap`:
		return both(part(0), part(1))
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

// shapeOfBasic returns the shape of the members of a set that TLA+ or a standard module has
// a word or a notation for; nil for any other.
func (y *Analysis) shapeOfBasic(e *sany.Expr, within []*sany.Symbol) *shape {
	var parts []*shape
	endless := false
	add := func(e *sany.Expr) {
		part := y.shapeOf(e, within)
		endless = endless || part != nil && part.endless
		parts = append(parts, part)
	}
	switch name := e.Operator(); {
	case slices.Contains([]string{"Nat", "Int"}, name) && slices.Contains([]string{"Naturals", "Integers"}, e.Op.At.Module):
		return &shape{kinds: []string{"number"}, endless: !slices.Contains(y.Overridden, name)}
	case name == "..":
		return &shape{kinds: []string{"number"}}
	case name == "STRING":
		return &shape{kinds: []string{"string"}, endless: true}
	case name == "Seq" && e.Op.At.Module == "Sequences" && len(e.Args) == 1:
		add(e.Args[0])
		return &shape{kinds: []string{"sequence"}, endless: true, member: parts[0]}
	case name == "$SetOfRcds":
		fields := map[string]*shape{}
		for _, pair := range e.Args {
			if len(pair.Args) == 2 {
				add(pair.Args[1])
				fields[pair.Args[0].Text] = parts[len(parts)-1]
			}
		}
		return &shape{kinds: []string{"function"}, endless: endless, fields: fields}
	case name == "$SetOfFcns" && len(e.Args) == 2:
		add(e.Args[0])
		add(e.Args[1])
		return &shape{kinds: []string{"function", "sequence"}, endless: endless, member: parts[1]}
	case name == "$CartesianProd":
		for _, arg := range e.Args {
			add(arg)
		}
		return &shape{kinds: []string{"function", "sequence"}, endless: endless, items: parts}
	case name == "$SetEnumerate" && len(e.Args) > 0 && !slices.ContainsFunc(e.Args, func(m *sany.Expr) bool { return m.Operator() != "$RcdConstructor" }):
		return &shape{kinds: []string{"function"}}
	}
	return nil
}

// either is what is known of the members of a union. A field that only one of two kinds
// of records has is known from that one.
func either(a, b *shape) *shape {
	if a == nil || b == nil {
		return nil
	}
	all := &shape{endless: a.endless || b.endless, member: either(a.member, b.member)}
	all.kinds = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a.kinds), b.kinds...))))
	if a.fields != nil && b.fields != nil {
		all.fields = map[string]*shape{}
		for name, s := range a.fields {
			all.fields[name] = s
		}
		for name, s := range b.fields {
			if first, ok := all.fields[name]; ok {
				s = either(first, s)
			}
			all.fields[name] = s
		}
	}
	return all
}

// both is what is known of the members of an intersection, which TLC can list if it can
// list one of the two sets.
func both(a, b *shape) *shape {
	if a == nil {
		return finite(b)
	}
	if b == nil || !b.endless {
		return finite(a)
	}
	return a
}

func finite(s *shape) *shape {
	if s == nil {
		return nil
	}
	known := *s
	known.endless = false
	return &known
}
