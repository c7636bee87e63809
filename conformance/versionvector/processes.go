package versionvector

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

var patience toolbox.Patience

// stores are three replicas with goroutines, each with a disk of its own.
type stores struct {
	history
	rec     *trace.Recorder
	answers *toolbox.Answers
	disks   map[string]*disktest.Disk
	open    sync.Map // the stores, by name
	fate    func() int
}

// goroutines lets clients write while a disk crashes under one of the replicas, in each of
// three incarnations. In the last, all must come to have the same.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		s := &stores{rec: rec, answers: answers, disks: map[string]*disktest.Disk{}}
		var mu sync.Mutex
		rng := rand.New(rand.NewPCG(uint64(run.Seed), 18))
		s.fate = func() int {
			mu.Lock()
			defer mu.Unlock()
			return rng.IntN(6)
		}
		for _, name := range nodes {
			s.disks[name] = disktest.New()
		}
		for incarnation := range int64(3) {
			if err := s.work(run.Seed*3 + incarnation); err != nil {
				return err
			}
		}
		s.fate = func() int { return 3 }
		return s.converge(ctx)
	})
}

// start opens all stores. What it returns closes them; that of a store whose disk has
// crashed says so.
func (s *stores) start() (stop func() error, err error) {
	var all []*vv.Store
	stop = func() (err error) {
		for _, store := range all {
			err = errors.Join(err, toolbox.Allow(store.Close(), vv.ErrStopped, disktest.ErrCrashed))
		}
		return err
	}
	for _, name := range nodes {
		store, err := vv.Open(vv.Options{Name: name, Peers: peersOf(name), Send: s.send, Path: name, FS: s.disks[name], Trace: s.trace})
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		s.open.Store(name, store)
		all = append(all, store)
	}
	return stop, nil
}

// trace records one key of several.
func (s *stores) trace(key string) *trace.Recorder {
	if key == "k" {
		return s.rec
	}
	return nil
}

// send loses one of six messages, and brings one of six twice.
func (s *stores) send(to string, m *vv.Message) {
	store, _ := s.open.Load(to)
	fate := s.fate()
	for range min(fate, 1) + fate/5 {
		_ = store.(*vv.Store).Receive(m) // a store that has stopped takes nothing
	}
}

// work lets four clients read and write, each with what it has read last, wherever that was.
func (s *stores) work(seed int64) error {
	stop, err := s.start()
	if err != nil {
		return err
	}
	err = toolbox.Concurrently(4, func(client int) error {
		var read vv.Reply
		for n, op := range toolbox.Workload[operation](seed*10+int64(client), 3, 3) {
			if client == 0 && n == 2 {
				s.disks[toolbox.Pick(nodes, seed)].End(op.Other, seed)
			}
			name := toolbox.Pick(nodes, op.Node)
			value := values[int(seed%3)*12+client*3+n]
			if op.What%4 > 0 {
				var err error
				if read, err = s.get(name); err != nil {
					return err
				}
			}
			if err := s.put(name, read, value); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, stop())
}

func (s *stores) get(name string) (vv.Reply, error) {
	store, _ := s.open.Load(name)
	read, err := store.(*vv.Store).Get("k")
	if err == nil {
		s.answers.AfterStep(s.rec, fmt.Sprint(name, " has ", read.Values), func(step string, args, _ *trace.Record) bool {
			return step == "Read" && args.String("node") == name && slices.Equal(valuesIn(args.Record("answer")), read.Values)
		})
	}
	return read, toolbox.Allow(err, vv.ErrStopped)
}

// put writes a value of two keys. What has returned must be on the replica's disk by then.
func (s *stores) put(name string, read vv.Reply, value string) error {
	opened, _ := s.open.Load(name)
	store := opened.(*vv.Store)
	s.wrote(value, read.Values)
	err := store.Put("k", read, value)
	if err == nil {
		s.durable(value)
		s.answers.AfterStep(s.rec, fmt.Sprint(value, " is written at ", name), func(step string, args, state *trace.Record) bool {
			return step == "Flush" && args.String("node") == name && slices.Contains(valuesIn(state.Record("disk")), value)
		})
		err = errors.Join(store.Put("other", vv.Reply{}, value), store.AntiEntropy(toolbox.Pick(peersOf(name), len(value))))
	}
	return toolbox.Allow(err, vv.ErrStopped)
}

// valuesIn returns the values of a state that a trace shows, in ascending order.
func valuesIn(state *trace.Record) (all []string) {
	for _, actor := range state.Names() {
		list, _ := state.Record(actor).Value("vals").([]trace.Value)
		for _, v := range list {
			all = append(all, fmt.Sprint(v))
		}
	}
	slices.Sort(all)
	return all
}

// converge lets all replicas ask each other until they have the same.
func (s *stores) converge(ctx context.Context) error {
	stop, err := s.start()
	if err != nil {
		return err
	}
	var final []string
	err = patience.Eventually(ctx, "all replicas have the same", func() bool {
		var have [][]string
		for _, name := range nodes {
			store, _ := s.open.Load(name)
			for _, peer := range peersOf(name) {
				err = errors.Join(err, store.(*vv.Store).AntiEntropy(peer))
			}
			read, failed := s.get(name)
			have, err = append(have, read.Values), errors.Join(err, failed, store.(*vv.Store).Flush())
		}
		final = have[0]
		return slices.Equal(have[1], final) && slices.Equal(have[2], final)
	})
	return errors.Join(err, stop(), s.history.check(final))
}
