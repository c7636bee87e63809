package writeaheadlog

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

func TestMain(m *testing.M) {
	conformance.Serve(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are
// killed: none may find that something is lost.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "loop", "faults", "halt")
}

// TestTheImageIsWhatWasWritten reads the file of a log that is well, and then
// damages it.
func TestTheImageIsWhatWasWritten(t *testing.T) {
	w := &world{disk: disktest.New()}
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
