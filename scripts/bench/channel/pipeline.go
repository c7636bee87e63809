package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/scripts/bench/turns"
)

// inFlight is how many requests a pipeline has in flight, and how many callers there are.
const inFlight = 64

var delays = []time.Duration{0, time.Millisecond, 10 * time.Millisecond}

// delay is that of the connections that are made from now on, in each direction.
var delay time.Duration

// pipelines take turns in this order; the first is compared with the others.
var pipelines = []subject{
	{"pipeline", func() (end, error) { return openPipeline(inFlight) }},
	{"one by one", func() (end, error) { return openPipeline(1) }},
	subjects[1], subjects[2],
}

// runPipelines prints a table of the pipelines at each delay.
func runPipelines(ctx context.Context, length turns.Length, out io.Writer) error {
	fmt.Fprintf(out, "%s; %d B there and back; %d callers; %s\n\n", turns.Machine(), size, inFlight, length)
	const row = "%8s  %-10s %11s  %17s  %10s  %s\n"
	fmt.Fprintf(out, row, "one way", "", "requests/s", "middle half", "half in", pipelines[0].name+" is")
	for _, delay = range delays {
		measured, err := measure(ctx, pipelines, inFlight, length)
		if err != nil {
			return fmt.Errorf("%v one way: %w", delay, err)
		}
		for i, s := range pipelines {
			ratio, m := "", measured[i]
			if i > 0 {
				ratio = fmt.Sprintf("%.2f times as fast", turns.Median(turns.Ratios(measured[0].rates, m.rates)))
			}
			fmt.Fprintf(out, row, delay, s.name, fmt.Sprintf("%.0f", turns.Median(m.rates)),
				fmt.Sprintf("%.0f-%.0f", turns.Quantile(m.rates, 0.25), turns.Quantile(m.rates, 0.75)), micros(m.half), ratio)
		}
	}
	delay = 0
	return nil
}

// pipeline is Lockstep's.
type pipeline struct {
	server *rp.Server
	client *rp.Client
}

func openPipeline(most int) (end, error) {
	server, err := rp.Listen(loopback, func(r rp.Request) []byte { return r.Body }, rp.ServerOptions{})
	if err != nil {
		return nil, err
	}
	p := &pipeline{server: server}
	p.client, err = rp.Open(rp.Options{
		Client: "client", Process: 1, MaxInFlight: most,
		Dial: func(context.Context) (net.Conn, error) { return dial(server.Addr().String()) },
	})
	if err != nil {
		_, closed := server.Close()
		return nil, errors.Join(err, closed)
	}
	return p, nil
}

func (p *pipeline) ask(ctx context.Context, message []byte) ([]byte, error) {
	return p.client.Call(ctx, message)
}

func (p *pipeline) close() error {
	err := p.client.Close()
	_, closed := p.server.Close()
	return errors.Join(err, closed)
}

// dial makes a connection with the delay.
func dial(addr string) (net.Conn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil || delay == 0 {
		return conn, err
	}
	near, far := net.Pipe()
	go carry(conn, far, delay)
	go carry(far, conn, delay)
	return near, nil
}

// carry carries bytes from one connection to another, each later by the delay. Those that
// come meanwhile are under way, too. It closes both at the end.
func carry(to io.WriteCloser, from io.ReadCloser, delay time.Duration) {
	type piece struct {
		bytes []byte
		at    time.Time
	}
	way := make(chan piece, 4096)
	var writing sync.WaitGroup
	writing.Go(func() {
		for p := range way {
			time.Sleep(time.Until(p.at))
			if _, err := to.Write(p.bytes); err != nil {
				_ = from.Close()
			}
		}
	})
	for buf := make([]byte, 64<<10); ; {
		n, err := from.Read(buf)
		if n > 0 {
			way <- piece{append([]byte(nil), buf[:n]...), time.Now().Add(delay)}
		}
		if err != nil {
			break
		}
	}
	close(way)
	writing.Wait()
	_, _ = to.Close(), from.Close()
}
