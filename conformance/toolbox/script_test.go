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
