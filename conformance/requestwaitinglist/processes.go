package requestwaitinglist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

var patience toolbox.Patience

// goroutines lets answers race with expiry: each answer comes from a goroutine of its own,
// after about as long as the calls may take.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed, trace.MaxInt), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		list, err := rwl.Open[string](rwl.Options{Node: node, Incarnation: 1, Trace: rec})
		if err != nil {
			return err
		}
		list.Lead()
		c, script := &clients{rec: rec, answers: answers}, &toolbox.Script{}
		var under sync.WaitGroup
		sweeping, stop := context.WithCancel(ctx)
		under.Go(func() { _ = list.Run(sweeping, 50*time.Microsecond) })
		err = toolbox.Concurrently(4, func(i int) error {
			for k, op := range toolbox.Workload[operation](run.Seed*10+int64(i), 6, 6) {
				what, timeout := fmt.Sprintf("call %d.%d", i, k), time.Duration(100+op.At)*time.Microsecond
				_, err := list.Call(rwl.Request[string]{
					Group: peers[:3], Quorum: 2, Timeout: timeout, Done: c.done(what, 2, script.Must),
					Send: func(to string, id rwl.ID) error {
						under.Go(func() {
							time.Sleep(timeout * time.Duration(to[1]-'0') / 3)
							for range 2 {
								list.Receive(id, to, "yes of "+to, nil)
							}
						})
						return nil
					},
				})
				if err == nil {
					err = list.Wait(uint64(k+1), timeout, c.done(what+", index", 0, script.Must))
					list.Advance(uint64(k))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		wait := patience.Eventually(ctx, "all calls have ended", func() bool { return c.told.Load() == c.begun.Load() })
		stop()
		under.Wait()
		list.StepDown()
		return errors.Join(err, wait, script.Err())
	})
}

// overTCP calls peers by Single-Socket Channel. One of them is closed while calls wait for
// it: the end of its connection fails its requests, and the other two are a quorum.
func overTCP(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("tcp", run.Seed, trace.MaxInt), func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		c, script := &clients{rec: rec, answers: answers}, &toolbox.Script{}
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
		list, err := rwl.Open[string](rwl.Options{Node: node, Incarnation: uint64(run.Seed), Trace: rec})
		if err != nil {
			return err
		}
		list.Lead()
		ctx, cancel := patience.Context(ctx)
		defer cancel()
		var under sync.WaitGroup
		defer under.Wait()
		send := func(to string, id rwl.ID) error { return sendTCP(ctx, caller, list, &under, to, id) }
		call := func(what string, group []string, quorum int) {
			_, err := list.Call(rwl.Request[string]{
				Group: group, Quorum: quorum, Timeout: 5 * time.Minute, Send: send, Done: c.done(what, quorum, script.Must),
			})
			script.Must(err)
		}
		for i := range 5 {
			call(fmt.Sprint("majority ", i), peers[:3], 2)
		}
		call("all", peers[:3], 3) // which fails when p3 is closed
		<-dying
		under.Go(func() { _ = servers["p3"].Close() })
		close(died)
		err = patience.Eventually(ctx, "all calls have ended", func() bool { return c.told.Load() == c.begun.Load() })
		list.StepDown()
		return errors.Join(err, script.Err())
	})
}

// sendTCP sends a request, and hands on its answer from another goroutine. The ID goes with
// the request and comes back, as it would over a transport that does not match them.
func sendTCP(ctx context.Context, caller *ssc.Node, list *rwl.List[string], under *sync.WaitGroup, to string, id rwl.ID) error {
	channel, err := caller.Peer(to, "")
	if err != nil {
		return err
	}
	request, err := json.Marshal(id)
	if err != nil {
		return err
	}
	under.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, time.Second/2) // a closed peer may come back
		defer cancel()
		if answer, err := channel.Request(ctx, request); err != nil {
			list.Fail(id, err)
		} else {
			list.Receive(id, to, string(answer), nil)
		}
	})
	return nil
}
