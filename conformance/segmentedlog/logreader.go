package segmentedlog

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/trace"
)

// Files is what the files of a log hold, as read by other code than the log's: their
// names, in order, and the newest file.
type Files struct {
	Names       []string
	Numbers     []uint64
	First, Base uint64 // of the oldest segment and the newest
	Newest      logs.File
}

// ReadFiles reads the files in a log's folder, also for the patterns whose logs are
// segmented.
func ReadFiles(fs disk.FS, dir string) (f Files, err error) {
	names, err := fs.List(dir)
	if err != nil {
		return f, err
	}
	for _, name := range names {
		var number, base uint64
		if n, _ := fmt.Sscanf(name, "%d-%d.seg", &number, &base); n == 2 {
			if f.Names == nil {
				f.First = base
			}
			f.Names, f.Numbers, f.Base = append(f.Names, name), append(f.Numbers, number), base
		}
	}
	if f.Names == nil {
		return f, errors.New("there is no segment")
	}
	f.Newest, err = logs.ReadFile(fs, filepath.Join(dir, f.Names[len(f.Names)-1]))
	return f, err
}

// Last is the index of the last entry that is whole.
func (f Files) Last() uint64 { return f.Base - 1 + uint64(len(f.Newest.Whole)) }

// newest is the newest segment's number.
func (f Files) newest() uint64 { return f.Numbers[len(f.Numbers)-1] }

// View is the spec's View of a log that is down.
func (f Files) View(o *trace.Object) {
	o.String("mode", "down").Uint("oldest", f.Numbers[0]).Uint("newest", f.newest())
	o.Count("base", f.Base).Int("count", len(f.Names)).Int("open", 0).Count("length", f.Last()).Bool("torn", f.Newest.Bad() > 0)
	o.Int("synced", 0).Int("acked", 0)
}

// recordCrash records the end of a process with what it has left. A removal that has
// happened and that the process did not come to record is recorded before.
func recordCrash(rec *trace.Recorder, view logs.View, fs disk.FS, dir string) error {
	f, err := ReadFiles(fs, dir)
	if err != nil {
		return err
	}
	last := trace.NewRecord(view)
	if f.Numbers[0] == last.Uint("oldest")+1 {
		view["oldest"], view["count"] = int(f.Numbers[0]), last.Int("count")-1
		rec.Step("DropOldest").String("node", node).State(view)
	}
	if newest := f.newest(); newest+1 == last.Uint("newest") && last.Uint("open") > newest {
		view["newest"], view["open"], view["base"], view["count"] = int(newest), int(newest), int(rec.Counted(f.Base)), last.Int("count")-1
		rec.Step("Unroll").String("node", node).State(view)
	}
	bad := f.Newest.Bad()
	if bad > 0 {
		bad += f.Base - 1
	}
	rec.Step("Crash").String("node", node).Count("left", f.Base-1+f.Newest.Slots).Count("bad", bad).
		Uint("last", f.newest()).State(f)
	return last.Err()
}
