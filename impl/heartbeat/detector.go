package heartbeat

import (
	"fmt"
	"math"
)

// Detector decides how long a peer may be silent before it is taken for
// crashed. There is one for each peer. All times are in milliseconds. A Core
// keeps the window between its Floor and its Ceiling, whatever the detector
// says.
type Detector interface {
	// Learn tells how long it took from one heartbeat to the next. It is told
	// only where nothing else explains the time: not across a crash of the
	// peer, nor across a pause of the watcher.
	Learn(gap int64)
	// Window is the silence after which the peer is taken for crashed.
	Window() int64
	// Suspicion says how near a silence is to the window, which may be one
	// that the detector would not have chosen: 0 is nothing, 1 is down.
	Suspicion(silence, window int64) float64
}

// Fixed is a detector that learns nothing: its window is always the same.
type Fixed struct{ Timeout int64 }

// Learn implements Detector.
func (Fixed) Learn(int64) {}

// Window implements Detector.
func (f Fixed) Window() int64 { return f.Timeout }

// Suspicion implements Detector.
func (Fixed) Suspicion(silence, window int64) float64 { return float64(silence) / float64(window) }

// PhiOptions are those of the accrual detector. The zero value is a usual
// choice.
type PhiOptions struct {
	// Threshold is how improbable a silence must be to mean a crash: 8, the
	// default, is one in 10 to the 8th.
	Threshold float64
	// Samples is how many gaps it remembers; 200 by default. With fewer than
	// ten it trusts nothing that it knows, and the window is the Ceiling.
	Samples int
	// MinDeviation is the least standard deviation it believes in, in
	// milliseconds: a network that was very regular for a while would
	// otherwise be marked down for the first hiccup. 10 by default.
	MinDeviation float64
}

// check fills in the defaults, or says what is wrong.
func (o PhiOptions) check() (PhiOptions, error) {
	if o.Threshold == 0 {
		o.Threshold = 8
	}
	if o.Samples == 0 {
		o.Samples = 200
	}
	if o.MinDeviation == 0 {
		o.MinDeviation = 10
	}
	switch {
	case !(o.Threshold > 0 && o.Threshold <= highestThreshold):
		return o, fmt.Errorf("%w: Phi.Threshold is %v; it must be above 0 and at most %d", ErrOptions, o.Threshold, highestThreshold)
	case o.Samples < warmUp || o.Samples > 1e5:
		return o, fmt.Errorf("%w: Phi.Samples is %d; it must be from %d to 100000", ErrOptions, o.Samples, warmUp)
	case !(o.MinDeviation > 0) || math.IsInf(o.MinDeviation, 0):
		return o, fmt.Errorf("%w: Phi.MinDeviation is %v; it must be above 0", ErrOptions, o.MinDeviation)
	}
	return o, nil
}

const (
	// warmUp is how many gaps say something.
	warmUp = 10
	// longestGap is what a longer gap counts as, a quarter of an hour: its
	// square times the most samples must still be a number.
	longestGap = 15 * 60 * 1000
	// unlimited is a window longer than any that a node may have.
	unlimited = 1 << 30
	// highestThreshold is how improbable a thing a float64 can tell from an
	// impossible one.
	highestThreshold = 12
)

// Phi is the accrual detector of Hayashibara, Défago, Yared and Katayama (2004).
// It takes the gaps between heartbeats for normally distributed, learns mean
// and deviation, and has a measure of suspicion: phi = 1 means that a heartbeat
// comes so late in one case of 10, phi = 2 in one of 100, and so on.
type Phi struct {
	options PhiOptions
	gaps    []int64
	oldest  int
	sum     int64
	squares int64
}

// NewPhi returns a detector that has learnt nothing yet.
func NewPhi(options PhiOptions) (*Phi, error) {
	options, err := options.check()
	if err != nil {
		return nil, err
	}
	return &Phi{options: options}, nil
}

// Learn implements Detector.
func (p *Phi) Learn(gap int64) {
	gap = min(max(gap, 0), longestGap)
	if len(p.gaps) < p.options.Samples {
		p.gaps = append(p.gaps, gap)
	} else {
		old := p.gaps[p.oldest]
		p.sum -= old
		p.squares -= old * old
		p.gaps[p.oldest] = gap
		p.oldest = (p.oldest + 1) % len(p.gaps)
	}
	p.sum += gap
	p.squares += gap * gap
}

// model is what it takes the gaps for: their mean and their deviation.
func (p *Phi) model() (mean, deviation float64) {
	n := float64(len(p.gaps))
	mean = float64(p.sum) / n
	variance := float64(p.squares)/n - mean*mean
	return mean, max(math.Sqrt(max(variance, 0)), p.options.MinDeviation)
}

// Phi is how improbable it is that the peer is silent for so long and alive:
// the negative decimal logarithm. It is 0 while too little is known.
func (p *Phi) Phi(silence int64) float64 {
	if len(p.gaps) < warmUp {
		return 0
	}
	mean, deviation := p.model()
	x := (float64(silence) - mean) / (deviation * math.Sqrt2)
	if x > 25 { // where the function below runs out of numbers, its first term is all there is
		return (x*x + math.Log(x*math.Sqrt(math.Pi)) + math.Ln2) / math.Ln10
	}
	return -math.Log10(math.Erfc(x) / 2)
}

// Window implements Detector: the first silence whose phi reaches the threshold.
func (p *Phi) Window() int64 {
	if len(p.gaps) < warmUp {
		return unlimited
	}
	mean, deviation := p.model()
	x := math.Erfcinv(2 * math.Pow(10, -p.options.Threshold))
	return min(int64(math.Ceil(mean+x*deviation*math.Sqrt2)), unlimited)
}

// Suspicion implements Detector: how much of the threshold phi has reached,
// or how much of the window is over, where that is not of its choosing.
func (p *Phi) Suspicion(silence, window int64) float64 {
	if window != p.Window() {
		return float64(silence) / float64(window)
	}
	return p.Phi(silence) / p.options.Threshold
}
