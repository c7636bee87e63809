package writeaheadlog

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// TestTornTailIsCut cuts a log's file behind each of its bytes, with and without
// zeros in the place of what is missing: what is left is the whole records
// before the cut, and the log goes on behind them.
func TestTornTailIsCut(t *testing.T) {
	b := imageOf(t, 3)
	ends := offsets(b)
	require.Len(t, ends, 4)
	for cut := fileHeaderSize; cut < len(b); cut++ {
		for _, zeros := range []int{0, len(b) - cut, 4096} {
			whole := 0
			for i := 1; i <= 3; i++ {
				// What is missing of a record's padding is not missed.
				if cut >= ends[i-1]+recordHeaderSize+len(payload(i)) {
					whole = i
				}
			}
			fake := withContent(t, append(slices.Clone(b[:cut]), make([]byte, zeros)...))
			l, machine := openFake(t, fake, Options{})
			require.Equal(t, expected(whole), machine.applied, "cut at %d, %d zeros", cut, zeros)
			appendAll(t, l, whole+1, 5)
			require.NoError(t, l.Close())
			_, machine = openFake(t, fake, Options{})
			require.Equal(t, expected(5), machine.applied, "cut at %d, %d zeros", cut, zeros)
		}
	}
}

// TestDamageToWhatWasFlushedIsRefused flips each bit of three entries in turn,
// which the fourth says were flushed.
func TestDamageToWhatWasFlushedIsRefused(t *testing.T) {
	b := imageOf(t, 4)
	ends := offsets(b)
	for at := ends[0]; at < ends[3]; at++ {
		i, _ := slices.BinarySearch(ends, at+1)
		if at >= ends[i-1]+recordHeaderSize+len(payload(i)) {
			continue // padding
		}
		damaged := slices.Clone(b)
		damaged[at] ^= 1 << (at % 8)
		fake := withContent(t, damaged)
		_, _, err := onFake(fake, Options{})
		require.ErrorIs(t, err, ErrDamaged, "offset %d", at)
		var where *DamageError
		require.ErrorAs(t, err, &where)
		require.Equal(t, DamageError{Path: "log", Index: uint64(i), Offset: int64(ends[i-1])}, *where)
		require.Equal(t, damaged, content(t, fake), "the file is left as it is")
	}
}

// TestDamageInTheLastFlushLooksLikeACrash is the limit of what a log can tell:
// nothing behind these entries says that they were flushed.
func TestDamageInTheLastFlushLooksLikeACrash(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{Policy: Group})
	appendAll(t, l, 1, 1)
	for i := 2; i <= 4; i++ {
		_, err := l.Submit(uint32(i%3), payload(i))
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	b := content(t, fake)
	b[offsets(b)[1]+recordHeaderSize]++
	_, machine := openFake(t, withContent(t, b), Options{})
	require.Equal(t, expected(1), machine.applied)
}

// TestSectorsOutOfOrderAreNoDamage loses the first sector of a group and keeps
// the others, as a machine may that stops before a flush has returned.
func TestSectorsOutOfOrderAreNoDamage(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{Policy: Async})
	for i := range 40 {
		_, err := l.Append(0, bytes.Repeat([]byte{byte(i)}, 100))
		require.NoError(t, err)
	}
	fake.CrashSectors(func(_ string, sector int) bool { return sector == disktest.Length || sector >= 4 })
	l, machine := openFake(t, fake, Options{})
	require.Less(t, len(machine.applied), 16)
	require.Equal(t, l.Status().Appended, uint64(len(machine.applied)))
	before := len(machine.applied)
	_, err := l.Append(0, []byte("on"))
	require.NoError(t, err)
	_, machine = openFake(t, fake, Options{})
	require.Len(t, machine.applied, before+1, "what was behind the hole has not come back")
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	for name, b := range map[string][]byte{
		"a text":            []byte("It was a dark and stormy night; the rain fell in torrents"),
		"a short text":      []byte("It"),
		"another version":   append([]byte(magic), make([]byte, 40)...),
		"zeros, then bytes": append(make([]byte, 5000), 1),
		"half a header":     fileHeader(1)[:fileHeaderSize-5],
	} {
		if name == "half a header" {
			b = append(slices.Clone(b), 0xff, 0xff, 0xff, 0xff, 0xff)
		}
		fake := withContent(t, b)
		_, _, err := onFake(fake, Options{})
		require.ErrorIs(t, err, ErrNotALog, name)
		require.Equal(t, b, content(t, fake), name)
	}
}

func TestAFileWhoseMakingWasInterruptedIsMadeAgain(t *testing.T) {
	whole := fileHeader(7)
	for n := range fileHeaderSize + 1 {
		for _, b := range [][]byte{whole[:n], make([]byte, n), make([]byte, n*200)} {
			fake := withContent(t, b)
			l, _ := openFake(t, fake, Options{})
			appendAll(t, l, 1, 2)
			fake.Crash(nil)
			_, machine := openFake(t, fake, Options{})
			require.Equal(t, expected(2), machine.applied)
		}
	}
}

// TestADamagedSizeAllocatesNothing has a record that claims to be larger than
// the file and than anything the format allows.
func TestADamagedSizeAllocatesNothing(t *testing.T) {
	b := imageOf(t, 1)
	at := offsets(b)[0]
	copy(b[at+4:], []byte{0xff, 0xff, 0xff, 0xff})
	fake := withContent(t, b)
	allocated := testing.AllocsPerRun(1, func() {
		l, machine := openFake(t, fake, Options{})
		require.Empty(t, machine.applied)
		require.NoError(t, l.Close())
	})
	require.Less(t, allocated, 1000.0)
}

// TestAPayloadDoesNotPassForARecord writes records of another log as payloads:
// they say that everything before them was flushed, and must not be heard.
func TestAPayloadDoesNotPassForARecord(t *testing.T) {
	var forged []byte
	for index := uint64(1); index < 20; index++ {
		forged = appendRecord(forged, 0, &record{Entry: Entry{Index: index}, flushed: index - 1})
	}
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{})
	for range 2 {
		_, err := l.Append(0, forged)
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	b := content(t, fake)
	b[offsets(b)[1]]++ // the last record's checksum
	_, machine := openFake(t, withContent(t, b), Options{})
	require.Len(t, machine.applied, 1)
}

// TestSearchingDamageTakesLinearTime fills a file with what looks like headers
// of large records, at every place where one can begin.
func TestSearchingDamageTakesLinearTime(t *testing.T) {
	b := imageOf(t, 1)
	var forged []byte
	for range 1 << 13 {
		r := record{Entry: Entry{Index: 3}, flushed: 1}
		h := appendRecord(nil, 0, &r)
		h[6] = 1 // 64 KiB
		forged = append(forged, h...)
	}
	fake := withContent(t, append(append(b, 1), append(make([]byte, 7), forged...)...))
	_, _, err := onFake(fake, Options{})
	require.ErrorIs(t, err, ErrDamaged, "what cannot be searched is not thrown away")
}

// TestWhatAFailedFlushLeftInTheCacheIsWrittenAgain has the trap of fsync: after
// a failure the cache shows what the disk lacks, and the next flush succeeds.
func TestWhatAFailedFlushLeftInTheCacheIsWrittenAgain(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{})
	appendAll(t, l, 1, 2)
	fake.FailSync("log")
	_, err := l.Append(0, payload(3))
	require.ErrorIs(t, err, ErrPoisoned)
	require.ErrorIs(t, err, disk.ErrIO)
	fake.Kill()

	_, machine := openFake(t, fake, Options{})
	require.Equal(t, expected(3), machine.applied, "it is in the cache")
	fake.Crash(nil)
	_, machine = openFake(t, fake, Options{})
	require.Equal(t, expected(3), machine.applied, "it was served, so it must be on the disk")
}

// TestAFailedFlushOfTheHeaderIsMadeUpFor is the same trap for a new file.
func TestAFailedFlushOfTheHeaderIsMadeUpFor(t *testing.T) {
	fake := disktest.New()
	fake.FailSync("log")
	_, _, err := onFake(fake, Options{})
	require.ErrorIs(t, err, disk.ErrIO)
	l, _ := openFake(t, fake, Options{})
	appendAll(t, l, 1, 2)
	fake.Crash(nil)
	_, machine := openFake(t, fake, Options{})
	require.Equal(t, expected(2), machine.applied)
}

// TestEveryOperationMayBeTheLast stops the disk at each of its operations, and
// lets crashes of all kinds follow: every acknowledged entry is found again.
func TestEveryOperationMayBeTheLast(t *testing.T) {
	for _, policy := range []Policy{EachEntry, Group} {
		for last := range 30 {
			for survival := disktest.Nothing; survival <= disktest.AnySectors; survival++ {
				fake := disktest.New()
				fake.HaltAfter(last)
				acknowledged := 0
				if l, _, err := onFake(fake, Options{Policy: policy, Preallocate: 200}); err == nil {
					for i := 1; i <= 10; i++ {
						if _, err := l.Append(uint32(i%3), payload(i)); err != nil {
							break
						}
						acknowledged = i
					}
				}
				fake.CrashRandomly(int64(last), survival)
				_, machine := openFake(t, fake, Options{Policy: policy})
				require.GreaterOrEqual(t, len(machine.applied), acknowledged)
				require.Equal(t, expected(len(machine.applied)), machine.applied)
			}
		}
	}
}

func FuzzRecoveryOfDamagedFiles(f *testing.F) {
	b := imageOf(f, 6)
	f.Add([]byte{}, uint16(len(b)))
	f.Add([]byte{0, 30, 1}, uint16(len(b)))
	f.Add([]byte{0, 60, 0xff, 1, 1, 1}, uint16(200))
	f.Fuzz(func(t *testing.T, edits []byte, length uint16) {
		damaged := slices.Clone(b)
		for e := range slices.Chunk(edits, 3) {
			if len(e) == 3 {
				damaged[(int(e[0])<<8|int(e[1]))%len(b)] ^= e[2]
			}
		}
		if int(length) < len(b) {
			damaged = damaged[:length]
		} else {
			damaged = append(damaged, make([]byte, int(length)-len(b))...)
		}
		l, machine, err := onFake(withContent(t, damaged), Options{})
		if err != nil {
			return
		}
		n := len(machine.applied)
		require.LessOrEqual(t, n, 6)
		require.Equal(t, expected(n), machine.applied)
		appendAll(t, l, n+1, n+1)
	})
}

func FuzzRecoveryOfAnything(f *testing.F) {
	f.Add(imageOf(f, 3))
	f.Add([]byte("It was a dark and stormy night"))
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		fake := withContent(t, b)
		l, machine, err := onFake(fake, Options{})
		if err != nil {
			return
		}
		found := append([]string{}, machine.applied...)
		_, err = l.Append(0, []byte("one more"))
		require.NoError(t, err)
		fake.Crash(nil)
		_, machine = openFake(t, fake, Options{})
		require.Equal(t, found, machine.applied[:len(found)])
		require.Len(t, machine.applied, len(found)+1)
	})
}
