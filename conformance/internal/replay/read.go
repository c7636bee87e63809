package replay

import (
	"errors"
	"fmt"
	"os"

	"github.com/lockstep-tla/lockstep/trace"
)

// ReadAll reads traces. It omits a file that is not a whole trace, and names it
// in the error.
func ReadAll(paths []string) ([]*trace.Trace, error) {
	var traces []*trace.Trace
	var failed []error
	for _, path := range paths {
		t, err := readTrace(path)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		traces = append(traces, t)
	}
	return traces, errors.Join(failed...)
}

// MaxTrace is the limit for the size of a trace, in bytes. A larger one usually
// comes from an endless loop in broken code. Reading a trace needs several
// times its size in memory.
const MaxTrace int64 = 128 << 20

func readTrace(path string) (*trace.Trace, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if about.Size() > MaxTrace {
		return nil, fmt.Errorf("%s: the trace has %d MiB, and at most %d are read: the run did not come to an end", path, about.Size()>>20, MaxTrace>>20)
	}
	return trace.ReadFile(path)
}
