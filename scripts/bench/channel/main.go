// Command channel sends requests and gets answers over Lockstep's Single-Socket
// Channel, over net/rpc and over a gRPC stream, side by side in one run, and
// prints how many a second each makes and how long one takes.
//
//	cd scripts/bench && go run ./channel
//	cd scripts/bench && go run ./channel -pipeline
//
// With -pipeline it compares Request Pipeline with one request at a time, net/rpc and the
// gRPC stream, over connections that delay each byte by 0, 1 and 10 ms in each direction.
//
// Each subject has one TCP connection on loopback between two ends in this process.
// Several callers share it; each sends 100 bytes and waits for the same bytes
// before it sends again. The three take turns, a short span each and round
// after round, another one first each time. The table has the medians of all
// rounds; the ratios are medians of each round's ratio.
//
// The promises are not the same. The channel handles requests one by one in
// their order, and sends them again over the next connection when one breaks.
// The stream handles them in order too, since here one goroutine reads it and
// answers; when it breaks, all that was under way fails. net/rpc has a goroutine
// for each request, and no order. gRPC frames messages within HTTP/2, with flow
// control for each stream; neither protobuf nor compression is used here, except
// a codec that passes bytes on as they are.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

// size is how many bytes a request has, and its answer.
const size = 100

var callers = []int{1, 8, 64, 256}

func main() { turns.Main("channel", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("channel", flag.ContinueOnError)
	pipelined := flags.Bool("pipeline", false, "compare Request Pipeline, at several delays")
	length, err := turns.Parse(flags, args)
	if err != nil {
		return err
	}
	if *pipelined {
		return runPipelines(ctx, length, out)
	}
	fmt.Fprintf(out, "%s; %d B there and back; %s\n\n", turns.Machine(), size, length)
	const row = "%7s  %-8s %11s  %17s  %8s  %8s  %s\n"
	fmt.Fprintf(out, row, "callers", "", "requests/s", "middle half", "half in", "99% in", subjects[0].name+" is")
	for _, n := range callers {
		measured, err := measure(ctx, subjects, n, length)
		if err != nil {
			return fmt.Errorf("%d callers: %w", n, err)
		}
		for i, s := range subjects {
			ratio, m := "", measured[i]
			if i > 0 {
				ratio = fmt.Sprintf("%.2f times as fast", turns.Median(turns.Ratios(measured[0].rates, m.rates)))
			}
			fmt.Fprintf(out, row, fmt.Sprint(n), s.name, fmt.Sprintf("%.0f", turns.Median(m.rates)),
				fmt.Sprintf("%.0f-%.0f", turns.Quantile(m.rates, 0.25), turns.Quantile(m.rates, 0.75)),
				micros(m.half), micros(m.nearlyAll), ratio)
		}
	}
	return nil
}

func micros(seconds []float64) string { return fmt.Sprintf("%.0f µs", turns.Median(seconds)*1e6) }

// results are the measurements of one subject, one value a round.
type results struct {
	rates           []float64 // requests a second
	half, nearlyAll []float64 // the median and the 99% quantile of the requests' seconds
}

// measure lets the subjects take turns, each with the given number of callers.
func measure(ctx context.Context, subjects []subject, callers int, length turns.Length) (_ []results, err error) {
	ends := make([]end, len(subjects))
	for i, s := range subjects {
		if ends[i], err = s.open(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer func() { err = errors.Join(err, ends[i].close()) }()
	}
	measured := make([]results, len(subjects))
	return measured, turns.Take(ctx, length.Rounds+1, len(subjects), func(i, round int) error {
		rate, latencies, err := drive(ctx, ends[i], callers, length.Span)
		if err != nil {
			return fmt.Errorf("%s: %w", subjects[i].name, err)
		}
		if m := &measured[i]; round > 0 { // the first one is to warm up
			m.rates = append(m.rates, rate)
			m.half = append(m.half, turns.Median(latencies))
			m.nearlyAll = append(m.nearlyAll, turns.Quantile(latencies, 0.99))
		}
		return nil
	})
}

// drive lets the callers send requests for a span of time.
func drive(ctx context.Context, e end, callers int, span time.Duration) (rate float64, latencies []float64, err error) {
	took := make([][]float64, callers)
	messages := make([][]byte, callers)
	for i := range messages {
		messages[i] = make([]byte, size)
		messages[i][0] = byte(i)
	}
	_, rate, err = turns.Drive(callers, span, func(i int) error {
		start := time.Now()
		answer, err := e.ask(ctx, messages[i])
		if err != nil {
			return err
		}
		took[i] = append(took[i], time.Since(start).Seconds())
		if len(answer) != size || answer[0] != byte(i) {
			return errors.New("the answer is another one's")
		}
		return nil
	})
	for _, t := range took {
		latencies = append(latencies, t...)
	}
	return rate, latencies, err
}

// end is the end of a connection that asks. Any number of goroutines may.
type end interface {
	ask(ctx context.Context, message []byte) ([]byte, error)
	close() error
}

type subject struct {
	name string
	open func() (end, error)
}

// subjects take turns in this order; the first is compared with the others.
var subjects = []subject{{"channel", openChannel}, {"net/rpc", openRPC}, {"gRPC", openStream}}

// queue holds the callers that wait on a connection whose answers come in the
// order of the requests.
type queue struct {
	mu      sync.Mutex
	waiting []chan answer
	failed  error
}

type answer struct {
	bytes []byte
	err   error
}

// join lets send send a request, and waits in the queue for its answer.
func (q *queue) join(send func() error) ([]byte, error) {
	mine := make(chan answer, 1)
	q.mu.Lock()
	err := q.failed
	if err == nil {
		if err = send(); err == nil {
			q.waiting = append(q.waiting, mine)
		}
	}
	q.mu.Unlock()
	if err != nil {
		return nil, err
	}
	a := <-mine
	return a.bytes, a.err
}

// serve gives what receive returns to the callers that wait, until it fails.
func (q *queue) serve(receive func() ([]byte, error)) {
	for {
		bytes, err := receive()
		q.mu.Lock()
		if err != nil {
			q.failed = err
			for _, w := range q.waiting {
				w <- answer{err: err}
			}
			q.mu.Unlock()
			return
		}
		first := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		first <- answer{bytes: bytes}
	}
}
