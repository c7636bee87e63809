package writeaheadlog

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// readAhead is how many bytes a reader and the search behind damage read at a time.
const readAhead = 1 << 16

// aroundReadAhead are the lengths of a payload with which the record is as long as one
// read, and some multiples of the alignment shorter or longer: so that the next record
// begins there, or its header straddles the end.
func aroundReadAhead() (all []int) {
	for more := -2 * recordHeaderSize; more <= 2*recordHeaderSize; more += alignment {
		all = append(all, readAhead-recordHeaderSize+more)
	}
	return all
}

// around returns the disk of a log with two flushed records, the first of them with a
// payload of this length.
func around(t *testing.T, length int) *disktest.Disk {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{})
	for _, payload := range [][]byte{make([]byte, length), []byte("second")} {
		_, err := l.Append(0, payload)
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	return fake
}

// TestRecordsMayEndWhereAReadEnds: recovery, Entries and a FileReader find all of them.
func TestRecordsMayEndWhereAReadEnds(t *testing.T) {
	for _, length := range aroundReadAhead() {
		fake := around(t, length)
		f, err := OpenReader(fake, "log")
		require.NoError(t, err)
		for _, want := range []int{length, len("second")} {
			e, err := f.Next()
			require.NoError(t, err, "payload of %d bytes", length)
			require.Len(t, e.Payload, want)
		}
		require.NoError(t, f.Close())
		l, machine := openFake(t, fake, Options{})
		require.Len(t, machine.applied, 2, "payload of %d bytes", length)
		entries := 0
		for _, err := range l.Entries(1) {
			require.NoError(t, err, "payload of %d bytes", length)
			entries++
		}
		require.Equal(t, 2, entries)
		require.NoError(t, l.Close())
	}
}

// TestSearchFindsWhatBeginsWhereAReadEnds: without the record behind it, damage to the
// first one would look like a crash, and be cut off.
func TestSearchFindsWhatBeginsWhereAReadEnds(t *testing.T) {
	for _, length := range aroundReadAhead() {
		fake := around(t, length)
		require.NoError(t, fake.Rot("log", fileHeaderSize, 1))
		_, _, err := onFake(fake, Options{})
		var damage *DamageError
		require.ErrorAs(t, err, &damage, "payload of %d bytes", length)
		require.EqualValues(t, 1, damage.Index)
	}
}

// TestRecordsKeepLargeNumbers: indexes around the powers of two at which a narrower number
// would end, and as many entries behind the last flush as the format can say.
func TestRecordsKeepLargeNumbers(t *testing.T) {
	for _, power := range []uint64{1 << 16, 1 << 31, 1 << 32, 1 << 63} {
		for _, index := range []uint64{power - 1, power, power + 1} {
			for _, flushed := range []uint64{index - 1, index - min(index, math.MaxUint32)} {
				r := record{Entry: Entry{Index: index, Type: math.MaxUint32, Time: math.MaxInt64}, flushed: flushed}
				b := appendRecord(nil, 7, &r)
				got, ok := parseHeader(b, int64(len(b)))
				require.True(t, ok, "%d", index)
				require.True(t, got.checks(7, b))
				require.Equal(t, r.Entry, got.Entry)
				require.Equal(t, flushed, got.flushed)
			}
		}
	}
}

// TestARecordFitsExactly in the room that the file has, and not in a byte less; and the
// longest payload of the format is one byte shorter than the first that it refuses.
func TestARecordFitsExactly(t *testing.T) {
	for _, length := range []int{0, 1, 7, 8, 9, maxPayload} {
		h := appendRecord(nil, 0, &record{Entry: Entry{Index: 1}})
		h[4], h[5], h[6], h[7] = byte(length), byte(length>>8), byte(length>>16), byte(length>>24)
		_, ok := parseHeader(h, int64(recordHeaderSize+length))
		require.True(t, ok, "%d bytes", length)
		_, ok = parseHeader(h, int64(recordHeaderSize+length-1))
		require.False(t, ok, "%d bytes", length)
	}
	h := appendRecord(nil, 0, &record{Entry: Entry{Index: 1}})
	tooLong := maxPayload + 1
	h[4], h[5], h[6], h[7] = byte(tooLong), byte(tooLong>>8), byte(tooLong>>16), byte(tooLong>>24)
	_, ok := parseHeader(h, math.MaxInt64)
	require.False(t, ok)
}

// TestTheBufferIsFullExactly: an append waits for a flush as soon as the limit is reached.
func TestTheBufferIsFullExactly(t *testing.T) {
	for more, want := range []uint64{3, 0} { // how many entries the next append has flushed
		l, _ := openFake(t, disktest.New(), Options{Policy: Group, MaxBuffer: 3*int(room(1)) + more})
		for i := range 4 {
			_, err := l.Submit(0, fmt.Append(nil, i))
			require.NoError(t, err)
		}
		require.Equal(t, want, l.Status().Synced, "%d bytes more", more)
		require.NoError(t, l.Close())
	}
}
