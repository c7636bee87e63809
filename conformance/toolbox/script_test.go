package toolbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
)

func TestScriptKeepsTheFirstSurpriseAndItsPlace(t *testing.T) {
	var s toolbox.Script
	s.Must(nil)
	s.Allow(errNotAllowed, errPlanned, errNotAllowed)
	s.Refused(errNotAllowed, errNotAllowed)
	s.Check(true, "it holds")
	require.NoError(t, s.Err())
	for want, surprise := range map[string]func(s *toolbox.Script){
		"not allowed":        func(s *toolbox.Script) { s.Must(errNotAllowed) },
		"planned":            func(s *toolbox.Script) { s.Allow(errPlanned, errNotAllowed) },
		"it was not refused": func(s *toolbox.Script) { s.Refused(nil, errNotAllowed) },
		"have planned":       func(s *toolbox.Script) { s.Refused(errPlanned, errNotAllowed) },
		"1 is not 2":         func(s *toolbox.Script) { s.Check(false, "%d is not %d", 1, 2) },
	} {
		var s toolbox.Script
		surprise(&s)
		s.Check(false, "a second one")
		require.ErrorContains(t, s.Err(), want)
		require.True(t, strings.HasPrefix(s.Err().Error(), "script_test.go:"), "%s", s.Err())
	}
}

// relay hands each message on to the next node, and refuses what is "bad".
type relay struct {
	next  string
	got   []string
	ticks int
	out   []message
	loops bool
}

func (r *relay) Receive(m message) error {
	if m.Text == "bad" {
		return errNotAllowed
	}
	r.got = append(r.got, m.Text)
	if r.next != "" && (r.loops || len(m.Text) < 4) {
		r.out = append(r.out, message{r.next, m.Text + "+"})
	}
	return nil
}

func (r *relay) Tick() error {
	r.ticks++
	r.out = append(r.out, message{r.next, "tick"})
	return nil
}

func (r *relay) Messages() []message {
	out := r.out
	r.out = nil
	return out
}

func scripted() (s *toolbox.Scripted[message], a, b *relay) {
	s = toolbox.NewScripted(func(m message) string { return m.To })
	a, b = &relay{next: "b"}, &relay{next: "a"}
	s.Add("a", a)
	s.Add("b", b)
	return s, a, b
}

func TestScriptedHoldsReleasesAndRedelivers(t *testing.T) {
	s, a, b := scripted()
	s.Send(message{"a", "x"})
	s.Settle()
	require.Equal(t, []string{"x", "x++"}, a.got)
	require.Equal(t, []string{"x+", "x+++"}, b.got)

	toB := func(m message) bool { return m.To == "b" }
	s.Hold(toB)
	s.Tick("a", 2)
	require.Equal(t, 2, a.ticks)
	require.Len(t, s.Held(), 2)
	require.Len(t, b.got, 2)
	s.Release()
	require.Equal(t, []string{"tick", "tick"}, b.got[2:])

	s.Hold(toB)
	s.Tick("a", 1)
	s.Lose()
	s.Settle()
	require.Len(t, b.got, 4)

	s.Redeliver(func(m message) bool { return m.Text == "x+++" })
	require.Equal(t, []string{"x+++"}, b.got[4:])
	require.NoError(t, s.Err())
}

func TestScriptedLosesNoRefusal(t *testing.T) {
	s, a, _ := scripted()
	s.Send(message{"a", "bad"}, message{"a", "x+++"})
	s.Settle()
	require.ErrorIs(t, s.Err(), errNotAllowed)
	require.ErrorContains(t, s.Err(), "script_test.go:")
	require.Equal(t, []string{"x+++"}, a.got, "the run goes on")
}

func TestScriptedNoticesAMessageWithoutANode(t *testing.T) {
	s, _, _ := scripted()
	s.Send(message{"c", "x"})
	s.Settle()
	require.ErrorContains(t, s.Err(), `no node "c"`)

	s, _, _ = scripted()
	var strays []message
	s.OnStray = func(m message) { strays = append(strays, m) }
	s.Send(message{"c", "x"})
	s.Settle()
	require.NoError(t, s.Err())
	require.Len(t, strays, 1)
}

func TestScriptedEndsWhatHasNoEnd(t *testing.T) {
	s, a, b := scripted()
	a.loops, b.loops = true, true
	s.Send(message{"a", "x"})
	s.Settle()
	require.ErrorIs(t, s.Err(), toolbox.ErrEndless)
}

func TestScriptFollowsCommandsAndNamesTheOneThatSurprises(t *testing.T) {
	var s toolbox.Script
	var done []string
	do := func(words []string) error {
		done = append(done, strings.Join(words, " "))
		switch words[0] {
		case "fail":
			s.Must(errPlanned)
		case "unknown":
			return toolbox.ErrNoCommand
		}
		return nil
	}
	s.Follow(`
		put a 1,  put b   2 # the second, with a comment

		fail now
		put c 3`, do)
	require.Equal(t, []string{"put a 1", "put b 2", "fail now", "put c 3"}, done, "a script goes on after a surprise")
	require.ErrorIs(t, s.Err(), errPlanned)
	require.ErrorContains(t, s.Err(), "line 4 of the script: fail now: script_test.go:")
	s = toolbox.Script{}
	s.Follow("unknown, put d 4", do)
	require.ErrorIs(t, s.Err(), toolbox.ErrNoCommand)
	require.ErrorContains(t, s.Err(), "line 1 of the script: unknown")
	require.NotContains(t, done, "put d 4")
	s = toolbox.Script{}
	s.Follow("put e 5", do)
	s.Check(false, "it is over")
	require.NotContains(t, s.Err().Error(), "of the script", "after the text no command is at fault")
}

func TestScriptTakesStepsAndKnowsWhichTheCodeMustRefuse(t *testing.T) {
	var steps []string
	step := func(words []string) error {
		steps = append(steps, strings.Join(words, " "))
		return map[string]error{"bad": errNotAllowed, "fail": errPlanned}[words[0]]
	}
	for text, want := range map[string]error{
		"put a, not bad b, put c":  nil,
		"put a, not put b, put c":  toolbox.ErrNotRefused,
		"put a, bad b, put c":      errNotAllowed,
		"put a, fail b, put c":     errPlanned,
		"put a, not fail b, put c": errPlanned,
	} {
		steps = nil
		var s toolbox.Script
		s.FollowSteps(text, errNotAllowed, step)
		require.Equal(t, strings.Split(strings.ReplaceAll(text, "not ", ""), ", "), steps, "the run goes on")
		require.ErrorIs(t, s.Err(), want)
		if want != nil {
			require.ErrorContains(t, s.Err(), "line 1 of the script: "+strings.Split(text, ", ")[1])
		}
	}
}

func TestErrorRemainsWithoutItsResult(t *testing.T) {
	require.ErrorIs(t, toolbox.ErrOf(3, errPlanned), errPlanned)
	require.NoError(t, toolbox.ErrOf(3, nil))
}

func TestScriptReadsNumbers(t *testing.T) {
	require.Equal(t, []int{2, 13}, toolbox.Numbers([]string{"put", "2", "a1", "13"}))
	var s toolbox.Script
	require.EqualValues(t, 13, s.Number("13"))
	require.NoError(t, s.Err())
	s.Number("1O")
	require.ErrorContains(t, s.Err(), `"1O"`)
}

func TestCommandIsOneOfTheTable(t *testing.T) {
	table := map[string]func() error{"fail": func() error { return errPlanned }}
	require.ErrorIs(t, toolbox.Command("fail", table), errPlanned)
	err := toolbox.Command("fall", table)
	require.ErrorIs(t, err, toolbox.ErrNoCommand)
	require.ErrorContains(t, err, "fall")
}

func TestWalkAllowsNoErrorExceptTheRefusal(t *testing.T) {
	var s toolbox.Script
	var done int
	do := func(err error) error {
		done++
		return err
	}
	toolbox.Walk(&s, []error{nil, errNotAllowed, nil}, errNotAllowed, do)
	require.NoError(t, s.Err())
	toolbox.Walk(&s, []error{nil, errPlanned, nil}, errNotAllowed, do)
	require.ErrorIs(t, s.Err(), errPlanned)
	require.Equal(t, 6, done, "a walk goes on after a surprise")
}
