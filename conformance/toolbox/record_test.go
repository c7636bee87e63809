package toolbox_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

var errPlanned = errors.New("planned")

type empty struct{}

func (empty) View(*trace.Object) {}

func header() trace.Header { return trace.Header{Spec: "X", Scenario: "test", Seed: 1} }

func TestRecordKeepsWhatARunThatFailsHasRecorded(t *testing.T) {
	run := conformance.Run{Path: filepath.Join(t.TempDir(), "a.ndjson")}
	err := toolbox.Record(run, header(), func(rec *trace.Recorder) error {
		rec.Step("Go").State(empty{})
		return errPlanned
	})
	require.ErrorIs(t, err, errPlanned)
	read, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	require.Len(t, read.Events, 1)

	require.Panics(t, func() {
		_ = toolbox.Record(run, header(), func(rec *trace.Recorder) error {
			rec.Step("Go").State(empty{})
			panic("broken")
		})
	})
	_, err = trace.ReadFile(run.Path)
	require.NoError(t, err, "it is a whole trace")
}

func TestRecordReturnsTheErrorOfTheRecorder(t *testing.T) {
	run := conformance.Run{Path: filepath.Join(t.TempDir(), "a.ndjson")}
	err := toolbox.Record(run, header(), func(rec *trace.Recorder) error {
		rec.Step("Go").Int("n", trace.MaxInt+1).State(empty{})
		return errPlanned
	})
	require.ErrorIs(t, err, errPlanned)
	require.ErrorIs(t, err, trace.ErrInvalid)
}

func TestResumeBeginsOnceAndThenGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ndjson")
	for i := range 3 {
		last, err := toolbox.LastStep(path)
		require.NoError(t, err)
		if i == 0 {
			require.Nil(t, last)
		} else {
			require.Equal(t, i-1, last.Args["n"])
		}
		rec, first, err := toolbox.Resume(path, header())
		require.NoError(t, err)
		require.Equal(t, i == 0, first)
		rec.Step("Go").Int("n", i).State(empty{}) // and then it is killed
	}
	_, _, err := toolbox.Resume(filepath.Join(path, "no folder"), header())
	require.Error(t, err)
	_, err = toolbox.LastStep(filepath.Join(path, "no folder"))
	require.Error(t, err)
	left, err := trace.ReadUnfinished(path)
	require.NoError(t, err)
	require.Len(t, left.Events, 3)
}

func TestReplayedNamesThePlaceOfWhatIsMissing(t *testing.T) {
	run := conformance.Run{Path: filepath.Join(t.TempDir(), "a.ndjson")}
	require.NoError(t, toolbox.Record(run, header(), func(rec *trace.Recorder) error {
		rec.Step("Go").Int("n", 1).State(&counts{10})
		rec.Step("Go").Int("n", 2).State(&counts{20})
		rec.Step("Stop").State(&counts{30})
		return nil
	}))
	var seen []int
	require.NoError(t, toolbox.Replayed(run.Path, func(step string, args, state *trace.Record) {
		if step == "Go" {
			seen = append(seen, args.Int("n"), state.Int("n"))
		}
	}))
	require.Equal(t, []int{1, 10, 2, 20}, seen)
	err := toolbox.Replayed(run.Path, func(_ string, args, _ *trace.Record) { args.Int("n") })
	require.ErrorContains(t, err, "a.ndjson:4: ")
	err = toolbox.Replayed(run.Path, func(_ string, _, state *trace.Record) { state.String("n") })
	require.ErrorContains(t, err, "a.ndjson:2: ")
	require.Error(t, toolbox.Replayed(run.Path+" is not there", nil))
}

func TestConcurrentlyRunsAllAtOnceAndReturnsAllErrors(t *testing.T) {
	const n = 3
	var all sync.WaitGroup
	all.Add(n)
	failed := []error{errors.New("one"), nil, errors.New("three")}
	err := toolbox.Concurrently(n, func(i int) error {
		all.Done()
		all.Wait() // until all have come so far
		return failed[i]
	})
	require.ErrorIs(t, err, failed[0])
	require.ErrorIs(t, err, failed[2])
	require.NoError(t, toolbox.Concurrently(0, nil))
}

func TestWorkloadIsTheSeeds(t *testing.T) {
	type operation struct{ Kind, Choice uint8 }
	one := toolbox.Workload[operation](1, 10, 20)
	require.Equal(t, one, toolbox.Workload[operation](1, 10, 20))
	require.NotEqual(t, one, toolbox.Workload[operation](2, 10, 20))
	require.GreaterOrEqual(t, len(one), 10)
	require.LessOrEqual(t, len(one), 20)
	require.Equal(t, "b", toolbox.Pick([]string{"a", "b", "c"}, uint8(4)))
}

func TestLengthIsLongForALongRun(t *testing.T) {
	require.Equal(t, 3, toolbox.Length(conformance.Run{}, 3, 9))
	require.Equal(t, 9, toolbox.Length(conformance.Run{Long: true}, 3, 9))
}

func TestNamesAreAllAsLong(t *testing.T) {
	names := toolbox.Names("n", 12)
	require.Len(t, names, 12)
	require.Equal(t, "n01", names[0])
	require.Equal(t, "n12", names[11])
}

// TestLatestComesToEach: mostly to the last few, and also to the first.
func TestLatestComesToEach(t *testing.T) {
	all, picked := []int{0, 1, 2, 3, 4, 5, 6, 7}, map[int]int{}
	for n := range 256 {
		picked[toolbox.Latest(all, uint8(n))]++
	}
	require.Len(t, picked, len(all))
	require.Greater(t, picked[4]+picked[5]+picked[6]+picked[7], 200)
	require.Equal(t, 9, toolbox.Latest([]int{9}, 200))
}

func TestWithoutLeavesTheListAsItIs(t *testing.T) {
	list := []string{"a", "b", "a", "c"}
	require.Equal(t, []string{"b"}, toolbox.Without(list, "a", "c"))
	require.Equal(t, list, toolbox.Without(list))
	require.Equal(t, []string{"a", "b", "a", "c"}, list)
}

// TestCountersBeginWhereSmallerIntegersEnd: the second number of a run is one too many for
// an integer of the seed's size, and the trace has a 2.
func TestCountersBeginWhereSmallerIntegersEnd(t *testing.T) {
	for seed, limit := range map[int64]uint64{4: 2, 1: 1 << 16, 2: 1 << 31, 7: 1 << 32} {
		run := conformance.Run{Path: filepath.Join(t.TempDir(), "trace")}
		require.NoError(t, toolbox.Record(run, header(), func(rec *trace.Recorder) error {
			second := toolbox.CountFrom(rec, seed) + 2
			require.Equal(t, limit, second)
			rec.Step("Add").String("node", "a").State(number(second))
			return nil
		}))
		read, err := trace.ReadFile(run.Path)
		require.NoError(t, err)
		require.Equal(t, map[string]trace.Value{"n": 2}, read.Events[0].State)
	}
}

type number uint64

func (n number) View(o *trace.Object) { o.Count("n", uint64(n)) }
