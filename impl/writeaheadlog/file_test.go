package writeaheadlog

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

type noMachine struct{}

func (noMachine) Apply(Entry) {}

func textsOf(t *testing.T, f *FileReader, n int) (all []string) {
	t.Helper()
	for range n {
		e, err := f.Next()
		require.NoError(t, err)
		require.Equal(t, f.Index(), e.Index)
		all = append(all, string(e.Payload))
	}
	return all
}

func appendTexts(t *testing.T, l *Log, texts ...string) {
	t.Helper()
	for _, text := range texts {
		_, err := l.Append(0, []byte(text))
		require.NoError(t, err)
	}
}

// TestFileReaderFollowsTheLog reads a file while the log appends to it, in space that
// was full of zeros when the reader last looked.
func TestFileReaderFollowsTheLog(t *testing.T) {
	fs := disktest.New()
	_, err := OpenReader(fs, "log")
	require.Error(t, err)
	l, err := Open("log", noMachine{}, Options{FS: fs, Preallocate: 1000})
	require.NoError(t, err)
	appendTexts(t, l, "one", "two")
	f, err := OpenReader(fs, "log")
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two"}, textsOf(t, f, 2))
	var damage *DamageError
	_, err = f.Next()
	require.ErrorAs(t, err, &damage)
	require.EqualValues(t, 3, damage.Index)
	appendTexts(t, l, "three", "four")
	require.Equal(t, []string{"three", "four"}, textsOf(t, f, 2))
	require.NoError(t, f.Close())
	require.NoError(t, l.Close())
}

// TestRefreshForgetsWhatWasTruncated reads one entry, and with it the next ones ahead.
func TestRefreshForgetsWhatWasTruncated(t *testing.T) {
	fs := disktest.New()
	l, err := Open("log", noMachine{}, Options{FS: fs, Policy: Group, Hold: true})
	require.NoError(t, err)
	submit := func(text string) {
		_, err := l.Submit(0, []byte(text))
		require.NoError(t, errors.Join(err, l.Sync()))
	}
	submit("one")
	submit("two")
	f, err := OpenReader(fs, "log")
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, textsOf(t, f, 1))
	require.NoError(t, l.TruncateFrom(2))
	submit("other")
	f.Refresh()
	require.Equal(t, []string{"other"}, textsOf(t, f, 1))
	require.NoError(t, f.Close())
}

// TestCloseLetsTheFileGo asks each file once more: a handle that stays open is lost.
func TestCloseLetsTheFileGo(t *testing.T) {
	fake := disktest.New()
	l, err := Open("log", noMachine{}, Options{FS: fake})
	require.NoError(t, err)
	appendTexts(t, l, "one")
	f, err := OpenReader(fake, "log")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = f.file.Size()
	require.ErrorIs(t, err, fs.ErrClosed)
	file := l.core.file
	require.NoError(t, l.Close())
	_, err = file.Size()
	require.ErrorIs(t, err, fs.ErrClosed)
}

// TestShortenIsDurable shortens a file and stops the machine at once.
func TestShortenIsDurable(t *testing.T) {
	fs := disktest.New()
	l, err := Open("log", noMachine{}, Options{FS: fs})
	require.NoError(t, err)
	appendTexts(t, l, "one", "two", "three")
	require.NoError(t, l.Close())
	require.ErrorIs(t, Shorten(fs, "log", 4), ErrDamaged)
	require.NoError(t, Shorten(fs, "log", 1))
	fs.Crash(nil)
	l, err = Open("log", noMachine{}, Options{FS: fs})
	require.NoError(t, err)
	require.EqualValues(t, 1, l.Status().Appended)
	require.Equal(t, room(len("one"))+fileHeaderSize, l.core.Size())
	appendTexts(t, l, "other")
	f, err := OpenReader(fs, "log")
	require.NoError(t, err)
	require.Equal(t, []string{"one", "other"}, textsOf(t, f, 2))
}

// TestShortenFails fails at the flush: the caller must not believe that it is done.
func TestShortenFails(t *testing.T) {
	fs := disktest.New()
	l, err := Open("log", noMachine{}, Options{FS: fs})
	require.NoError(t, err)
	appendTexts(t, l, "one")
	require.NoError(t, l.Close())
	fs.FailSync("log")
	require.ErrorIs(t, Shorten(fs, "log", 0), disk.ErrIO)
}
