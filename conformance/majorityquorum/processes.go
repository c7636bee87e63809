package majorityquorum

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// everyone are all that record: replicas in processes of their own, and clients.
var everyone = slices.Concat(nodes, names)

func recorder(name, folder string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(folder, name, everyone, setups[0].header("processes", seed), new(lamportclock.Clock))
}

// processes lets clients work at once while replicas are killed, one at a time, and started
// again. Porcupine must find an order for what the clients were told.
func processes(ctx context.Context, run conformance.Run) (err error) {
	const rounds = 2
	p := toolbox.NewProcesses(ctx, run)
	caller, err := ssc.Listen("clients", "127.0.0.1:0", nil, ssc.Options{})
	if err != nil {
		return err
	}
	start := func(name string) error {
		if err := p.Start(name); err != nil {
			return err
		}
		return toolbox.ErrOf(caller.Peer(name, p.Address(name)))
	}
	for _, name := range nodes {
		err = errors.Join(err, start(name))
	}
	var working sync.WaitGroup
	failed, histories, begun := make([]error, len(names)), make([][]porcupine.Operation, len(names)), time.Now()
	for i := range names {
		working.Go(func() { histories[i], failed[i] = work(ctx, caller, i, run, 5*rounds, begun) })
	}
	for round := int64(0); round < rounds && err == nil; round++ {
		victim := toolbox.Pick(nodes, run.Seed+round)
		err = start(victim) // the clients do not wait for it
	}
	working.Wait()
	err = errors.Join(append(failed, err, caller.Close(), p.Kill(), toolbox.Merge(run, everyone))...)
	all := slices.Concat(histories...)
	if result := porcupine.CheckOperationsTimeout(registertest.Model, all, time.Minute); result != porcupine.Ok {
		err = errors.Join(err, fmt.Errorf("porcupine calls the history %s: %v", result, all))
	}
	return err
}

// work lets a client do random operations, and returns those that may have had an effect.
func work(ctx context.Context, caller *ssc.Node, client int, run conformance.Run, n int, begun time.Time) (all []porcupine.Operation, err error) {
	rec, err := recorder(names[client], run.Dir, run.Seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	o := setups[0].options(names[client], rec)
	o.Send = func(ctx context.Context, to string, m *mq.Message) (*mq.Message, error) {
		answer, err := channels.Request(ctx, caller, to, m.Encode())
		if err != nil {
			return nil, err
		}
		return mq.Decode(answer)
	}
	c, err := mq.Open(o)
	if err != nil {
		return nil, err
	}
	defer c.Wait()
	for _, e := range toolbox.Workload[event](run.Seed*10+int64(client), n, n) {
		one := porcupine.Operation{ClientId: client, Call: int64(time.Since(begun))}
		var cell mq.Cell
		if e.What%2 == 0 {
			one.Input = toolbox.Pick(values, e.Which)
			_, err = c.Write(ctx, one.Input.(string))
		} else {
			cell, err = c.Read(ctx)
		}
		one.Output, one.Return = cell.Value, int64(time.Since(begun))
		switch {
		case errors.Is(err, mq.ErrFailed):
			continue
		case errors.Is(err, mq.ErrUnknown):
			one.Return = math.MaxInt64 // it may take effect at any later time
		case err != nil:
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// child is the main function of a replica's process.
func child(args []string) error { return toolbox.RecordChild(args, recorder, serve) }

// serve is a replica that serves requests until the parent ends.
func serve(name, dir string, rec *trace.Recorder) error {
	r, err := mq.OpenReplica(mq.ReplicaOptions{Name: name, Path: filepath.Join(dir, name), Trace: rec})
	if err != nil {
		return err
	}
	_, err = channels.Serve(name, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		return r.Serve(request)
	})
	if err != nil {
		return err
	}
	toolbox.UntilParentEnds()
	return nil
}
