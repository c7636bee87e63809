package heartbeat

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// learner remembers what it was told.
type learner struct{ gaps []int64 }

func (l *learner) Learn(gap int64)                         { l.gaps = append(l.gaps, gap) }
func (l *learner) Window() int64                           { return 300 }
func (l *learner) Suspicion(silence, window int64) float64 { return 0 }

func watcher(t *testing.T) (*Core, *learner) {
	l := &learner{}
	c := NewCore(CoreConfig{
		Name: "w", Watched: []string{"p"}, CheckEvery: 100, Tolerance: 50, Floor: 300, Ceiling: 300,
		Detector: func() Detector { return l },
	})
	require.NoError(t, c.Start(0))
	return c, l
}

// TestOnlyWhatIsRegularIsLearnt: the spec leaves open how a window is found.
func TestOnlyWhatIsRegularIsLearnt(t *testing.T) {
	c, l := watcher(t)
	hear := func(incarnation, sequence uint64, at Reading) {
		_, err := c.Receive(Heartbeat{"p", "w", incarnation, sequence}, at)
		require.NoError(t, err)
	}
	hear(1, 1, 70) // the first has none before it
	hear(1, 2, 170)
	hear(2, 1, 250) // another incarnation
	hear(2, 2, 340)
	require.NoError(t, c.Forgive(400)) // the watcher has stood still
	hear(2, 3, 450)
	_, err := c.Check(500)
	require.NoError(t, err)
	hear(2, 4, 560)
	for at := Reading(600); at <= 900; at += 100 {
		_, err := c.Check(at)
		require.NoError(t, err)
	}
	hear(2, 5, 910) // it was down
	require.Equal(t, []int64{100, 90, 110}, l.gaps)
}

// TestAPeerIsReportedOnce: the trace shows the status, not the report.
func TestAPeerIsReportedOnce(t *testing.T) {
	c, _ := watcher(t)
	var lost []string
	for at := Reading(100); at <= 900; at += 100 {
		names, err := c.Check(at)
		require.NoError(t, err)
		lost = append(lost, names...)
	}
	require.Equal(t, []string{"p"}, lost)
	revived, err := c.Receive(Heartbeat{"p", "w", 1, 1}, 950)
	require.NoError(t, err)
	require.True(t, revived)
	revived, err = c.Receive(Heartbeat{"p", "w", 1, 2}, 960)
	require.NoError(t, err)
	require.False(t, revived)
}

// TestACoreTakesNoStepBeforeItStarts, and starts once.
func TestACoreTakesNoStepBeforeItStarts(t *testing.T) {
	c := NewCore(CoreConfig{Name: "w", Sends: true, Watched: []string{"p"}, CheckEvery: 100, Detector: func() Detector { return &learner{} }})
	refused := func(err error) { t.Helper(); require.ErrorIs(t, err, ErrNotAllowed) }
	_, err := c.Send(0)
	refused(err)
	refused(c.Block())
	refused(c.Unblock())
	refused(c.Forgive(1000))
	refused(c.Ignore(Heartbeat{"p", "w", 1, 1}))
	_, err = c.Receive(Heartbeat{"p", "w", 1, 1}, 0)
	refused(err)
	_, err = c.Check(0)
	refused(err)
	require.NoError(t, c.Start(0))
	refused(c.Start(0))
	require.NoError(t, c.Block())
}
