package lowwatermark_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// lines is a state that lists its updates.
type lines struct{ all []string }

func (l *lines) Apply(e lowwatermark.Entry) { l.all = append(l.all, string(e.Payload)) }
func (l *lines) Snapshot() []byte           { return []byte(strings.Join(l.all, "\n")) }

func (l *lines) Restore(state []byte) error {
	l.all = strings.Split(string(state), "\n")
	if l.all[0] != "update 1" {
		return errors.New("no list of updates")
	}
	return nil
}

// open opens a store on a disk in memory, with segments of two or three entries.
func open(t *testing.T, fs disk.FS, o lowwatermark.Options) (*lowwatermark.Store, *lines) {
	state := new(lines)
	o.FS, o.SegmentSize, o.Preallocate = fs, 120, -1
	store, err := lowwatermark.Open("store", state, o)
	require.NoError(t, err)
	return store, state
}

func add(t *testing.T, store *lowwatermark.Store, n int) {
	for range n {
		next := store.Status().Applied + 1
		index, err := store.Append(0, fmt.Appendf(nil, "update %d", next))
		require.NoError(t, err)
		require.Equal(t, next, index)
	}
}

// snapshots adds updates with a snapshot behind each two.
func snapshots(t *testing.T, store *lowwatermark.Store, n int) {
	for range n {
		add(t, store, 2)
		require.NoError(t, store.Snapshot())
	}
}

func TestTheLogIsAsShortAsTwoSnapshotsAllow(t *testing.T) {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{})
	snapshots(t, store, 10)
	s := store.Status()
	require.Equal(t, []uint64{18, 20}, s.Snapshots)
	require.Equal(t, uint64(18), s.Mark)
	require.Greater(t, s.First, uint64(14))
	require.LessOrEqual(t, s.First, uint64(19))
	require.NoError(t, store.Close())
	require.ErrorIs(t, store.Close(), lowwatermark.ErrClosed)
	_, err := store.Append(0, nil)
	require.ErrorIs(t, err, lowwatermark.ErrClosed)

	store, state := open(t, fs, lowwatermark.Options{})
	require.Len(t, state.all, 20)
	require.Equal(t, "update 20", state.all[19])
	require.NoError(t, store.Close())
}

func TestAHolderKeepsTheLog(t *testing.T) {
	store, _ := open(t, disktest.New(), lowwatermark.Options{})
	add(t, store, 1)
	require.NoError(t, store.Hold("slow", 2))
	snapshots(t, store, 5)
	require.LessOrEqual(t, store.Status().First, uint64(2))
	require.ErrorIs(t, store.Hold("slow", 13), lowwatermark.ErrNoEntry)
	require.NoError(t, store.Release("slow"))
	require.NoError(t, store.Release("slow"), "again")
	require.NoError(t, store.Clean())
	require.Greater(t, store.Status().First, uint64(4))
	require.ErrorIs(t, store.Hold("slow", 2), lowwatermark.ErrDropped)
}

func TestASlowHolderBeginsAnewWithASnapshot(t *testing.T) {
	store, _ := open(t, disktest.New(), lowwatermark.Options{})
	_, _, err := store.Transfer("slow")
	require.ErrorIs(t, err, lowwatermark.ErrNoSnapshot)
	snapshots(t, store, 4)
	index, state, err := store.Transfer("slow")
	require.NoError(t, err)
	other := new(lines)
	require.NoError(t, other.Restore(state))
	require.Len(t, other.all, int(index))
	snapshots(t, store, 4)
	for range 2 { // it may read, and then holds nothing
		var read []uint64
		err = store.Read("slow", index+1, func(e lowwatermark.Entry) error {
			read = append(read, e.Index)
			require.Equal(t, fmt.Sprintf("update %d", e.Index), string(e.Payload))
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []uint64{9, 10, 11, 12, 13, 14, 15, 16}, read)
	}
	stop := errors.New("enough")
	require.ErrorIs(t, store.Read("slow", index+1, func(lowwatermark.Entry) error { return stop }), stop)
	require.NoError(t, store.Clean())
	require.ErrorIs(t, store.Hold("slow", index+1), lowwatermark.ErrDropped)
}

// TestOnlyTheMonotonicClockAgesEntries: the retention time overrides a holder, whatever
// the wall clock does.
func TestOnlyTheMonotonicClockAgesEntries(t *testing.T) {
	var now time.Duration
	clock := clocktest.New(func() time.Duration { return now })
	fs := disktest.New()
	options := lowwatermark.Options{Clock: clock, Retention: time.Hour}
	store, _ := open(t, fs, options)
	require.NoError(t, store.Hold("slow", 1))
	snapshots(t, store, 5)
	first := func() uint64 {
		require.NoError(t, store.Clean())
		return store.Status().First
	}
	for _, offset := range []time.Duration{1000 * time.Hour, -1000 * time.Hour} {
		clock.Set(offset)
		require.Equal(t, uint64(1), first())
	}
	now += time.Hour
	require.Equal(t, uint64(1), first(), "not older than the retention time")
	require.NoError(t, store.Close())
	store, _ = open(t, fs, options)
	require.NoError(t, store.Hold("slow", 1))
	now += time.Hour
	require.Equal(t, uint64(1), first(), "the age begins anew with the process")
	now++
	require.Greater(t, first(), uint64(4))
	require.LessOrEqual(t, first(), uint64(9), "the older of two snapshots has 8")
}

func TestAReaderHearsThatTimeHasOvertakenIt(t *testing.T) {
	var now time.Duration
	store, _ := open(t, disktest.New(), lowwatermark.Options{Clock: clocktest.New(func() time.Duration { return now }), Retention: time.Hour})
	snapshots(t, store, 5)
	require.NoError(t, store.Hold("other", 9))
	from := store.Status().First
	err := store.Read("slow", from, func(e lowwatermark.Entry) error {
		if e.Index == from {
			now += 2 * time.Hour
			snapshots(t, store, 3)
		}
		return nil
	})
	require.ErrorIs(t, err, lowwatermark.ErrDropped)
}

func TestOneDamagedSnapshotCostsNothing(t *testing.T) {
	for _, damaged := range []int{8, 10} {
		fs := disktest.New()
		store, _ := open(t, fs, lowwatermark.Options{})
		snapshots(t, store, 5)
		require.NoError(t, store.Close())
		require.NoError(t, fs.Rot(fmt.Sprintf("store/%020d.snap", damaged), 40, 4))
		store, state := open(t, fs, lowwatermark.Options{})
		require.Len(t, state.all, 10)
		require.Equal(t, []uint64{uint64(18 - damaged)}, store.Status().Snapshots)
		snapshots(t, store, 1)
		require.NoError(t, store.Close())
	}
}

func TestWhatCannotBeRebuiltIsRefused(t *testing.T) {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{})
	snapshots(t, store, 5)
	require.NoError(t, store.Close())
	for _, damaged := range []int{8, 10} {
		require.NoError(t, fs.Rot(fmt.Sprintf("store/%020d.snap", damaged), 9, 4))
	}
	for range 2 {
		_, err := lowwatermark.Open("store", new(lines), lowwatermark.Options{FS: fs})
		require.ErrorIs(t, err, lowwatermark.ErrDamaged)
		require.ErrorContains(t, err, "begins with entry")
	}
	_, err := fs.Create("store/1.snap")
	require.NoError(t, err)
	_, err = lowwatermark.Open("store", new(lines), lowwatermark.Options{FS: fs})
	require.ErrorIs(t, err, lowwatermark.ErrName)
}

func TestAFullDiskCostsASnapshotAndNothingElse(t *testing.T) {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{})
	add(t, store, 3)
	fs.LimitSpace(20)
	require.ErrorIs(t, store.Snapshot(), disk.ErrNoSpace)
	require.ErrorIs(t, store.Status().Behind, disk.ErrNoSpace)
	fs.LimitSpace(-1)
	add(t, store, 1)
	require.NoError(t, store.Snapshot())
	require.NoError(t, store.Status().Behind)
	require.Equal(t, []uint64{4}, store.Status().Snapshots)
}

func TestAFailedFlushPoisons(t *testing.T) {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{})
	add(t, store, 1)
	fs.FailSync("store")
	require.ErrorIs(t, store.Snapshot(), lowwatermark.ErrPoisoned)
	_, err := store.Append(0, []byte("update 2"))
	require.ErrorIs(t, err, lowwatermark.ErrPoisoned)
	require.ErrorIs(t, store.Err(), disk.ErrIO)
	require.ErrorIs(t, store.Close(), lowwatermark.ErrPoisoned)
}

// TestTheCleanerKeepsUpWithUpdates, of several goroutines, beside a reader.
func TestTheCleanerKeepsUpWithUpdates(t *testing.T) {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{SnapshotEvery: 7})
	var busy sync.WaitGroup
	for range 4 {
		busy.Go(func() {
			for range 50 {
				if _, err := store.Append(0, []byte("update 1")); err != nil {
					panic(err)
				}
			}
		})
	}
	busy.Go(func() {
		for range 20 {
			if err := store.Look(func(uint64) {}); err != nil {
				panic(err)
			}
		}
	})
	busy.Wait()
	require.NoError(t, store.Snapshot())
	require.NoError(t, store.Close())
	store, state := open(t, fs, lowwatermark.Options{})
	require.Len(t, state.all, 200)
	require.NotEmpty(t, store.Status().Snapshots)
	require.NoError(t, store.Close())
}

func TestTheCleanerWaitsUntilASnapshotIsDue(t *testing.T) {
	store, _ := open(t, disktest.New(), lowwatermark.Options{SnapshotEvery: 5})
	add(t, store, 4)
	require.Empty(t, store.Status().Snapshots)
	add(t, store, 1)
	require.Eventually(t, func() bool { return len(store.Status().Snapshots) > 0 }, time.Minute, time.Millisecond)
	require.Equal(t, []uint64{5}, store.Status().Snapshots)
	require.NoError(t, store.Close())
}

func TestARecordedMachineMustSayWhatItHas(t *testing.T) {
	_, err := lowwatermark.Open("store", new(lines), lowwatermark.Options{FS: disktest.New(), Trace: trace.Watch(func(trace.Event) error { return nil })})
	require.ErrorContains(t, err, "Traced")
}
