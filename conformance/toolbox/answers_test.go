package toolbox_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

// counts is a node that counts, and shows its count.
type counts struct{ n int }

func (c *counts) View(o *trace.Object) { o.Int("n", c.n) }

// countTo records three steps of each of two nodes, and lets told note answers
// after each pair.
func countTo(t *testing.T, end bool, told func(a *toolbox.Answers, rec *trace.Recorder, n int)) error {
	t.Helper()
	path := t.TempDir() + "/run.ndjson"
	rec, err := trace.Create(path, trace.Header{Spec: "Counter"})
	require.NoError(t, err)
	var a toolbox.Answers
	for n := 1; n <= 3; n++ {
		rec.Step("Count").String("node", "a").State(&counts{n})
		rec.Step("Count").String("node", "b").State(&counts{10 * n})
		told(&a, rec, n)
	}
	if end {
		require.NoError(t, rec.Close())
	}
	return a.Check(path)
}

func TestAnAnswerIsHeldAgainstTheLastStepOfItsNode(t *testing.T) {
	for _, end := range []bool{true, false} {
		require.NoError(t, countTo(t, end, func(a *toolbox.Answers, rec *trace.Recorder, n int) {
			a.Told(rec, "a", "Count", func(state *trace.Record) bool { return state.Int("n") == n })
			a.Told(rec, "b", "Count", toolbox.Shows("n", 10*n))
		}))
		err := countTo(t, end, func(a *toolbox.Answers, rec *trace.Recorder, n int) {
			a.Told(rec, "a", "Count", func(state *trace.Record) bool { return state.Int("n") != 2 })
		})
		require.ErrorIs(t, err, report.ErrWrongAnswer)
		require.ErrorContains(t, err, "Count, after step 4; the last step of a is 3, Count, with the state map[n:2]")
	}
}

func TestShowsComparesAField(t *testing.T) {
	err := countTo(t, true, func(a *toolbox.Answers, rec *trace.Recorder, n int) {
		a.Told(rec, "a", "Count", toolbox.Shows("n", min(n, 2)))
	})
	require.ErrorIs(t, err, report.ErrWrongAnswer)
	require.ErrorContains(t, err, "after step 6")
	require.NotContains(t, err.Error(), "after step 4")
}

func TestAnAnswerOfANodeWithoutAStepIsWrong(t *testing.T) {
	err := countTo(t, true, func(a *toolbox.Answers, rec *trace.Recorder, n int) {
		a.Told(rec, "c", "Count", func(*trace.Record) bool { return true })
	})
	require.ErrorIs(t, err, report.ErrWrongAnswer)
	require.ErrorContains(t, err, "before any step of c")
}

func TestAnAnswerAboutAFieldThatIsMissingIsAnError(t *testing.T) {
	err := countTo(t, true, func(a *toolbox.Answers, rec *trace.Recorder, n int) {
		a.Told(rec, "a", "Count", func(state *trace.Record) bool { return state.Int("m") == 0 })
	})
	require.ErrorIs(t, err, trace.ErrArgument)
	require.NotErrorIs(t, err, report.ErrWrongAnswer)
}

// TestAStepBringsOneAnswer: each of two callers needs a step of its own, by the time that
// it was told, and a step that is repeated is no second one.
func TestAStepBringsOneAnswer(t *testing.T) {
	path := t.TempDir() + "/run.ndjson"
	rec, err := trace.Create(path, trace.Header{Spec: "Counter"})
	require.NoError(t, err)
	reply := func(number int) {
		rec.Step("Reply").String("node", "a").Int("number", number).Int("value", 7).State(&counts{number})
	}
	told := func(value int) func(step string, args, state *trace.Record) bool {
		return func(step string, args, _ *trace.Record) bool { return step == "Reply" && args.Int("value") == value }
	}
	rec.Step("Ask").String("node", "a").State(&counts{0})
	reply(1)
	reply(1)
	var right, shared, early, other, malformed toolbox.Answers
	right.FromStep(rec, "a reply of 7", told(7))
	shared.FromStep(rec, "a reply of 7", told(7))
	shared.FromStep(rec, "another reply of 7", told(7))
	other.FromStep(rec, "a reply of 8", told(8))
	malformed.FromStep(rec, "a reply", func(_ string, args, _ *trace.Record) bool { return args.Int("number") == 1 })
	early.FromStep(rec, "a first reply", told(7))
	early.FromStep(rec, "a second reply, before it came", told(7))
	reply(2)
	right.FromStep(rec, "a second reply of 7", told(7))
	for range 3 {
		right.AfterStep(rec, "what all may be told", told(7))
	}
	other.AfterStep(rec, "what none may be told", told(8))
	require.NoError(t, rec.Close())
	require.NoError(t, right.Check(path))
	for what, answers := range map[string]*toolbox.Answers{"another reply of 7": &shared, "a reply of 8": &other, "before it came": &early} {
		err := answers.Check(path)
		require.ErrorIs(t, err, report.ErrWrongAnswer)
		require.ErrorContains(t, err, what)
		require.NotContains(t, err.Error(), "a first reply")
		require.Equal(t, what == "a reply of 8", strings.Contains(err.Error(), "what none may be told"))
	}
	err = malformed.Check(path)
	require.NotErrorIs(t, err, report.ErrWrongAnswer)
	require.ErrorContains(t, err, "run.ndjson:2: a reply: ")
}

// TestAnswersOfARunThatFailsCount, beside its error.
func TestAnswersOfARunThatFailsCount(t *testing.T) {
	run := conformance.Run{Path: t.TempDir() + "/run.ndjson"}
	for _, n := range []int{1, 2} {
		err := toolbox.RecordAnswers(run, header(), func(rec *trace.Recorder, answers *toolbox.Answers) error {
			rec.Step("Count").String("node", "a").State(&counts{1})
			answers.Told(rec, "a", "Count has returned", toolbox.Shows("n", n))
			return errPlanned
		})
		require.ErrorIs(t, err, errPlanned)
		require.Equal(t, n != 1, errors.Is(err, report.ErrWrongAnswer), "%v", err)
	}
}
