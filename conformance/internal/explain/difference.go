package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// taken parses the text of explore's takenText.
func taken(text string) (trace.Event, error) {
	v, err := tlc.ParseValue(text)
	if err != nil {
		return trace.Event{}, err
	}
	parts, _ := v.([]tlc.Value)
	if len(parts) != 3 {
		return trace.Event{}, fmt.Errorf("%w: %s", tla.ErrGarbled, text)
	}
	e := trace.Event{}
	e.Step, _ = parts[0].(string)
	e.Args, _ = parts[1].(map[string]trace.Value)
	e.State, _ = parts[2].(map[string]trace.Value)
	return e, nil
}

// asRefused turns a difference into a trace that is rejected at its end.
func asRefused(d *report.Difference, s *spec.Spec) (*trace.Trace, report.Verdict, error) {
	t := &trace.Trace{Name: "explored", Header: trace.Header{Spec: s.Name}}
	for i, text := range d.Taken {
		e, err := taken(text)
		if err != nil {
			return nil, report.Verdict{}, err
		}
		e.Line = i + 2 // where it would stand in a file
		t.Events = append(t.Events, e)
	}
	n := len(t.Events)
	if n == 0 {
		return nil, report.Verdict{}, fmt.Errorf("%w: the difference at %s has no steps", tla.ErrGarbled, d.Step)
	}
	v := report.Verdict{Outcome: report.Rejected, Step: n, Event: &t.Events[n-1], Reason: report.Guard, Message: d.Message}
	if d.Reason == report.State {
		view, err := tlc.ParseValue(d.Expected)
		if err != nil {
			return nil, report.Verdict{}, err
		}
		v.Reason, v.Allowed = report.State, []trace.Value{view}
	}
	return t, v, nil
}

// ExplainDifferences explains the first difference of each kind, at most
// maxExplained, in one run. It writes the explanation into the Difference.
func ExplainDifferences(ctx context.Context, c *run.Runner, s *spec.Spec, differences []report.Difference) error {
	kinds := map[string]bool{}
	var chosen []*report.Difference
	for i := range differences {
		if d := &differences[i]; !kinds[d.Kind()] && len(chosen) < MaxExplained {
			kinds[d.Kind()] = true
			chosen = append(chosen, d)
		}
	}
	return explainDifferences(ctx, c, s, chosen)
}

const MaxExplained = 5

func explainDifferences(ctx context.Context, c *run.Runner, s *spec.Spec, chosen []*report.Difference) error {
	var traces []*trace.Trace
	var verdicts []report.Verdict
	for _, d := range chosen {
		t, v, err := asRefused(d, s)
		if err != nil {
			return err
		}
		traces, verdicts = append(traces, t), append(verdicts, v)
	}
	explained, err := explainAll(ctx, c, s, traces, verdicts, wanted{lists: true, truth: true})
	if err != nil {
		return err
	}
	for i, d := range chosen {
		d.Explanation = explained[i]
		explored(d.Explanation, d)
	}
	return nil
}

// explored says that the explanation is for a difference and not for a recorded
// trace.
func explored(x *report.Explanation, d *report.Difference) {
	x.Explored, x.Reason = d.Message, d.Reason
	switch {
	case x.Held:
		x.Summary = d.Message + "; all parts of the action hold that speak of this state"
		if rules := ruleNames(x); len(rules) > 0 {
			x.Summary += ", among them " + strings.Join(rules, ", ")
		}
	case d.Reason == report.State && len(x.Fields) > 0: // the summary has the fields
	case d.Expected == "":
		x.Summary = d.Message + ": " + x.Summary
	default:
		x.Summary = d.Message
	}
}

// ruleNames lists the spec's rules that the explanation names or, if the spec
// has no rules, all definitions that it names.
func ruleNames(x *report.Explanation) []string {
	names := slices.Clone(x.Rules)
	if len(x.Breakable) > 0 {
		names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(x.Breakable, name) })
	}
	return slices.Compact(names)
}
