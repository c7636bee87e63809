package explain

import (
	"context"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// noteNearest reports the member of a set that is most like a record that is not
// in it, such as the message that a message was made of. The values are as TLC
// prints them; set is the source of the set. It reports nothing if no member has
// a field in common with the record.
func noteNearest(x *report.Explanation, set string, record trace.Value, members string) {
	wrong, ok := record.(map[string]trace.Value)
	all, err := tlc.ParseValue(members)
	if !ok || err != nil {
		return
	}
	var best report.Nearest
	for _, member := range membersOf(all) {
		have, ok := member.(map[string]trace.Value)
		if !ok {
			continue
		}
		differ := differencesOf(have, wrong)
		if len(differ) < len(have) && (best.Member == nil || len(differ) < len(best.Differ)) {
			best = report.Nearest{Set: set, Member: have, Differ: differ}
		}
	}
	if best.Member != nil && !slices.ContainsFunc(x.Nearest, func(n report.Nearest) bool { return tla.Equal(n.Member, best.Member) }) {
		x.Nearest = append(x.Nearest, best)
	}
}

// membersOf returns the members of a set or a sequence, or those that a bag
// counts.
func membersOf(v tlc.Value) []trace.Value {
	switch v := v.(type) {
	case tlc.Set:
		return v
	case []tlc.Value:
		return v
	case tlc.Func:
		var all []trace.Value
		for _, pair := range v {
			all = append(all, pair.Arg)
		}
		return all
	}
	return nil
}

// differencesOf lists the fields in which a record differs from what the spec has.
func differencesOf(spec, logged map[string]trace.Value) []report.FieldDifference {
	var all []report.FieldDifference
	names := tla.SortedKeys(spec)
	for _, name := range tla.SortedKeys(logged) {
		if _, ok := spec[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		w, inSpec := spec[name]
		g, inCode := logged[name]
		if inSpec && inCode && tla.Equal(w, g) {
			continue
		}
		d := report.FieldDifference{Field: name, Value: w}
		if inSpec {
			d.Expected = tla.Text(w)
		}
		if inCode {
			d.Logged = tla.Text(g)
		}
		if inSpec && inCode {
			d.Inside = insideOf(w, g)
		}
		all = append(all, d)
	}
	return all
}

// notMember reports the nearest member if a finding says that a record is not in
// a set.
func notMember(x *report.Explanation, f *report.Finding) {
	if f.Expr == nil || f.Expr.Operator() != `\in` || len(f.Expr.Args) != 2 || f.Value != "FALSE" {
		return
	}
	value := func(i int) *report.Finding {
		for _, p := range f.Parts {
			if p.Expr == f.Expr.Args[i] {
				return p
			}
		}
		return nil
	}
	member, set := value(0), value(1)
	if member == nil || set == nil {
		return
	}
	if record, err := tlc.ParseValue(member.Value); err == nil {
		noteNearest(x, set.Text, record, set.Value)
	}
}

// sentIn finds the steps that brought the nearest members about, as far as the
// trace has them among the arguments of a step: the first that does.
func sentIn(x *report.Explanation, before []trace.Event) {
	for i := range x.Nearest {
		n := &x.Nearest[i]
		for at := range before {
			if has(before[at].Args, n.Member) {
				n.Step, n.Event = at+1, &before[at]
				break
			}
		}
	}
}

// has reports whether a value is, or contains, another.
func has(v, part trace.Value) bool {
	if tla.Equal(v, part) {
		return true
	}
	switch v := v.(type) {
	case []trace.Value:
		return slices.ContainsFunc(v, func(e trace.Value) bool { return has(e, part) })
	case map[string]trace.Value:
		for _, e := range v {
			if has(e, part) {
				return true
			}
		}
	}
	return false
}

// sentInNetwork finds the steps behind which the other nearest members are on
// their way for the first time, if the Steps module defines StepsNetwork. It runs
// Java once.
func sentInNetwork(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, x *report.Explanation) error {
	open := slices.ContainsFunc(x.Nearest, func(n report.Nearest) bool { return n.Event == nil })
	if !open || !s.SaysNetwork() || x.Accepted == 0 {
		return nil
	}
	taken := *t
	taken.Events = taken.Events[:x.Accepted]
	under, err := replay.Network(ctx, c, s, &taken)
	if err != nil {
		return err
	}
	for i := range x.Nearest {
		n := &x.Nearest[i]
		for at := 1; at < len(under) && n.Event == nil; at++ {
			if slices.ContainsFunc(under[at], func(m trace.Value) bool { return tla.Equal(m, n.Member) }) {
				n.Step, n.Event = at, &t.Events[at-1]
			}
		}
	}
	return nil
}
