package writeaheadlog

import (
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// entries is a state machine that keeps what was applied, as `INDEX TYPE
// PAYLOAD`.
type entries struct{ applied []string }

func (e *entries) Apply(entry Entry) {
	e.applied = append(e.applied, fmt.Sprintf("%d %d %s", entry.Index, entry.Type, entry.Payload))
}

// onFake opens a log on a fake disk, where nothing happens by itself.
func onFake(fake FS, options Options) (*Log, *entries, error) {
	machine := &entries{}
	options.FS = fake
	options.FlushInterval = math.MaxInt64
	if options.Preallocate == 0 {
		options.Preallocate = -1
	}
	l, err := Open("log", machine, options)
	return l, machine, err
}

func openFake(t *testing.T, fake FS, options Options) (*Log, *entries) {
	t.Helper()
	l, machine, err := onFake(fake, options)
	require.NoError(t, err)
	return l, machine
}

// appendAll appends payloads that say which they are, and waits for each.
func appendAll(t *testing.T, l *Log, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		index, err := l.Append(uint32(i%3), payload(i))
		require.NoError(t, err)
		require.Equal(t, uint64(i), index)
	}
}

func payload(i int) []byte { return fmt.Appendf(nil, "entry %d", i) }

// expected is what a machine has after the entries up to n.
func expected(n int) []string {
	var all []string
	for i := 1; i <= n; i++ {
		all = append(all, fmt.Sprintf("%d %d %s", i, i%3, payload(i)))
	}
	return all
}

// content returns what the log's file holds.
func content(t testing.TB, fs FS) []byte {
	t.Helper()
	f, err := fs.Open("log")
	require.NoError(t, err)
	size, err := f.Size()
	require.NoError(t, err)
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != io.EOF {
		require.NoError(t, err)
	}
	return b
}

// withContent returns a disk on which the log's file holds b.
func withContent(t testing.TB, b []byte) *disktest.Disk {
	t.Helper()
	fake := disktest.New()
	f, err := fake.Create("log")
	require.NoError(t, err)
	_, err = f.WriteAt(b, 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, fake.SyncDir("."))
	return fake
}

// offsets returns where the records begin, and the file's end.
func offsets(b []byte) []int {
	all := []int{fileHeaderSize}
	for at := fileHeaderSize; at+recordHeaderSize <= len(b); {
		r, ok := parseHeader(b[at:at+recordHeaderSize], int64(len(b)-at))
		if !ok {
			break
		}
		at += int(room(int(r.size)))
		all = append(all, at)
	}
	return all
}

// imageOf returns the file of a log with n entries, each flushed before the next.
func imageOf(t testing.TB, n int) []byte {
	fake := disktest.New()
	l, _, err := onFake(fake, Options{})
	require.NoError(t, err)
	for i := 1; i <= n; i++ {
		_, err := l.Append(uint32(i%3), payload(i))
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	return content(t, fake)
}
