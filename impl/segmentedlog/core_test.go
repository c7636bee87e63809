package segmentedlog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// TestWriteIsForALogThatIsUp, and what it has written is no longer in the buffer.
func TestWriteIsForALogThatIsUp(t *testing.T) {
	fs := disktest.New()
	c := NewCore(CoreConfig{FS: fs, Dir: dir, MaxEntry: 10})
	require.ErrorIs(t, c.Write(), ErrNotAllowed)
	require.NoError(t, c.Recover())
	require.Zero(t, c.Buffered())
	require.NoError(t, c.AppendEntry(0, 0, []byte("a")))
	require.Positive(t, c.Buffered())
	require.NoError(t, c.Write())
	require.Zero(t, c.Buffered())
	require.NoError(t, c.Abandon())
}
