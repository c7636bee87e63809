package writeaheadlog

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestConcurrentWriters lets many goroutines append to a real file, while
// others look on.
func TestConcurrentWriters(t *testing.T) {
	const writers, each = 16, 30
	for _, policy := range []Policy{EachEntry, Group, Async} {
		t.Run(policy.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			machine := &entries{}
			l, err := Open(path, machine, Options{Policy: policy, FlushInterval: time.Millisecond, MaxBuffer: 500})
			require.NoError(t, err)
			var got [writers][]uint64
			var done atomic.Bool
			var looking, writing sync.WaitGroup
			looking.Go(func() {
				for !done.Load() {
					s := l.Status()
					if policy != Async && (s.Applied > s.Synced || s.Acknowledged > s.Synced) {
						t.Errorf("more was applied or acknowledged than flushed: %+v", s)
					}
					for e, err := range l.Entries(1) {
						if err != nil {
							t.Errorf("entry %d: %v", e.Index, err)
						}
					}
				}
			})
			for w := range writers {
				writing.Go(func() {
					for i := range each {
						index, err := l.Append(0, fmt.Appendf(nil, "%d.%d", w, i))
						if err != nil {
							t.Error(err)
						}
						got[w] = append(got[w], index)
					}
				})
			}
			writing.Wait()
			done.Store(true)
			looking.Wait()
			require.NoError(t, l.Close())

			again := &entries{}
			l, err = Open(path, again, Options{})
			require.NoError(t, err)
			require.Len(t, again.applied, writers*each)
			require.Equal(t, machine.applied, again.applied)
			for w := range writers {
				for i, index := range got[w] {
					require.Equal(t, fmt.Sprintf("%d 0 %d.%d", index, w, i), again.applied[index-1])
				}
			}
			require.NoError(t, l.Close())
		})
	}
}

// TestGroupSharesFlushes counts the flushes of many writers.
func TestGroupSharesFlushes(t *testing.T) {
	fake := &slowDisk{Disk: disktest.New()}
	l, _ := openFake(t, fake, Options{Policy: Group})
	before := fake.syncs.Load()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 10 {
				_, err := l.Append(0, []byte("x"))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Less(t, fake.syncs.Load()-before, int64(100), "for 500 entries")
	require.NoError(t, l.Close())
}

// slowDisk is a disk whose flushes let others run, and are counted.
type slowDisk struct {
	*disktest.Disk
	syncs atomic.Int64
}

func (d *slowDisk) Open(name string) (disk.File, error) {
	f, err := d.Disk.Open(name)
	return slowFile{f, d}, err
}

func (d *slowDisk) Create(name string) (disk.File, error) {
	f, err := d.Disk.Create(name)
	return slowFile{f, d}, err
}

type slowFile struct {
	disk.File
	disk *slowDisk
}

func (f slowFile) Sync() error {
	f.disk.syncs.Add(1)
	time.Sleep(time.Millisecond) // what a flush takes is what groups are for
	return f.File.Sync()
}

// TestFailuresPoison lets a flush fail, a write be short and the disk be full,
// and then looks for what was acknowledged.
func TestFailuresPoison(t *testing.T) {
	failures := map[string]struct {
		prepare func(*disktest.Disk)
		is      error
	}{
		"sync":  {func(d *disktest.Disk) { d.FailSync("log") }, disk.ErrIO},
		"short": {func(d *disktest.Disk) { d.ShortWrite("log", 10) }, nil},
		"full":  {func(d *disktest.Disk) { d.LimitSpace(10) }, disk.ErrNoSpace},
	}
	for name, failure := range failures {
		for _, policy := range []Policy{EachEntry, Group, Async} {
			t.Run(fmt.Sprint(name, policy), func(t *testing.T) {
				fake := disktest.New()
				l, _ := openFake(t, fake, Options{Policy: policy})
				appendAll(t, l, 1, 3)
				failure.prepare(fake)
				_, err := l.Append(0, payload(4))
				if err == nil {
					err = l.Sync() // asynchronous: nobody has waited
				}
				require.ErrorIs(t, err, ErrPoisoned)
				if failure.is != nil {
					require.ErrorIs(t, err, failure.is)
				}
				_, err = l.Append(0, payload(5))
				require.ErrorIs(t, err, ErrPoisoned, "there is no second try")
				require.ErrorIs(t, l.Sync(), ErrPoisoned)
				require.ErrorIs(t, l.TruncateFrom(1), ErrPoisoned)
				require.ErrorIs(t, l.Err(), ErrPoisoned)
				require.ErrorIs(t, l.Close(), ErrPoisoned)
				require.ErrorIs(t, l.Close(), ErrClosed)

				fake.LimitSpace(-1)
				l, machine := openFake(t, fake, Options{})
				n := len(machine.applied)
				require.GreaterOrEqual(t, n, 3)
				require.Equal(t, expected(3), machine.applied[:3])
				appendAll(t, l, n+1, n+2)
			})
		}
	}
}

// TestAFailureReachesAllWhoWait holds many writers in one flush that fails.
func TestAFailureReachesAllWhoWait(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{Policy: Group})
	var tickets []Ticket
	for i := range 10 {
		ticket, err := l.Submit(0, payload(i))
		require.NoError(t, err)
		tickets = append(tickets, ticket)
	}
	fake.FailSync("log")
	var wg sync.WaitGroup
	for _, ticket := range tickets {
		wg.Go(func() {
			if err := ticket.Wait(); !errors.Is(err, ErrPoisoned) {
				t.Errorf("entry %d: %v", ticket.Index, err)
			}
		})
	}
	wg.Wait()
}

func TestTheFilesNameIsDurable(t *testing.T) {
	fake := disktest.New()
	require.NoError(t, fake.MkdirAll("data"))
	require.NoError(t, fake.SyncDir("."))
	l, err := Open("data/log", &entries{}, Options{FS: fake})
	require.NoError(t, err)
	appendAll(t, l, 1, 1)
	fake.Crash(nil)
	machine := &entries{}
	_, err = Open("data/log", machine, Options{FS: fake})
	require.NoError(t, err)
	require.Equal(t, expected(1), machine.applied)
}

// TestTruncation gives up entries that are held back, those in the file as
// well as those not yet written, and puts others in their place.
func TestTruncation(t *testing.T) {
	fake := disktest.New()
	l, machine := openFake(t, fake, Options{Policy: Group, Hold: true})
	var tickets []Ticket
	submit := func(from, to int) {
		for i := from; i <= to; i++ {
			ticket, err := l.Submit(uint32(i%3), payload(i))
			require.NoError(t, err)
			tickets = append(tickets, ticket)
		}
	}
	submit(1, 4)
	require.NoError(t, l.Sync())
	submit(5, 6)
	require.Equal(t, Status{Appended: 6, Synced: 4}, l.Status())
	require.NoError(t, l.ApplyTo(2))
	require.Equal(t, expected(2), machine.applied)
	require.ErrorIs(t, l.TruncateFrom(2), ErrApplied)
	require.ErrorIs(t, l.TruncateFrom(0), ErrApplied)
	require.NoError(t, l.TruncateFrom(7), "there is nothing behind the end")

	require.NoError(t, l.TruncateFrom(4))
	require.Equal(t, Status{Appended: 3, Synced: 3, Applied: 2, Acknowledged: 2}, l.Status())
	require.NoError(t, tickets[1].Wait())
	for _, ticket := range tickets[3:] {
		require.ErrorIs(t, ticket.Wait(), ErrTruncated)
	}
	submit(4, 5)
	for _, ticket := range tickets[3:6] {
		require.ErrorIs(t, ticket.Wait(), ErrTruncated, "another entry has the index now")
	}
	require.NoError(t, l.TruncateFrom(5))
	submit(5, 7)
	require.NoError(t, l.ApplyTo(5))
	require.NoError(t, l.Sync())
	require.Equal(t, expected(5), machine.applied)
	require.ErrorIs(t, tickets[3].Wait(), ErrTruncated, "the other entry has been acknowledged")
	require.NoError(t, l.Close())
	require.ErrorIs(t, tickets[len(tickets)-1].Wait(), ErrClosed)

	_, machine = openFake(t, fake, Options{})
	require.Equal(t, expected(7), machine.applied)
}

// TestHeldEntriesKeepTheirPayloads applies entries long after the buffers in
// which they were written have been flushed.
func TestHeldEntriesKeepTheirPayloads(t *testing.T) {
	for _, policy := range []Policy{EachEntry, Group, Async} {
		l, machine := openFake(t, disktest.New(), Options{Policy: policy, Hold: true})
		for i := 1; i <= 20; i++ {
			_, err := l.Submit(uint32(i%3), payload(i))
			require.NoError(t, err)
			if i%3 == 0 {
				require.NoError(t, l.Sync())
			}
			if i == 7 {
				require.NoError(t, l.ApplyTo(5))
			}
		}
		require.NoError(t, l.Sync())
		require.NoError(t, l.ApplyTo(20))
		require.Equal(t, expected(20), machine.applied)
	}
}

// TestATruncatedEntryDoesNotComeBack crashes right after a truncation, in every
// way.
func TestATruncatedEntryDoesNotComeBack(t *testing.T) {
	for survival := disktest.Nothing; survival <= disktest.AnySectors; survival++ {
		for seed := range int64(20) {
			fake := disktest.New()
			l, _ := openFake(t, fake, Options{Policy: Group, Hold: true})
			for i := 1; i <= 5; i++ {
				_, err := l.Submit(uint32(i%3), payload(i))
				require.NoError(t, err)
			}
			require.NoError(t, l.Sync())
			require.NoError(t, l.TruncateFrom(3))
			fake.CrashRandomly(seed, survival)
			_, machine := openFake(t, fake, Options{})
			require.Equal(t, expected(2), machine.applied)
		}
	}
}

func TestEntriesAreReadFromTheFile(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{})
	appendAll(t, l, 1, 5)
	var read []string
	for e, err := range l.Entries(3) {
		require.NoError(t, err)
		require.NotZero(t, e.Time)
		read = append(read, fmt.Sprintf("%d %d %s", e.Index, e.Type, e.Payload))
	}
	require.Equal(t, expected(5)[2:], read)

	at := offsets(content(t, fake))[3] + recordHeaderSize
	require.NoError(t, fake.Rot("log", int64(at), 1))
	var last error
	for e, err := range l.Entries(1) {
		if last = err; err == nil {
			require.Less(t, e.Index, uint64(4))
		}
	}
	require.ErrorIs(t, last, ErrDamaged)
}

func TestWhatCannotBeTakenIsRefused(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{MaxEntry: 10})
	_, err := l.Append(0, make([]byte, 11))
	require.ErrorIs(t, err, ErrTooLarge)
	index, err := l.Append(0, make([]byte, 10))
	require.NoError(t, err)
	require.Equal(t, uint64(1), index)
	require.NoError(t, l.Close())
	_, err = l.Append(0, nil)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, l.Sync(), ErrClosed)
	require.ErrorIs(t, l.ApplyTo(1), ErrClosed)
	for _, err := range l.Entries(1) {
		require.ErrorIs(t, err, ErrClosed)
	}
	for _, options := range []Options{
		{Policy: -1}, {Policy: 3}, {MaxEntry: -1}, {MaxEntry: maxPayload + 1},
		{Trace: trace.New(io.Discard, trace.Header{})}, // entries are not Traced
	} {
		_, _, err = onFake(fake, options)
		require.Error(t, err, "%+v", options)
	}
}

// TestAppendingAllocatesNothing measures what an entry costs beside the disk.
func TestAppendingAllocatesNothing(t *testing.T) {
	for _, policy := range []Policy{EachEntry, Group, Async} {
		l, err := Open(filepath.Join(t.TempDir(), "log"), counter{}, Options{Policy: policy, FlushInterval: time.Hour})
		require.NoError(t, err)
		b := make([]byte, 100)
		require.Zero(t, testing.AllocsPerRun(200, func() {
			if _, err := l.Append(0, b); err != nil {
				t.Error(err)
			}
		}), policy.String())
		require.NoError(t, l.Close())
	}
}

// panics is a machine that cannot take anything.
type panics struct{ applied int }

func (p *panics) Apply(Entry) {
	p.applied++
	panic("no")
}

// TestALogIsClosedAfterItsMachinePanicked wants Close to return, and to leave
// the machine alone.
func TestALogIsClosedAfterItsMachinePanicked(t *testing.T) {
	for _, policy := range []Policy{EachEntry, Group, Async} {
		machine := &panics{}
		l, err := Open("log", machine, Options{Policy: policy, FS: disktest.New(), FlushInterval: math.MaxInt64})
		require.NoError(t, err)
		require.PanicsWithValue(t, "no", func() { _, _ = l.Append(0, payload(1)) })
		require.NoError(t, l.Close())
		require.Equal(t, 1, machine.applied)
	}
}

func TestAsyncFlushesWhenItsIntervalIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := Open("log", counter{}, Options{Policy: Async, FS: disktest.New(), FlushInterval: time.Second})
		require.NoError(t, err)
		for i := 1; i <= 2; i++ {
			_, err = l.Append(0, payload(i))
			require.NoError(t, err)
			time.Sleep(time.Second - time.Nanosecond)
			synctest.Wait()
			require.EqualValues(t, i-1, l.Status().Synced)
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			require.EqualValues(t, i, l.Status().Synced)
		}
		require.NoError(t, l.Close())
	})
}

func TestAFullBufferIsFlushedFirst(t *testing.T) {
	l, _ := openFake(t, disktest.New(), Options{Policy: Group, MaxBuffer: 1})
	for i := 1; i <= 3; i++ {
		_, err := l.Submit(0, payload(i))
		require.NoError(t, err)
		require.EqualValues(t, i-1, l.Status().Synced)
	}
	require.NoError(t, l.Close())
}

// TestEntriesSayWhatIsWrongWithTheFile damages, and then shortens, the file of a
// log that is open.
func TestEntriesSayWhatIsWrongWithTheFile(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{})
	appendAll(t, l, 1, 3)
	read := func() (whole int, failed error) {
		for _, err := range l.Entries(1) {
			if err != nil {
				return whole, err
			}
			whole++
		}
		return whole, nil
	}
	ends := offsets(content(t, fake))
	require.NoError(t, fake.Rot("log", int64(ends[1]+recordHeaderSize), 1))
	whole, err := read()
	var where *DamageError
	require.ErrorAs(t, err, &where)
	require.Equal(t, DamageError{Path: "log", Index: 2, Offset: int64(ends[1])}, *where)
	require.Equal(t, 1, whole)

	f, err := fake.Open("log")
	require.NoError(t, err)
	require.NoError(t, f.Truncate(int64(ends[1])))
	whole, err = read()
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, 1, whole)
	require.NoError(t, l.Close())
}

func TestQueueUsesItsSpaceAgain(t *testing.T) {
	var q queue
	for i := range 1000 {
		q.push(pendingEntry{record: record{Entry: Entry{Index: uint64(i)}}})
		require.EqualValues(t, i, q.front().Index)
		q.pop()
	}
	require.Zero(t, q.len())
	require.Less(t, cap(q.entries), 10)
}

func TestACallerMayUseItsPayloadAgain(t *testing.T) {
	l, machine := openFake(t, disktest.New(), Options{Policy: Group})
	b := make([]byte, len(payload(1)))
	for i := 1; i <= 3; i++ {
		copy(b, payload(i))
		_, err := l.Submit(uint32(i%3), b)
		require.NoError(t, err)
	}
	require.NoError(t, l.Sync())
	require.Equal(t, expected(3), machine.applied)
	require.NoError(t, l.Close())
}
