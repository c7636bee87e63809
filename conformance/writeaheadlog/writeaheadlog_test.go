package writeaheadlog

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are
// killed: none may find that something is lost.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "loop", "faults", "halt")
}

// TestLogReaderReadsWhatWasWritten reads the file of a log that is well, and then
// damages it.
func TestLogReaderReadsWhatWasWritten(t *testing.T) {
	h := &harness{answers: new(toolbox.Answers), environment: environment{disk: disktest.New()}}
	require.NoError(t, h.open(operation{Another: 1}))
	for _, op := range toolbox.Workload[operation](1, 10, 10) {
		require.NoError(t, h.m.Write(op.batch()))
	}
	h.close()
	f := h.read()
	require.Len(t, f.whole, 10)
	require.Equal(t, 10, f.records)
	require.Zero(t, f.bad())
	for i, s := range f.whole {
		require.Equal(t, i+1, s.index)
		require.Equal(t, i, s.flushed)
	}
	at := f.whole[6].offset
	require.NoError(t, h.disk.Rot(file, at+recordHeader, 1))
	f = h.read()
	require.Len(t, f.whole, 6)
	require.Equal(t, 10, f.records, "the last can still be seen")
	require.Equal(t, 7, f.bad())
	require.ErrorIs(t, h.open(operation{}), wal.ErrDamaged)
	require.NoError(t, h.Err())
}
