package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// takenText is a step that was taken, as a tuple of TLA+: JSON would not tell
// integers from other numbers, nor sets from sequences.
func takenText(l label, view trace.Value) string {
	return text([]trace.Value{l.step, trace.Value(l.args), view})
}

// taken reads it again.
func taken(text string) (trace.Event, error) {
	v, err := tlc.ParseValue(text)
	if err != nil {
		return trace.Event{}, err
	}
	parts, _ := v.([]tlc.Value)
	if len(parts) != 3 {
		return trace.Event{}, fmt.Errorf("%w: %s", errGarbled, text)
	}
	e := trace.Event{}
	e.Step, _ = parts[0].(string)
	e.Args, _ = parts[1].(map[string]trace.Value)
	e.State, _ = parts[2].(map[string]trace.Value)
	return e, nil
}

// asRefused is a difference as a trace that is refused at its end.
func (d *Difference) asRefused(s *Spec) (*trace.Trace, Verdict, error) {
	t := &trace.Trace{Name: "explored", Header: trace.Header{Spec: s.Name}}
	for i, text := range d.Taken {
		e, err := taken(text)
		if err != nil {
			return nil, Verdict{}, err
		}
		e.Line = i + 2 // where it would stand in a file
		t.Events = append(t.Events, e)
	}
	n := len(t.Events)
	if n == 0 {
		return nil, Verdict{}, fmt.Errorf("%w: the difference at %s has no steps", errGarbled, d.Step)
	}
	v := Verdict{Outcome: Rejected, Step: n, Event: &t.Events[n-1], Reason: Guard, Message: d.Message}
	if d.Reason == State {
		view, err := tlc.ParseValue(d.Expected)
		if err != nil {
			return nil, Verdict{}, err
		}
		v.Reason, v.Allowed = State, []trace.Value{view}
	}
	return t, v, nil
}

// ExplainDifferences explains the first difference of each kind, up to a
// handful, all in one run: one fault shows in many states. The explanation goes
// into the Difference.
func (c *Checker) ExplainDifferences(ctx context.Context, s *Spec, differences []Difference) error {
	kinds := map[string]bool{}
	var chosen []*Difference
	for i := range differences {
		if d := &differences[i]; !kinds[d.kind()] && len(chosen) < maxExplained {
			kinds[d.kind()] = true
			chosen = append(chosen, d)
		}
	}
	return c.explainDifferences(ctx, s, chosen)
}

const maxExplained = 5

func (c *Checker) explainDifferences(ctx context.Context, s *Spec, chosen []*Difference) error {
	var traces []*trace.Trace
	var verdicts []Verdict
	for _, d := range chosen {
		t, v, err := d.asRefused(s)
		if err != nil {
			return err
		}
		traces, verdicts = append(traces, t), append(verdicts, v)
	}
	explained, err := c.explainAll(ctx, s, traces, verdicts, wanted{lists: true, truth: true})
	if err != nil {
		return err
	}
	for i, d := range chosen {
		d.Explanation = explained[i]
		d.Explanation.explored(d)
	}
	return nil
}

// explored says what the explanation is of: not of a recorded trace.
func (x *Explanation) explored(d *Difference) {
	x.Explored, x.Reason = d.Message, d.Reason
	switch {
	case x.held:
		x.Summary = d.Message + "; all parts of the action hold that speak of this state"
		if rules := x.ruleNames(); len(rules) > 0 {
			x.Summary += ", among them " + strings.Join(rules, ", ")
		}
	case d.Reason == State && len(x.Fields) > 0: // the summary has the fields
	case d.Expected == "":
		x.Summary = d.Message + ": " + x.Summary
	default:
		x.Summary = d.Message
	}
}

// ruleNames are those of the spec's rules that the explanation names, or, if
// the spec has no rules, all definitions that it names.
func (x *Explanation) ruleNames() []string {
	names := slices.Clone(x.Rules)
	if len(x.breakable) > 0 {
		names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(x.breakable, name) })
	}
	return slices.Compact(names)
}
