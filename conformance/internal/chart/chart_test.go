package chart_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/chart"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestPictureOfACounterexample draws what TLC finds without a rule: with the
// names, arguments and views of the Steps module, and with the messages.
func TestPictureOfACounterexample(t *testing.T) {
	c, s := checktest.Runner(t), checktest.PingSpec(t)
	r := &report.Rule{Name: "IsNew"}
	require.NoError(t, rules.BreakSpec(t.Context(), c, s, "IsNew", r))
	require.Equal(t, report.Detected, r.Spec, r.Message)
	source, err := chart.Rule(t.Context(), c, s, r)
	require.NoError(t, err)
	require.Zero(t, source.Setup, "a short counterexample is drawn whole")
	d, err := diagram.New(source, diagram.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, d.Lanes)
	require.Len(t, d.Steps, 3)
	require.Equal(t, "Send", d.Steps[0].Name)
	require.Equal(t, []diagram.Change{{Field: "sent", Value: "1"}}, d.Steps[0].Changes)
	require.Equal(t, "Receive", d.Steps[1].Name)
	require.Equal(t, "Receive", d.Steps[2].Name)
	require.True(t, d.Steps[2].Refused)
	require.Equal(t, "violates NoneTwice", d.Steps[2].Reason)
	require.Len(t, d.Messages, 2, "one message, received twice")
	for i, m := range d.Messages {
		require.Equal(t, diagram.Message{Label: "Ping(number = 1)", From: 0, To: i + 1, Source: d.Steps[0].Lane, Target: 1 - d.Steps[0].Lane}, m)
	}
}

// TestPictureOfAFunction has a variable that TLA+ alone cannot write down: a
// function over something else than strings.
func TestPictureOfAFunction(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/ping/spec")))
	text, err := os.ReadFile(dir + "/Ping.tla")
	require.NoError(t, err)
	changed := strings.NewReplacer("sent, got, net\n", "sent, got, net, marks\n", "got, net>>\n\nInit", "got, net, marks>>\n\nInit",
		"net = {}\n", "net = {}\n  /\\ marks = [p \\in {<<1, 2>>} |-> 3]\n", "UNCHANGED got", "UNCHANGED <<got, marks>>",
		"UNCHANGED <<sent, net>>", "UNCHANGED <<sent, net, marks>>", "UNCHANGED <<sent, got>>", "UNCHANGED <<sent, got, marks>>").Replace(string(text))
	require.Equal(t, 6, strings.Count(changed, "marks"), changed)
	require.NoError(t, os.WriteFile(dir+"/Ping.tla", []byte(changed), 0o600))
	s, err := spec.Load(os.DirFS(dir))
	require.NoError(t, err)
	c, r := checktest.Runner(t), &report.Rule{Name: "IsNew"}
	require.NoError(t, rules.BreakSpec(t.Context(), c, s, "IsNew", r))
	require.Equal(t, report.Detected, r.Spec, r.Message)
	source, err := chart.Rule(t.Context(), c, s, r)
	require.NoError(t, err)
	require.NotEmpty(t, source.Events[0].Args["to"], "TLC's own names have no arguments")
}

// TestPictureOfATrace asks TLC for the messages, which the steps do not name
// when they are sent, and marks the refused step.
func TestPictureOfATrace(t *testing.T) {
	c, s := checktest.Runner(t), checktest.PingSpec(t)
	first := map[string]trace.Value{"type": "Ping", "from": "a", "to": "b", "number": 1}
	second := map[string]trace.Value{"type": "Ping", "from": "a", "to": "b", "number": 2}
	of := func(node string, sent, got int) map[string]trace.Value {
		return map[string]trace.Value{"sent": sent, "got": got}
	}
	recorded := &trace.Trace{Name: "t", Header: trace.Header{Spec: "Ping", Scenario: "test", Seed: 1}, Events: []trace.Event{
		{Step: "Send", Args: map[string]trace.Value{"node": "a", "to": "b"}, State: of("a", 1, 0), Line: 2},
		{Step: "Send", Args: map[string]trace.Value{"node": "a", "to": "b"}, State: of("a", 2, 0), Line: 3},
		{Step: "Lose", Args: map[string]trace.Value{"node": "network", "message": first}, State: map[string]trace.Value{"waiting": 1}, Line: 4},
		{Step: "Receive", Args: map[string]trace.Value{"node": "b", "message": second}, State: of("b", 0, 1), Line: 5},
		{Step: "Receive", Args: map[string]trace.Value{"node": "b", "message": first}, State: of("b", 0, 2), Line: 6},
	}}
	verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{recorded})
	require.NoError(t, err)
	source, err := chart.Trace(t.Context(), c, s, recorded, verdicts[0])
	require.NoError(t, err)
	d, err := diagram.New(source, diagram.Options{})
	require.NoError(t, err)
	require.Equal(t, []diagram.Message{
		{Label: "Ping(number = 1)", From: 0, To: 2, Source: 0, Target: 1, Lost: true},
		{Label: "Ping(number = 2)", From: 1, To: 3, Source: 0, Target: 1},
		{Label: "Ping(number = 1)", From: 0, To: 4, Source: 0, Target: 1},
	}, d.Messages)
	require.True(t, d.Steps[4].Refused)
	require.Contains(t, d.Steps[4].Reason, "rejected at step 5, Receive (guard)")
	require.Contains(t, d.SVG(), "✗ rejected at step 5")
}

// TestBehaviourWithoutASpec draws what TLC prints, in both of its forms.
func TestBehaviourWithoutASpec(t *testing.T) {
	plain := `Error: Invariant NoneTwice is violated.
Error: The behavior up to this point is:
State 1: <Initial predicate>
/\ sent = [a |-> 0, b |-> 0]
/\ got = [a |-> 0, b |-> 0]

State 2: <Send line 20, col 3 to line 24, col 18 of module Ping>
/\ sent = [a |-> 0, b |-> 1]
/\ got = [a |-> 0, b |-> 0]

State 3: <Both line 39, col 6 to line 39, col 41 of module Ping>
/\ sent = [a |-> 1, b |-> 1]
/\ got = [a |-> 1, b |->
  1]

25 states generated, 20 distinct states found, 13 states left on queue.
`
	tool := strings.NewReplacer("State ", "@!@!@STARTMSG 2217:4 @!@!@\n", "\n\n", "\n\n@!@!@ENDMSG 2217 @!@!@\n").Replace(plain)
	for _, text := range []string{plain, tool} {
		result, err := tlc.ReadBehaviour(strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, "NoneTwice", result.Violated)
		require.Len(t, result.Trace, 3)
		d, err := diagram.New(chart.States(result.Trace, result.Loop, result.Message), diagram.Options{})
		require.NoError(t, err)
		require.Equal(t, []string{"b", "spec"}, d.Lanes)
		require.Equal(t, []diagram.Change{{Field: "sent", Value: "1"}}, d.Steps[0].Changes)
		require.Equal(t, "Both", d.Steps[1].Name)
		require.True(t, d.Steps[1].Refused)
	}
	endless := plain[:strings.Index(plain, "25 states")]
	for tail, want := range map[string]string{
		"State 4: Stuttering\n":                                                       "and so it stays for ever",
		"Back to state 2: <Send of module Ping>\n":                                    "",
		"2: Back to state: <Send line 20, col 3 to line 24, col 18 of module Ping>\n": "and again from step 2, for ever",
	} {
		result, err := tlc.ReadBehaviour(strings.NewReader(endless + tail))
		require.NoError(t, err)
		d, err := diagram.New(chart.States(result.Trace, result.Loop, ""), diagram.Options{})
		require.NoError(t, err)
		require.Equal(t, want, d.Repeats(), tail)
	}
	_, err := tlc.ReadBehaviour(strings.NewReader("nothing of the kind"))
	require.ErrorIs(t, err, tlc.ErrNoBehaviour)
}

// TestPictureOfALongTrace has ten thousand steps, and is drawn in a moment.
func TestPictureOfALongTrace(t *testing.T) {
	long := &trace.Trace{Header: trace.Header{Spec: "Ping"}}
	for i := range 10_000 {
		m := map[string]trace.Value{"from": "a", "to": "b", "number": i / 2}
		node := []string{"a", "b"}[i%2]
		long.Events = append(long.Events, trace.Event{Step: "Step", Args: map[string]trace.Value{"node": node, "message": m}, State: map[string]trace.Value{"i": i}})
	}
	d, err := diagram.New(chart.TraceAlone(long), diagram.Options{First: 5001, Last: 5004})
	require.NoError(t, err)
	require.Len(t, d.Messages, 2)
	require.Equal(t, "number = 2500", d.Messages[0].Label)
	require.Less(t, len(d.SVG()), 20_000, fmt.Sprint(len(d.SVG())))
}
