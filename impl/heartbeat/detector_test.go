package heartbeat

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func phi(t *testing.T, o PhiOptions, gaps ...int64) *Phi {
	t.Helper()
	p, err := NewPhi(o)
	require.NoError(t, err)
	for _, gap := range gaps {
		p.Learn(gap)
	}
	return p
}

// regular returns n gaps around 100 ms, from the sequence's element from on.
func regular(from, n int) (gaps []int64) {
	for i := range n {
		gaps = append(gaps, int64(90+(from+i)*7%20))
	}
	return gaps
}

// TestPhiReachesTheThresholdAtTheWindow holds the two forms of the same thing
// against each other.
func TestPhiReachesTheThresholdAtTheWindow(t *testing.T) {
	for _, threshold := range []float64{1, 3, 8, 12} {
		p := phi(t, PhiOptions{Threshold: threshold, Samples: 20})
		require.EqualValues(t, unlimited, p.Window())
		for i := range 50 {
			p.Learn(int64(100 + i%7*5))
		}
		w := p.Window()
		require.GreaterOrEqual(t, p.Phi(w), threshold*0.999)
		require.Less(t, p.Phi(w-1), threshold)
		require.Greater(t, p.Phi(w*100), p.Phi(w*50), "it goes on growing where numbers end")
		require.False(t, math.IsInf(p.Phi(w*100), 0))
	}
}

// TestPhiIsThatOfTheNormalDistribution: at the mean one silence of two is longer; at
// 2.326 deviations beyond it, one of 100.
func TestPhiIsThatOfTheNormalDistribution(t *testing.T) {
	p := phi(t, PhiOptions{MinDeviation: 100}, regular(0, 20)...)
	mean, deviation := p.model()
	require.InDelta(t, 99.5, mean, 1e-9)
	require.InDelta(t, 100, deviation, 1e-9, "not less than it believes in")
	require.InDelta(t, -math.Log10(0.5), phi(t, PhiOptions{}, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100).Phi(100), 1e-9)
	require.InDelta(t, 2, p.Phi(int64(math.Round(99.5+232.6))), 0.01)
	spread := phi(t, PhiOptions{MinDeviation: 1}, 80, 120, 80, 120, 80, 120, 80, 120, 80, 120)
	_, deviation = spread.model()
	require.InDelta(t, 20, deviation, 1e-9)
}

// TestPhiGoesOnWhereErfcEnds: a little beyond x = 25 there are still both, within 1 in 1000.
func TestPhiGoesOnWhereErfcEnds(t *testing.T) {
	p := phi(t, PhiOptions{MinDeviation: 1}, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)
	for silence := int64(134); silence <= 137; silence++ {
		x := float64(silence-100) / math.Sqrt2
		require.InEpsilon(t, -math.Log10(math.Erfc(x)/2), p.Phi(silence), 1e-3, "x = %v", x)
	}
}

func TestPhiTrustsNothingBeforeItIsWarm(t *testing.T) {
	cold, warm := phi(t, PhiOptions{}, regular(0, warmUp-1)...), phi(t, PhiOptions{}, regular(0, warmUp)...)
	require.EqualValues(t, unlimited, cold.Window())
	require.Zero(t, cold.Phi(1e6))
	require.Less(t, warm.Window(), int64(1000))
	require.Positive(t, warm.Phi(1000))
}

// TestPhiForgetsTheOldest: what it says depends on the last Samples gaps only.
func TestPhiForgetsTheOldest(t *testing.T) {
	const samples = 12
	for n := samples; n < 3*samples; n++ {
		long := phi(t, PhiOptions{Samples: samples}, append([]int64{5000}, regular(0, n)...)...)
		short := phi(t, PhiOptions{Samples: samples}, regular(n-samples, samples)...)
		require.Equal(t, short.Window(), long.Window(), "%d gaps", n)
		require.Equal(t, short.Phi(300), long.Phi(300), "%d gaps", n)
	}
}

func TestPhiBoundsEachGap(t *testing.T) {
	gaps := regular(0, warmUp)
	require.Equal(t, phi(t, PhiOptions{}, append(gaps, 0)...).Window(), phi(t, PhiOptions{}, append(gaps, -1)...).Window())
	long := phi(t, PhiOptions{}, append(gaps, longestGap)...).Window()
	require.Equal(t, long, phi(t, PhiOptions{}, append(gaps, longestGap+1)...).Window())
	require.Less(t, phi(t, PhiOptions{}, append(gaps, longestGap-1)...).Window(), long)
	longest := make([]int64, 1e5)
	for i := range longest {
		longest[i] = longestGap
	}
	mean, deviation := phi(t, PhiOptions{Samples: 1e5}, longest...).model()
	require.EqualValues(t, longestGap, mean, "the squares are still a number")
	require.EqualValues(t, 10, deviation)
	require.LessOrEqual(t, phi(t, PhiOptions{MinDeviation: 1e12}, gaps...).Window(), int64(unlimited))
}

// TestSuspicionIsOneAtTheWindow, whichever detector has chosen it.
func TestSuspicionIsOneAtTheWindow(t *testing.T) {
	require.InDelta(t, 0.25, Fixed{400}.Suspicion(100, 400), 1e-9)
	p := phi(t, PhiOptions{Threshold: 3}, regular(0, 20)...)
	w := p.Window()
	require.InDelta(t, 1, p.Suspicion(w, w), 0.05)
	require.InDelta(t, p.Phi(w-20)/3, p.Suspicion(w-20, w), 1e-9, "phi of the threshold")
	require.InDelta(t, 0.5, p.Suspicion(w+1, 2*w+2), 1e-9, "a window that is not of its choosing")
}

// TestPhiOptionsAtTheirLimits.
func TestPhiOptionsAtTheirLimits(t *testing.T) {
	p, err := NewPhi(PhiOptions{})
	require.NoError(t, err)
	require.Equal(t, PhiOptions{Threshold: 8, Samples: 200, MinDeviation: 10}, p.options)
	for _, good := range []PhiOptions{
		{Threshold: highestThreshold}, {Threshold: 0.001}, {Samples: warmUp}, {Samples: 1e5}, {MinDeviation: 0.001},
	} {
		_, err := NewPhi(good)
		require.NoError(t, err, "%+v", good)
	}
	for _, bad := range []PhiOptions{
		{Threshold: highestThreshold + 0.001}, {Threshold: -1}, {Threshold: math.NaN()}, {Samples: warmUp - 1}, {Samples: 1e5 + 1},
		{MinDeviation: -1}, {MinDeviation: math.NaN()}, {MinDeviation: math.Inf(1)},
	} {
		_, err := NewPhi(bad)
		require.ErrorIs(t, err, ErrOptions, "%+v", bad)
	}
}
