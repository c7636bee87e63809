package requestwaitinglist

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

var patience toolbox.Patience

// goroutines lets answers race with expiry: each answer comes from a goroutine of its own,
// after about as long as the calls may take.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed, trace.MaxInt), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		c := &clients{rec: rec, answers: answers}
		if err := c.open(rwl.Options{Incarnation: 1}); err != nil {
			return err
		}
		var under sync.WaitGroup
		sweeping, stop := context.WithCancel(ctx)
		under.Go(func() { _ = c.list.Run(sweeping, 50*time.Microsecond) })
		err := toolbox.Concurrently(4, func(i int) error {
			for k, op := range toolbox.Workload[operation](run.Seed*10+int64(i), 6, 6) {
				what, timeout := fmt.Sprintf("call %d.%d", i, k), time.Duration(100+op.At)*time.Microsecond
				c.call(what, peers[:3], 2, timeout, func(to string, id rwl.ID) error {
					under.Go(func() {
						time.Sleep(timeout * time.Duration(to[1]-'0') / 3)
						for range 2 {
							c.list.Receive(id, to, "yes of "+to, nil)
						}
					})
					return nil
				})
				c.Must(c.list.Wait(uint64(k+1), timeout, c.done(what+", index", 0)))
				c.list.Advance(uint64(k))
			}
			return nil
		})
		err = errors.Join(err, patience.Eventually(ctx, "all calls have ended", c.haveEnded))
		stop()
		under.Wait()
		c.list.StepDown()
		c.list.Quiet()
		return errors.Join(err, c.Err())
	})
}

// overTCP calls peers by Single-Socket Channel. One of them is closed while calls wait for
// it: the end of its connection fails its requests, and the other two are a quorum.
func overTCP(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("tcp", run.Seed, trace.MaxInt), func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		c := &clients{rec: rec, answers: answers}
		caller, err := ssc.Listen(node, "127.0.0.1:0", nil, ssc.Options{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, caller.Close()) }()
		servers := map[string]*ssc.Node{}
		dying, died := make(chan struct{}, 100), make(chan struct{})
		for _, name := range peers[:3] {
			servers[name], err = ssc.Listen(name, "127.0.0.1:0", func(context.Context, string, []byte) ([]byte, error) {
				if name == "p3" { // it is at work when it is closed
					dying <- struct{}{}
					<-died
				}
				return []byte("yes of " + name), nil
			}, ssc.Options{})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, servers[name].Close()) }()
			if _, err = caller.Peer(name, servers[name].Addr().String()); err != nil {
				return err
			}
		}
		if err = c.open(rwl.Options{Incarnation: uint64(run.Seed)}); err != nil {
			return err
		}
		ctx, cancel := patience.Context(ctx)
		defer cancel()
		var under sync.WaitGroup
		defer under.Wait()
		// The channel matches answers to requests, so that the ID need not come back.
		send := func(to string, id rwl.ID) error {
			under.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, time.Second/2) // a closed peer may come back
				defer cancel()
				if answer, err := channels.Request(ctx, caller, to, fmt.Append(nil, id)); err != nil {
					c.list.Fail(id, err)
				} else {
					c.list.Receive(id, to, string(answer), nil)
				}
			})
			return nil
		}
		for i := range 5 {
			c.call(fmt.Sprint("majority ", i), peers[:3], 2, 5*time.Minute, send)
		}
		c.call("all", peers[:3], 3, 5*time.Minute, send) // which fails when p3 is closed
		<-dying
		under.Go(func() { _ = servers["p3"].Close() })
		close(died)
		err = patience.Eventually(ctx, "all calls have ended", c.haveEnded)
		c.list.StepDown()
		c.list.Quiet()
		return errors.Join(err, c.Err())
	})
}
