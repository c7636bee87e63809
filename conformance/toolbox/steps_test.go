package toolbox_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

type args = map[string]trace.Value

var errNotAllowed = errors.New("not allowed")

// counter has two steps: it counts up to 2, and is set to what it is told.
func counter(n *int) *toolbox.Steps {
	return &toolbox.Steps{
		Refusal: errNotAllowed,
		Take: map[string]toolbox.Step{
			"Count": func(*trace.Record) error {
				if *n == 2 {
					return fmt.Errorf("%w: it is 2", errNotAllowed)
				}
				*n++
				return nil
			},
			"Set": func(a *trace.Record) error {
				if *n = a.Int("to"); *n > 2 {
					return errPlanned
				}
				return nil
			},
		},
	}
}

func TestStepsTellRefusalsFromErrors(t *testing.T) {
	n := 0
	s := counter(&n)
	require.NoError(t, s.Do("Set", args{"to": 2}))
	err := s.Do("Count", nil)
	require.ErrorIs(t, err, conformance.ErrRefused)
	require.ErrorIs(t, err, errNotAllowed)
	require.ErrorContains(t, err, "Count")
	err = s.Do("Set", args{"to": 3})
	require.NotErrorIs(t, err, conformance.ErrRefused)
	require.ErrorIs(t, err, errPlanned)
	require.ErrorIs(t, s.Do("Reset", nil), toolbox.ErrNoStep)
	require.NoError(t, s.Close())
}

func TestStepsReportAWrongArgument(t *testing.T) {
	n := 0
	err := counter(&n).Do("Set", args{"to": "two"})
	require.ErrorIs(t, err, trace.ErrArgument)
	require.ErrorContains(t, err, `Set: argument to: want an integer, have "two"`)
	require.ErrorIs(t, counter(&n).Do("Set", nil), trace.ErrArgument)
}

func TestStepsHaveALastWord(t *testing.T) {
	n := 0
	s := counter(&n)
	s.After = func(step string, err error) error {
		require.Equal(t, "Count", step)
		require.NoError(t, err)
		return errPlanned
	}
	s.Closing = func() error { return errNotAllowed }
	require.ErrorIs(t, s.Do("Count", nil), errPlanned)
	require.ErrorIs(t, s.Close(), errNotAllowed)
}

func TestCompleteNamesWhatIsMissingAndWhatIsTooMuch(t *testing.T) {
	n := 0
	s := counter(&n)
	require.NoError(t, s.Complete([]string{"Count", "Set"}))
	require.EqualError(t, s.Complete([]string{"Count", "Reset"}), "the table of steps is not the spec's: missing Reset, superfluous Set")
}

func TestDriverLosesNoRefusal(t *testing.T) {
	n := 1
	d := toolbox.Drive(counter(&n))
	require.True(t, d.Try("Count", nil))
	require.False(t, d.Try("Count", nil), "it was expected that it may be refused")
	require.NoError(t, d.Err())
	d.Do("Count", nil) // nothing looks at what comes of it
	d.Do("Set", args{"to": 1})
	require.ErrorIs(t, d.Err(), conformance.ErrRefused)
	require.ErrorContains(t, d.Err(), "steps_test.go:")
	require.Equal(t, 1, n, "the run goes on")

	failing := toolbox.Drive(counter(&n))
	require.False(t, failing.Try("Set", args{"to": 3}))
	require.ErrorIs(t, failing.Err(), errPlanned, "an error is no refusal")
}

type message struct{ To, Text string }

func (m message) View(o *trace.Object) { o.String("to", m.To).String("text", m.Text) }

func TestFindIsByWhatATraceShows(t *testing.T) {
	sent := []message{{"a", "1"}, {"b", "1"}, {"b", "2"}}
	m, ok := toolbox.Find(sent, args{"to": "b", "text": "2"})
	require.True(t, ok)
	require.Equal(t, sent[2], m)
	_, ok = toolbox.Find(sent, args{"to": "b"})
	require.False(t, ok)
	require.True(t, toolbox.IsShown(args{"to": "b", "text": "2"}, m))
	require.False(t, toolbox.IsShown(args{"to": "b", "text": "1"}, m))
}

// TestSentNamesTheWrongOutput: a message of the spec that the code did not send is a
// refusal that says what the code sent instead.
func TestSentNamesTheWrongOutput(t *testing.T) {
	sent := []message{{"a", "1"}, {"b", "1"}}
	m, err := toolbox.Sent(sent, args{"to": "b", "text": "1"})
	require.NoError(t, err)
	require.Equal(t, sent[1], m)
	_, err = toolbox.Sent(sent, args{"to": "b", "text": "2"})
	require.ErrorIs(t, err, conformance.ErrRefused)
	require.EqualError(t, err, `the code has sent no such message; the nearest that it has sent differs: text = "1", the spec has "2"`)
	_, err = toolbox.Sent[message](nil, args{"to": "b"})
	require.EqualError(t, err, `the code has sent no message, and the spec has [to |-> "b"]`)

	var n int
	s := counter(&n)
	s.Take["Take"] = func(a *trace.Record) error {
		_, err := toolbox.Sent(sent, a.Value("message"))
		return err
	}
	var wrong *toolbox.NotSent
	err = s.Do("Take", args{"message": args{"to": "c", "text": "1"}})
	require.ErrorIs(t, err, conformance.ErrRefused)
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, []string{"to"}, wrong.Differ)
}

func TestClaimIsRefusedWhereSomethingIsOwed(t *testing.T) {
	owed, claims := 1, 0
	claim := toolbox.Claim(func() bool { return owed == 0 }, func() { claims++ })
	require.ErrorIs(t, claim(nil), conformance.ErrRefused)
	require.Zero(t, claims)
	owed = 0
	require.NoError(t, claim(nil))
	require.Equal(t, 1, claims)
}

func TestPlainStepTakesNoArguments(t *testing.T) {
	require.ErrorIs(t, toolbox.Plain(func() error { return errPlanned })(nil), errPlanned)
}

func TestTryEachEndsWithTheFirstThatIsTaken(t *testing.T) {
	n := 0
	d := toolbox.Drive(counter(&n))
	d.TryEach("Count", []args{nil, nil})
	require.Equal(t, 1, n)
	n = 2
	d.TryEach("Count", []args{nil, nil})
	require.NoError(t, d.Err(), "each of them was refused")
	d.TryEach("Set", []args{{"to": 3}, {"to": 1}})
	require.ErrorIs(t, d.Err(), errPlanned)
	d.TryEach("Set", []args{{"to": 1}})
	require.Equal(t, 3, n, "nothing is tried behind a surprise")
}

func TestOftenRepeats(t *testing.T) {
	require.Equal(t, []string{"a", "b", "b"}, toolbox.Often(map[string]int{"b": 2, "a": 1, "c": 0}))
}
