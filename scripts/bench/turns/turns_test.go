package turns

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	require.Zero(t, Median(nil))
	require.EqualValues(t, 2, Median([]float64{3, 1, 2}))
	require.EqualValues(t, 2.5, Median([]float64{4, 1, 3, 2}))
	require.EqualValues(t, 1.5, Quantile([]float64{4, 1, 3, 2, 0}, 0.375))
	require.EqualValues(t, 4, Quantile([]float64{4, 1}, 1))
	require.Equal(t, []float64{2, 0.5}, Ratios([]float64{4, 1}, []float64{2, 2}))
}

func TestTake(t *testing.T) {
	var order []int
	require.NoError(t, Take(t.Context(), 3, 2, func(subject, round int) error {
		order = append(order, 10*round+subject)
		return nil
	}))
	require.Equal(t, []int{0, 1, 11, 10, 20, 21}, order)

	broken := errors.New("broken")
	require.Equal(t, broken, Take(t.Context(), 3, 2, func(int, int) error { return broken }))
	ended, end := context.WithCancel(t.Context())
	end()
	require.Equal(t, context.Canceled, Take(ended, 3, 2, func(int, int) error { panic("its turn does not come") }))
}

func TestDrive(t *testing.T) {
	var done [3]atomic.Int64
	n, rate, err := Drive(3, 5*time.Millisecond, func(worker int) error {
		done[worker].Add(1)
		time.Sleep(time.Microsecond) // so that all of them get a turn
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, done[0].Load()+done[1].Load()+done[2].Load(), n)
	require.Positive(t, rate)
	require.Less(t, rate, float64(n)/0.005)

	broken := errors.New("broken")
	_, _, err = Drive(3, time.Hour, func(worker int) error {
		if worker == 1 {
			return broken
		}
		return nil
	})
	require.Equal(t, broken, err)
}
