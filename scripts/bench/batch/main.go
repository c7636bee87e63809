// Command batch measures how many requests of 100 bytes a second Lockstep's Request Batch
// carries from many callers to one server, by the size of a batch and by the linger, beside
// no batching: with one request in flight, as there is one batch in flight, and with one for
// each caller.
//
//	cd scripts/bench && go run ./batch -plot ../../docs/requestbatch.svg
//
// Client and server are in one process, on TCP by Single-Socket Channel. The server answers
// each request with itself. Without batching each request is a message of the channel. All
// take turns, a short span each and round
// after round, so that a machine that changes its pace meets all of them alike. The table
// has medians, and -plot draws them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lockstep-tla/lockstep/impl/requestbatch"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

const callers = 256

var (
	sizes   = []int{1 << 10, 4 << 10, 16 << 10, 64 << 10}
	lingers = []time.Duration{0, time.Millisecond, 5 * time.Millisecond}
	request = make([]byte, 100)
)

// point is one way to send requests.
type point struct {
	size   int // of a batch; 0 for no batching
	window int // how many messages may be in flight
	linger time.Duration
	rate   float64 // requests a second, a median
}

func main() { turns.Main("batch", run) }

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("batch", flag.ContinueOnError)
	plot := flags.String("plot", "", "draw this SVG file, too")
	length, err := turns.Parse(flags, args)
	if err != nil {
		return err
	}
	points := []point{{window: 1}, {window: callers}}
	for _, linger := range lingers {
		for _, size := range sizes {
			points = append(points, point{size: size, window: 1, linger: linger})
		}
	}
	if err := measure(ctx, points, length); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s; %s; %d callers, requests of %d bytes\n\n", turns.Machine(), length, callers, len(request))
	const row = "%10s %10s %8s %12s  %s\n"
	fmt.Fprintf(out, row, "batch", "in flight", "linger", "requests/s", "beside one request in flight")
	for _, p := range points {
		size, linger := "none", ""
		if p.size > 0 {
			size, linger = fmt.Sprintf("%d KiB", p.size>>10), p.linger.String()
		}
		fmt.Fprintf(out, row, size, fmt.Sprint(p.window), linger, fmt.Sprintf("%.0f", p.rate),
			fmt.Sprintf("%.1f times as fast", p.rate/points[0].rate))
	}
	if *plot == "" {
		return nil
	}
	return os.WriteFile(*plot, draw(points), 0o644)
}

// end is a client with its server.
type end struct {
	server, client *ssc.Node
	batcher        *requestbatch.Batcher // nil for no batching
	call           func(ctx context.Context, request []byte) ([]byte, error)
}

func open(p point) (e *end, err error) {
	e = &end{}
	handler := func(_ context.Context, _ string, request []byte) ([]byte, error) { return request, nil }
	if p.size > 0 {
		handler = requestbatch.NewServer(func(_ context.Context, _ requestbatch.Position, request []byte) ([]byte, error) {
			return request, nil
		}, requestbatch.ServerOptions{}).Handle
	}
	if e.server, err = ssc.Listen("server", "127.0.0.1:0", handler, ssc.Options{Window: p.window}); err != nil {
		return nil, err
	}
	if e.client, err = ssc.Listen("client", "", nil, ssc.Options{Window: p.window}); err != nil {
		return nil, errors.Join(err, e.server.Close())
	}
	channel, err := e.client.Peer("server", e.server.Addr().String())
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	e.call = channel.Request
	if p.size > 0 {
		e.batcher, err = requestbatch.Open(requestbatch.Options{
			Client: "client", Send: channel.Request, MaxSize: p.size, Linger: p.linger,
		})
		if err != nil {
			return nil, errors.Join(err, e.close())
		}
		e.call = e.batcher.Call
	}
	return e, nil
}

func (e *end) close() (err error) {
	if e.batcher != nil {
		err = e.batcher.Close(context.Background())
	}
	return errors.Join(err, e.client.Close(), e.server.Close())
}

// measure lets all take turns, and sets their rates.
func measure(ctx context.Context, points []point, length turns.Length) (err error) {
	ends, rates := make([]*end, len(points)), make([][]float64, len(points))
	for i, p := range points {
		if ends[i], err = open(p); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, ends[i].close()) }()
	}
	err = turns.Take(ctx, length.Rounds+1, len(points), func(i, round int) error {
		_, rate, err := turns.Drive(callers, length.Span, func(int) error {
			_, err := ends[i].call(ctx, request)
			return err
		})
		if round > 0 { // the first one is to warm up
			rates[i] = append(rates[i], rate)
		}
		return err
	})
	for i := range points {
		points[i].rate = turns.Median(rates[i])
	}
	return err
}
