package conformance

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// network is the operator of a Steps module that says which messages are under
// way: a set, a sequence, or a bag. A module need not have it.
var network = regexp.MustCompile(`(?m)^\s*StepsNetwork\s*==`)

// saysNetwork says whether the Steps module tells which messages are under way.
func (s *Spec) saysNetwork() bool {
	return network.MatchString(withoutComments(string(s.files[s.Name+"Steps.tla"])))
}

// subjectNetwork defines what Retell and PictureReplay ask for.
func (s *Spec) subjectNetwork() string {
	if s.saysNetwork() {
		return "SubjectNetwork == StepsNetwork\n"
	}
	return "SubjectNetwork == {}\n"
}

// Picture is a trace as a diagram draws it, with what the verdict says. Where
// the Steps module defines StepsNetwork, TLC is asked for the messages.
func (c *Checker) Picture(ctx context.Context, s *Spec, t *trace.Trace, v Verdict) (diagram.Source, error) {
	source := TracePicture(t)
	if v.Outcome == Rejected && v.Step > 0 {
		source.Refused, source.Reason = v.Step, v.String()
	}
	if !s.saysNetwork() || v.Reason == Malformed {
		return source, nil
	}
	// From the refused step on the spec knows nothing.
	taken := *t
	if source.Refused > 0 {
		taken.Events = taken.Events[:source.Refused-1]
	}
	under, err := c.network(ctx, s, &taken)
	if err != nil {
		return source, err
	}
	source.Network = under
	return source, nil
}

// TracePicture is a trace as a diagram draws it, without a spec.
func TracePicture(t *trace.Trace) diagram.Source {
	title := t.Header.Spec
	if t.Header.Scenario != "" {
		title += fmt.Sprintf(", scenario %s, seed %d", t.Header.Scenario, t.Header.Seed)
	}
	return diagram.Source{Title: title, Events: t.Events, Loop: -1}
}

// network asks TLC for the messages under way before the first step of an
// accepted trace and after each.
func (c *Checker) network(ctx context.Context, s *Spec, t *trace.Trace) ([][]trace.Value, error) {
	if len(t.Events) == 0 {
		return nil, nil
	}
	r := &replay{Checker: c, spec: s, traces: []*trace.Trace{t}, cut: make([]*unwritable, 1)}
	job, _, err := r.job(ctx, []int{0}, manner{quick: true})
	if err != nil {
		return nil, err
	}
	job.Module, job.Config = "PictureReplay", "PictureReplay.cfg"
	job.Files[job.Config] = append(slices.Clone(job.Files["Replay.cfg"]), "\nCONSTRAINT PictureNetwork\n"...)
	job.Files["Subject.tla"] = []byte(strings.TrimSuffix(string(job.Files["Subject.tla"]), "====\n") + s.subjectNetwork() + "====\n")
	under := make([][]trace.Value, len(t.Events)+1)
	err = c.listen(ctx, job, func(said []trace.Value) {
		if at := numberAt(said, 1); said[0] == "network" && len(said) == 3 && 0 <= at && at < len(under) {
			under[at] = flat(viewOf(said[2]))
		}
	})
	return under, err
}

// listen runs TLC, and what our modules say goes to hear.
func (c *Checker) listen(ctx context.Context, job tlc.Job, hear func([]trace.Value)) error {
	voice := newVoice()
	job.Files["Voice.tla"] = voice.module()
	job.Short = true
	job.Print = func(line string) {
		// What cannot be read is missing, and the rest is still worth having.
		if said, err := voice.hear(line); err == nil && said != nil {
			hear(said)
		}
	}
	result, err := c.run(ctx, job)
	switch {
	case err != nil:
		return err
	case result.Outcome == tlc.Cancelled:
		return context.Cause(ctx)
	case result.Outcome != tlc.OK && result.Outcome != tlc.Deadlock:
		return fmt.Errorf("the picture: %s", result)
	}
	return nil
}

// CounterexamplePicture is a counterexample of TLC as a diagram draws it. rule
// names the model that it comes from, as for Spec.Model: its steps get the names
// and arguments that the Steps module has for them, and the acting node's view.
// Where that cannot be found out, the steps are those that TLC names.
func (c *Checker) CounterexamplePicture(ctx context.Context, s *Spec, rule string, states []tlc.State, loop *tlc.Loop, reason string) (diagram.Source, error) {
	source := BehaviourPicture(states, loop, reason)
	source.Title = s.Name
	if rule != "" {
		source.Title += " without " + rule
	}
	if len(states) < 2 {
		return source, nil
	}
	told, err := c.Retell(ctx, s, rule, "", states, loop)
	if err != nil {
		return source, err
	}
	steps := told.States[1:]
	if slices.ContainsFunc(steps, func(s BehaviourStep) bool { return s.Step == "" }) {
		return source, nil // TLC's own names must do
	}
	source.Events, source.Before = nil, map[string]map[string]trace.Value{}
	for i, step := range steps {
		source.Events = append(source.Events, trace.Event{Step: step.Step, Args: step.Args, State: step.after, Line: i + 1})
		if node, ok := step.Args["node"]; ok {
			key := strings.Trim(text(node), `"`)
			if _, ok := source.Before[key]; !ok {
				source.Before[key] = step.before
			}
		}
	}
	if s.saysNetwork() {
		for _, state := range told.States {
			source.Network = append(source.Network, state.network)
		}
	}
	return source, nil
}

// flat lists what is in a set, a sequence or a bag.
func flat(v trace.Value) []trace.Value {
	switch v := v.(type) {
	case tlc.Set:
		return v
	case []trace.Value:
		return v
	case tlc.Func:
		var list []trace.Value
		for _, pair := range v {
			n, _ := pair.Result.(int)
			for range n {
				list = append(list, pair.Arg)
			}
		}
		return list
	}
	return nil
}

// BehaviourPicture is a behaviour that TLC shows as a diagram draws it, without
// the spec: one lane, and what changes are the variables. Functions that share
// their domain are taken for the state of nodes, where a step changes that of
// one node only.
func BehaviourPicture(states []tlc.State, loop *tlc.Loop, reason string) diagram.Source {
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

// nodesOf is the domain that at least two variables share, if there is one.
func nodesOf(vars map[string]tlc.Value) []string {
	count := map[string]int{}
	var best []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		domain, ok := vars[name].(map[string]tlc.Value)
		if !ok || len(domain) == 0 {
			continue
		}
		names := sortedKeys(domain)
		key := strings.Join(names, "\x00")
		if count[key]++; count[key] > 1 && (best == nil || count[key] > count[strings.Join(best, "\x00")]) {
			best = names
		}
	}
	return best
}

// nodeThatChanged is the only node whose state is another, or "".
func nodeThatChanged(nodes []string, before, after map[string]tlc.Value) string {
	found := ""
	for _, node := range nodes {
		if text(stateOf(node, nodes, before)) == text(stateOf(node, nodes, after)) {
			continue
		}
		if found != "" {
			return ""
		}
		found = node
	}
	return found
}

// stateOf is the part of a state that is one node's, with what is nobody's.
func stateOf(node string, nodes []string, vars map[string]tlc.Value) map[string]trace.Value {
	of := map[string]trace.Value{}
	for name, v := range vars {
		domain, ok := v.(map[string]tlc.Value)
		if ok && slices.Equal(sortedKeys(domain), nodes) {
			of[name] = domain[node]
		}
	}
	return of
}

// RulePicture is the counterexample of a rule that BreakSpec has left out.
func (c *Checker) RulePicture(ctx context.Context, s *Spec, r *Rule) (diagram.Source, error) {
	reason := "violates " + r.Violates
	if r.Violates == "" {
		reason = r.Message
	}
	return c.CounterexamplePicture(ctx, s, r.Name, r.Counterexample, r.Loop, reason)
}
