package segmentedlog

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// only reads one entry.
func only(l *Log, index uint64) (Entry, error) {
	r := l.core.Reader(index)
	e, err := l.read(r)
	return e, errors.Join(err, r.Close())
}

// TestAReaderGoesToItsFirstEntry counts the bytes that are read for an entry near the end of
// a segment of 300: in the open segment, in one that was sealed by this process, in one that
// was open when the log was opened, and in one that is read for the second time.
func TestAReaderGoesToItsFirstEntry(t *testing.T) {
	const n, all, few = 300, 300 * 1000, 2 << 16
	fs := disktest.New()
	c := &countReads{FS: fs, read: map[string]bool{}}
	l := opened(t, c, Options{})
	bytesFor := func(index uint64) int64 {
		before := c.bytes
		e, err := only(l, index)
		require.NoError(t, err)
		require.Equal(t, index, e.Index)
		return c.bytes - before
	}
	fillWith := func() {
		for range n {
			_, err := l.Submit(0, make([]byte, 1000))
			require.NoError(t, err)
		}
		require.NoError(t, l.Sync())
	}
	fillWith()
	require.Less(t, bytesFor(n-1), int64(few))
	require.NoError(t, l.Roll())
	fillWith()
	require.Less(t, bytesFor(n-1), int64(few))
	require.Less(t, bytesFor(2*n-1), int64(few))
	require.NoError(t, l.Close())

	l = opened(t, c, Options{})
	require.Less(t, bytesFor(2*n-1), int64(few))
	require.Greater(t, bytesFor(n-1), int64(all)*9/10)
	require.Less(t, bytesFor(n-1), int64(few))
	require.NoError(t, l.Close())
}

// TestReadersBeginAnywhere does at random what moves entries, and reads from each index in
// turn. Entries differ in length, so that an old position is a wrong one.
func TestReadersBeginAnywhere(t *testing.T) {
	for seed := range uint64(18) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			fs := disktest.New()
			options := Options{
				SegmentSize: 800, Hold: true,
				Preallocate: []int64{-1, 300}[seed%2], IndexInterval: []int64{0, 1, 100}[seed%3],
			}
			l := opened(t, fs, options)
			var payloads [][]byte // from entry 1 on
			for range 80 {
				switch now := l.Status(); random.IntN(20) {
				case 0:
					require.NoError(t, l.Roll())
				case 1, 2, 3:
					from := now.Acknowledged + 1 + random.Uint64N(now.Appended-now.Acknowledged+1)
					require.NoError(t, l.TruncateFrom(from))
					payloads = payloads[:from-1]
				case 4:
					require.NoError(t, l.DropBefore(now.First+random.Uint64N(4)))
				case 5:
					require.NoError(t, l.Sync())
					if random.IntN(2) == 0 {
						require.NoError(t, l.Close())
					}
					fs.Crash(nil)
					l = opened(t, fs, options)
				case 6, 7, 8:
					require.NoError(t, errors.Join(l.Sync(), l.Commit(now.Acknowledged+random.Uint64N(4))))
				default:
					payload := bytes.Repeat([]byte{byte(len(payloads))}, 1+random.IntN(100))
					_, err := l.Submit(0, payload)
					require.NoError(t, err)
					payloads = append(payloads, payload)
				}
				now := l.Status()
				require.Len(t, l.core.positions, now.Segments)
				for i := now.First; i <= now.Acknowledged; i++ {
					next := i
					for e, err := range l.Entries(i) {
						require.NoError(t, err)
						require.Equal(t, next, e.Index)
						require.Equal(t, payloads[next-1], e.Payload)
						next++
					}
					require.Equal(t, now.Acknowledged+1, next)
				}
			}
		})
	}
}

// TestPositionsOfAnotherSegmentAreNoticed exchanges those of two segments.
func TestPositionsOfAnotherSegmentAreNoticed(t *testing.T) {
	l := opened(t, disktest.New(), Options{IndexInterval: 1})
	for i := range 20 {
		if i == 10 {
			require.NoError(t, l.Roll())
		}
		_, err := l.Append(0, make([]byte, 5*(i+1)))
		require.NoError(t, err)
	}
	of := l.core.positions
	of[1], of[2] = of[2], of[1]
	for i := uint64(1); i <= 20; i++ {
		_, err := only(l, i)
		if i%10 == 1 {
			require.NoError(t, err, "the first entry needs no position")
		} else {
			require.ErrorIs(t, err, ErrDamaged)
		}
	}
}

// TestReadersBeginAnywhereAtOnce reads from places at random while entries are appended,
// truncated and removed, and segments made, for the race detector.
func TestReadersBeginAnywhereAtOnce(t *testing.T) {
	l := opened(t, disktest.New(), Options{SegmentSize: 1000, Hold: true, IndexInterval: 1})
	// The payload of an entry that stays has its index, and that of another one does not.
	submit := func(stays bool) error {
		next := l.Status().Appended + 1
		payload := fmt.Appendf(nil, "%d %s", next, bytes.Repeat([]byte("x"), int(next)%50))
		if !stays {
			payload = []byte("truncated")
		}
		_, err := l.Submit(0, payload)
		return err
	}
	const last = 600
	failed := make([]error, 5)
	var busy sync.WaitGroup
	busy.Go(func() {
		for next := l.Status().Appended + 1; next <= last && failed[0] == nil; next++ {
			err := errors.Join(submit(true), l.Sync(), l.Commit(next))
			if next%5 == 0 {
				err = errors.Join(err, submit(false), submit(false), l.Roll(), submit(false), l.Sync(), l.TruncateFrom(next+1))
			}
			if next > 300 && next%50 == 0 {
				err = errors.Join(err, l.DropBefore(next-300))
			}
			failed[0] = err
		}
	})
	for i := range failed[1:] {
		busy.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 2))
			for l.Status().Acknowledged < last && failed[i+1] == nil {
				now := l.Status()
				next := now.First + random.Uint64N(now.Acknowledged-now.First+2)
				for e, err := range l.Entries(next) {
					if errors.Is(err, ErrDropped) {
						break
					}
					want := fmt.Appendf(nil, "%d ", next)
					if err != nil || e.Index != next || !bytes.HasPrefix(e.Payload, want) {
						failed[i+1] = fmt.Errorf("entry %d %q for %d: %w", e.Index, e.Payload, next, err)
						break
					}
					if next++; random.IntN(20) == 0 {
						break
					}
				}
				if l.Err() != nil {
					return
				}
			}
		})
	}
	busy.Wait()
	require.NoError(t, errors.Join(failed...))
	require.NoError(t, l.Close())
}

// BenchmarkReadTheLastEntry opens a reader at the last entry of a segment of 64 MiB in real
// files: with a position each 64 KiB, and with none.
func BenchmarkReadTheLastEntry(b *testing.B) {
	for _, size := range []int{100, 1000} {
		for name, interval := range map[string]int64{"positions": 0, "none": math.MaxInt64} {
			b.Run(fmt.Sprintf("size=%d/%s", size, name), func(b *testing.B) {
				l, err := Open(b.TempDir()+"/log", Options{FS: disk.OS{}, IndexInterval: interval, SegmentSize: 1 << 30})
				require.NoError(b, err)
				n := uint64(64 << 20 / (size + 32))
				for range n {
					_, err := l.Submit(0, make([]byte, size))
					require.NoError(b, err)
				}
				require.NoError(b, l.Sync())
				b.ReportAllocs()
				for b.Loop() {
					e, err := only(l, n)
					require.NoError(b, err)
					require.Equal(b, n, e.Index)
				}
				require.NoError(b, l.Close())
			})
		}
	}
}
