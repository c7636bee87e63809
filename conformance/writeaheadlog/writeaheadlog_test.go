package writeaheadlog

import (
	"context"
	"io/fs"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Serve(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are
// killed: none may find that something is lost, and there must be no step of
// the spec that none of them takes. That their traces are accepted is for the
// checker to say.
func TestScenariosTakeEveryStep(t *testing.T) {
	taken := map[string]int{}
	for _, s := range Pattern.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			p := Pattern
			p.Scenarios = []conformance.Scenario{s}
			paths, err := p.Record(context.Background(), t.TempDir(), false)
			require.NoError(t, err)
			require.Len(t, paths, s.Runs)
			for _, path := range paths {
				tr, err := trace.ReadFile(path)
				require.NoError(t, err)
				for _, e := range tr.Events {
					taken[e.Step]++
				}
			}
		})
	}
	source, err := fs.ReadFile(Pattern.Spec, "WriteAheadLogSteps.tla")
	require.NoError(t, err)
	steps := regexp.MustCompile(`Step\("(\w+)"`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, steps)
	for _, m := range steps {
		require.NotZero(t, taken[string(m[1])], "no scenario takes %s: %v", m[1], taken)
	}
}

// TestTheImageIsWhatWasWritten reads the file of a log that is well, and then
// damages it.
func TestTheImageIsWhatWasWritten(t *testing.T) {
	w := &world{disk: disk.NewFake()}
	require.NoError(t, w.open(operation{Another: 1}))
	for _, op := range workload(1, 10, 10) {
		require.NoError(t, w.m.Write(op.batch()))
	}
	require.NoError(t, w.close())
	m, err := w.look()
	require.NoError(t, err)
	require.Len(t, m.whole, 10)
	require.Equal(t, 10, m.slots)
	require.Zero(t, m.bad())
	for i, s := range m.whole {
		require.Equal(t, i+1, s.index)
		require.Equal(t, i, s.flushed)
	}
	at := m.whole[6].offset
	require.NoError(t, w.disk.Rot(file, at+slotHeader, 1))
	m, err = w.look()
	require.NoError(t, err)
	require.Len(t, m.whole, 6)
	require.Equal(t, 10, m.slots, "the last can still be seen")
	require.Equal(t, 7, m.bad())
	require.ErrorIs(t, w.open(operation{}), wal.ErrDamaged)
}
