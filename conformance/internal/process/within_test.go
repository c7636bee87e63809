package process_test

import (
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
)

// shell runs a script within a limit.
func shell(ctx context.Context, script string, limit process.Limit) (process.Usage, error) {
	return process.Within(ctx, limit, func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, "sh", "-c", script)
	})
}

// spin takes n processor seconds in a process of its own; the shell waits for it.
const spin = `sh -c 'ulimit -t 1; while :; do :; done'; true`

func needMeter(t *testing.T) {
	t.Helper()
	if !process.CanMeter {
		t.Skip("the system does not tell what other processes take")
	}
}

func TestAProcessThatSpinsIsEndedByItsProcessorTime(t *testing.T) {
	needMeter(t)
	usage, err := shell(t.Context(), `while :; do :; done`, process.Limit{Processor: 500 * time.Millisecond, Idle: time.Minute, Wall: time.Hour})
	require.ErrorIs(t, err, process.ErrUsedUp)
	require.ErrorContains(t, err, "processor time")
	require.Greater(t, usage.Processor, 500*time.Millisecond)
}

func TestAProcessThatWaitsIsEndedByItsIdleTime(t *testing.T) {
	needMeter(t)
	usage, err := shell(t.Context(), `sleep 3600`, process.Limit{Processor: time.Minute, Idle: time.Second, Wall: time.Hour})
	require.ErrorIs(t, err, process.ErrUsedUp)
	require.ErrorContains(t, err, "to wait for others")
	require.Less(t, usage.Processor, 500*time.Millisecond)
}

// TestABusyMachineDoesNotEndAProcess: beside four others on the processors it takes much
// longer by the clock, and is neither idle nor takes more processor time.
func TestABusyMachineDoesNotEndAProcess(t *testing.T) {
	needMeter(t)
	ctx, cancel := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait() // also when the test fails: the machine is not left busy
	defer cancel()
	for range 4 {
		busy.Go(func() { _, _ = shell(ctx, `while :; do :; done`, process.Limit{}) })
	}
	began := time.Now()
	usage, err := shell(t.Context(), spin, process.Limit{Processor: 1800 * time.Millisecond, Idle: time.Second})
	t.Logf("%s on the clock, %+v", time.Since(began), usage)
	require.NoError(t, err)
	require.InDelta(t, time.Second, usage.Processor, float64(500*time.Millisecond), "the child's time counts")
}

// TestTheClockAloneGivesNoVerdict: its end has an error of its own.
func TestTheClockAloneGivesNoVerdict(t *testing.T) {
	_, err := shell(t.Context(), `sleep 3600`, process.Limit{Wall: time.Second})
	require.ErrorIs(t, err, process.ErrLate)
	require.NotErrorIs(t, err, process.ErrUsedUp)
}

func TestAProcessThatEndsInTimeIsLeftAlone(t *testing.T) {
	_, err := shell(t.Context(), `exit 0`, process.Limit{Processor: time.Minute, Idle: time.Minute, Wall: time.Minute})
	require.NoError(t, err)
	_, err = shell(t.Context(), `exit 3`, process.Limit{Processor: time.Minute})
	require.ErrorContains(t, err, "exit status 3")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = shell(ctx, `sleep 3600`, process.Limit{Processor: time.Minute})
	require.ErrorIs(t, err, context.Canceled)
}
