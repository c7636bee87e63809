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

// TestAReaderReadsWhatTookThePlaceOfTruncatedEntries, also if it has read further in the
// file than was acknowledged.
func TestAReaderReadsWhatTookThePlaceOfTruncatedEntries(t *testing.T) {
	c := NewCore(CoreConfig{FS: disktest.New(), Dir: dir, MaxEntry: 10})
	require.NoError(t, c.Recover())
	require.NoError(t, c.AppendEntry(0, 0, []byte("a")))
	require.NoError(t, c.AppendEntry(0, 0, []byte("b")))
	require.NoError(t, c.Sync(2))
	require.NoError(t, c.Acknowledge(1))
	r := c.Reader(1)
	e, err := r.Read()
	require.NoError(t, err)
	require.Equal(t, "a", string(e.Payload))
	require.NoError(t, c.TruncateFrom(2))
	require.NoError(t, c.Cut())
	require.NoError(t, c.AppendEntry(0, 0, []byte("c")))
	require.NoError(t, c.Sync(2))
	require.NoError(t, c.Acknowledge(2))
	e, err = r.Read()
	require.NoError(t, err)
	require.Equal(t, "c", string(e.Payload))
	require.NoError(t, r.Close())
	require.NoError(t, c.Abandon())
}
