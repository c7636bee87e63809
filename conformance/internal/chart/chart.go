// Package chart makes sequence diagrams of traces and of TLC's counterexamples.
package chart

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Trace draws a trace with its verdict. If the Steps module defines
// StepsNetwork, it asks TLC for the messages in transit.
func Trace(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, v report.Verdict) (diagram.Source, error) {
	source := TraceAlone(t)
	if v.Outcome == report.Rejected && v.Step > 0 {
		source.Refused, source.Reason = v.Step, v.String()
	}
	if !s.SaysNetwork() || v.Reason == report.Malformed {
		return source, nil
	}
	// The spec has no state after the rejected step.
	taken := *t
	if source.Refused > 0 {
		taken.Events = taken.Events[:source.Refused-1]
	}
	under, err := replay.Network(ctx, c, s, &taken)
	if err != nil {
		return source, err
	}
	source.Network = under
	return source, nil
}

// TraceAlone draws a trace without a spec.
func TraceAlone(t *trace.Trace) diagram.Source {
	title := t.Header.Spec
	if t.Header.Scenario != "" {
		title += fmt.Sprintf(", scenario %s, seed %d", t.Header.Scenario, t.Header.Seed)
	}
	return diagram.Source{Title: title, Events: t.Events, Loop: -1}
}

// Counterexample draws a counterexample of TLC. rule is the name of its model,
// as for Spec.Model. The steps have the names and arguments of the Steps
// module, and the acting node's view. If these cannot be found out, the steps
// have TLC's names.
func Counterexample(ctx context.Context, c *run.Runner, s *spec.Spec, rule string, states []tlc.State, loop *tlc.Loop, reason string) (diagram.Source, error) {
	source := States(states, loop, reason)
	source.Title = s.Name
	if rule != "" {
		source.Title += " without " + rule
	}
	if len(states) < 2 {
		return source, nil
	}
	explained, err := explain.ExplainCounterexample(ctx, c, s, rule, "", states, loop)
	if err != nil {
		return source, err
	}
	steps := explained.States[1:]
	if slices.ContainsFunc(steps, func(s report.BehaviourStep) bool { return s.Step == "" }) {
		return source, nil // keep TLC's own names
	}
	source.Events, source.Before, source.Setup = nil, map[string]map[string]trace.Value{}, explained.Folded()
	for i, step := range steps {
		source.Events = append(source.Events, trace.Event{Step: step.Step, Args: step.Args, State: step.After, Line: i + 1})
		if node, ok := step.Args["node"]; ok {
			key := strings.Trim(tla.Text(node), `"`)
			if _, ok := source.Before[key]; !ok {
				source.Before[key] = step.Before
			}
		}
	}
	if s.SaysNetwork() {
		for _, state := range explained.States {
			source.Network = append(source.Network, state.Network)
		}
	}
	return source, nil
}

// States draws a behaviour that TLC shows, without the spec. It has one lane,
// and shows the variables that change. If several variables are functions with
// the same domain, it takes that domain for the nodes, and draws a step in the
// lane of the one node whose values change.
func States(states []tlc.State, loop *tlc.Loop, reason string) diagram.Source {
	source := diagram.Source{Title: "counterexample", Loop: -1, Reason: reason}
	if len(states) == 0 {
		return source
	}
	nodes := nodesOf(states[0].Vars)
	source.Before = map[string]map[string]trace.Value{}
	for i, state := range states[1:] {
		before := states[i].Vars
		node := nodeThatChanged(nodes, before, state.Vars)
		e := trace.Event{Step: state.Action, State: state.Vars, Args: map[string]trace.Value{}}
		if node != "" {
			e.Args["node"] = node
			e.State = stateOf(node, nodes, state.Vars)
			if _, ok := source.Before[node]; !ok {
				source.Before[node] = stateOf(node, nodes, before)
			}
		} else if _, ok := source.Before["spec"]; !ok {
			source.Before["spec"] = before
		}
		source.Events = append(source.Events, e)
	}
	if reason != "" {
		source.Refused = len(source.Events)
	}
	if loop != nil {
		source.Loop = max(loop.Back-1, 0)
		if loop.Action == "" {
			source.Loop = len(source.Events)
		}
	}
	return source
}

// nodesOf returns the domain that at least two variables share, if there is
// one.
func nodesOf(vars map[string]tlc.Value) []string {
	count := map[string]int{}
	var best []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		domain, ok := vars[name].(map[string]tlc.Value)
		if !ok || len(domain) == 0 {
			continue
		}
		names := tla.SortedKeys(domain)
		key := strings.Join(names, "\x00")
		if count[key]++; count[key] > 1 && (best == nil || count[key] > count[strings.Join(best, "\x00")]) {
			best = names
		}
	}
	return best
}

// nodeThatChanged returns the only node whose state changes, or "".
func nodeThatChanged(nodes []string, before, after map[string]tlc.Value) string {
	found := ""
	for _, node := range nodes {
		if tla.Text(stateOf(node, nodes, before)) == tla.Text(stateOf(node, nodes, after)) {
			continue
		}
		if found != "" {
			return ""
		}
		found = node
	}
	return found
}

// stateOf returns the part of a state that belongs to one node.
func stateOf(node string, nodes []string, vars map[string]tlc.Value) map[string]trace.Value {
	of := map[string]trace.Value{}
	for name, v := range vars {
		domain, ok := v.(map[string]tlc.Value)
		if ok && slices.Equal(tla.SortedKeys(domain), nodes) {
			of[name] = domain[node]
		}
	}
	return of
}

// Rule draws the counterexample of a broken rule.
func Rule(ctx context.Context, c *run.Runner, s *spec.Spec, r *report.Rule) (diagram.Source, error) {
	reason := "violates " + r.Falls()
	if r.Violates == "" {
		reason = r.Message
	}
	return Counterexample(ctx, c, s, r.Name, r.Counterexample, r.Loop, reason)
}
