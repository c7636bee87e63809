package segmentedlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/trace"
)

const (
	fileHeader   = 24 // bytes before the first record
	recordHeader = 32 // bytes before a payload
)

// logFiles is what the files of a log hold, as read by other code than the log's. What a
// crash has left is recorded from here, so that a recovery which reads wrongly cannot
// claim that what it lost was never there.
type logFiles struct {
	names         []string // in order
	numbers       []uint64
	first, base   uint64 // of the oldest and the newest
	whole, behind uint64 // its records, before the first that is not whole, and all
	ends          []int64
}

// readLog reads the names in the log's folder, and the newest file.
func readLog(fs disk.FS, dir string) (l logFiles, err error) {
	names, err := fs.List(dir)
	if err != nil {
		return l, err
	}
	for _, name := range names {
		var number, base uint64
		if n, _ := fmt.Sscanf(name, "%d-%d.seg", &number, &base); n == 2 {
			if l.names == nil {
				l.first = base
			}
			l.names, l.numbers, l.base = append(l.names, name), append(l.numbers, number), base
		}
	}
	if l.names == nil {
		return l, errors.New("there is no segment")
	}
	file, err := fs.Open(filepath.Join(dir, l.names[len(l.names)-1]))
	if err != nil {
		return l, err
	}
	size, err := file.Size()
	b := make([]byte, size)
	if _, e := file.ReadAt(b, 0); e != nil && !errors.Is(e, io.EOF) {
		err = errors.Join(err, e)
	}
	l.scan(b)
	return l, errors.Join(err, file.Close())
}

// Files is what the files of a log hold, for the patterns whose logs are segmented.
type Files struct {
	Segments          int
	First, Base, Last uint64  // of the oldest and the newest segment, and of the last whole entry
	Newest            string  // the name of the newest segment's file
	Ends              []int64 // where in that file each entry begins, and the last one ends
}

// ReadFiles reads the names in a log's folder, and the newest file, by other code than the
// log's.
func ReadFiles(fs disk.FS, dir string) (Files, error) {
	l, err := readLog(fs, dir)
	if err != nil {
		return Files{}, err
	}
	return Files{
		Segments: len(l.names), First: l.first, Base: l.base, Last: l.last(), Newest: l.names[len(l.names)-1],
		Ends: append([]int64{fileHeader}, l.ends...),
	}, nil
}

// scan reads the bytes of the newest file. A record's size also holds where its checksum
// does not, as far as it can be.
func (l *logFiles) scan(b []byte) {
	used := int64(len(bytes.TrimRight(b, "\x00")))
	for at := int64(fileHeader); at+recordHeader <= int64(len(b)) && at < used; {
		index, end := recordAt(b, at)
		if end == 0 {
			break
		}
		l.ends = append(l.ends, end)
		if index == l.whole+1 && uint64(len(l.ends)) == index {
			l.whole = index
		}
		at = end
	}
	end := int64(fileHeader)
	if l.whole > 0 {
		end = l.ends[l.whole-1]
	}
	if l.behind = l.whole; used > end {
		l.behind++ // there is something, whatever it is
	}
	for at := end; at < used; at += 8 {
		if index, _ := recordAt(b, at); index > l.behind {
			l.behind = index
		}
	}
}

// recordAt reads the record that begins at an offset: its index, or 0 if it is not
// whole, and its end, or 0 if it cannot be one.
func recordAt(b []byte, at int64) (index uint64, end int64) {
	left := int64(len(b)) - at
	if left < recordHeader {
		return 0, 0
	}
	h := b[at:]
	size := int64(binary.LittleEndian.Uint32(h[4:]))
	if size > left-recordHeader {
		return 0, 0
	}
	end = min(at+(recordHeader+size+7)/8*8, int64(len(b)))
	salt := binary.LittleEndian.Uint32(b[12:])
	sum := crc32.Update(salt, crc32.MakeTable(crc32.Castagnoli), h[4:recordHeader+size])
	if sum == binary.LittleEndian.Uint32(h) && size > 0 {
		index = binary.LittleEndian.Uint64(h[8:])
	}
	return index, end
}

func (l logFiles) last() uint64 { return l.base - 1 + l.whole }

// View is the spec's View of a log that is down.
func (l logFiles) View(o *trace.Object) {
	o.String("mode", "down").Uint("oldest", l.numbers[0]).Uint("newest", l.numbers[len(l.numbers)-1])
	o.Uint("base", l.base).Int("count", len(l.numbers)).Int("open", 0).Uint("length", l.last()).Bool("torn", l.behind > l.whole)
	o.Int("synced", 0).Int("acked", 0)
}

// recordCrash records the end of a process with what it has left. A removal that has
// happened and that the process did not come to record is recorded before.
func recordCrash(rec *trace.Recorder, path string, fs disk.FS, dir string) error {
	step, err := toolbox.LastStep(path)
	if err != nil || step == nil {
		return err
	}
	last := trace.NewRecord(step.State)
	if last.String("mode") == "down" {
		return last.Err() // it has ended by itself, or not begun
	}
	l, err := readLog(fs, dir)
	if err != nil {
		return err
	}
	if l.numbers[0] == last.Uint("oldest")+1 {
		rec.Step("DropOldest").String("node", node).State(changed{last, 1, 0, last.Uint("base")})
	}
	if newest := l.numbers[len(l.numbers)-1]; newest+1 == last.Uint("newest") && last.Uint("open") > newest {
		rec.Step("Unroll").String("node", node).State(changed{last, 0, 1, l.base})
	}
	bad := uint64(0)
	if l.behind > l.whole {
		bad = l.last() + 1
	}
	rec.Step("Crash").String("node", node).Uint("left", l.base-1+l.behind).Uint("bad", bad).
		Uint("last", l.numbers[len(l.numbers)-1]).State(l)
	return last.Err()
}

// changed is a view of the log with a segment less, at one end.
type changed struct {
	*trace.Record
	dropped, unrolled uint64
	base              uint64 // of what is the newest then
}

func (c changed) View(o *trace.Object) {
	o.String("mode", c.String("mode"))
	o.Uint("oldest", c.Uint("oldest")+c.dropped).Uint("newest", c.Uint("newest")-c.unrolled)
	o.Uint("base", c.base).Int("count", c.Int("count")-1).Uint("open", c.Uint("open")-c.unrolled)
	o.Uint("length", c.Uint("length")).Bool("torn", c.Bool("torn"))
	o.Uint("synced", c.Uint("synced")).Uint("acked", c.Uint("acked"))
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ Kind, Choice, Another uint8 }

func workload(seed int64, from, to int) []operation {
	return toolbox.Workload[operation](seed, from, to)
}
