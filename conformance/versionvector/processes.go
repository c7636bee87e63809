package versionvector

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// stores are three replicas with goroutines, each with a disk of its own.
type stores struct {
	history
	rec     *trace.Recorder
	answers *toolbox.Answers
	disks   map[string]*disktest.Disk
	all     sync.Map // by name
}

// goroutines lets clients write while a disk crashes under one of the replicas, in each of
// three incarnations. In the last, all must come to have the same.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		s := &stores{rec: rec, answers: answers, disks: map[string]*disktest.Disk{
			nodes[0]: disktest.New(), nodes[1]: disktest.New(), nodes[2]: disktest.New(),
		}}
		var err error
		for i := range int64(3) {
			err = errors.Join(err, s.open(func() error { return s.work(run.Seed*3 + i) }))
		}
		return errors.Join(err, s.open(func() error { return s.converge(ctx) }))
	})
}

// open opens all stores, of which one key is recorded, and closes them after do. A store
// whose disk has crashed says so then.
func (s *stores) open(do func() error) (err error) {
	for _, name := range nodes {
		store, err := vv.Open(vv.Options{
			Name: name, Peers: peersOf(name), Send: s.send, Path: name, FS: s.disks[name],
			Trace: func(key string) *trace.Recorder { return map[string]*trace.Recorder{"k": s.rec}[key] },
		})
		if err != nil {
			return err
		}
		s.all.Store(name, store)
		defer func() { err = errors.Join(err, toolbox.Allow(store.Close(), vv.ErrStopped)) }()
	}
	return do()
}

func (s *stores) named(name string) *vv.Store {
	store, _ := s.all.Load(name)
	return store.(*vv.Store)
}

// send loses one of six messages, and brings one of six twice.
func (s *stores) send(to string, m *vv.Message) {
	for range toolbox.Pick([]int{0, 1, 1, 1, 1, 2}, rand.IntN(6)) {
		_ = s.named(to).Receive(m) // a store that has stopped takes nothing
	}
}

// work lets four clients read and write, each with what it has read last, wherever that was.
func (s *stores) work(seed int64) error {
	return toolbox.Concurrently(4, func(client int) (err error) {
		var read vv.Reply
		for n, op := range toolbox.Workload[operation](seed*10+int64(client), 3, 3) {
			name := toolbox.Pick(nodes, op.Node)
			if client == 0 && n == 2 {
				s.disks[toolbox.Pick(nodes, seed)].End(op.Other, seed)
			}
			if op.What%4 > 0 {
				read, err = s.get(name)
			}
			if err = errors.Join(err, s.put(name, read, values[int(seed%3)*12+client*3+n])); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *stores) get(name string) (vv.Reply, error) {
	read, err := s.named(name).Get("k")
	if err == nil {
		s.answers.AfterStep(s.rec, fmt.Sprint(name, " has ", read.Values), func(step string, args, _ *trace.Record) bool {
			return step == "Read" && args.String("node") == name && slices.Equal(valuesIn(args.Value("answer")), read.Values)
		})
	}
	return read, toolbox.Allow(err, vv.ErrStopped)
}

// put writes a value of two keys. What has returned must be on the replica's disk by then.
func (s *stores) put(name string, read vv.Reply, value string) error {
	s.wrote(value, read.Values)
	err := s.named(name).Put("k", read, value)
	if err == nil {
		s.durable(value)
		s.answers.AfterStep(s.rec, fmt.Sprint(value, " is written at ", name), func(step string, args, state *trace.Record) bool {
			return step == "Flush" && args.String("node") == name && slices.Contains(valuesIn(state.Value("disk")), value)
		})
		err = s.named(name).Put("other", vv.Reply{}, value)
	}
	return toolbox.Allow(err, vv.ErrStopped)
}

// valuesIn returns the values of a state that a trace shows, in ascending order.
func valuesIn(state trace.Value) []string {
	all := regexp.MustCompile(`v\d\d`).FindAllString(fmt.Sprint(state), -1)
	slices.Sort(all)
	return all
}

// converge lets all replicas ask each other until they have the same.
func (s *stores) converge(ctx context.Context) (err error) {
	have := make([][]string, len(nodes))
	late := new(toolbox.Patience).Eventually(ctx, "all replicas have the same", func() bool {
		for i, name := range nodes {
			for _, peer := range peersOf(name) {
				err = errors.Join(err, s.named(name).AntiEntropy(peer))
			}
			read, failed := s.get(name)
			have[i], err = read.Values, errors.Join(err, failed, s.named(name).Flush())
		}
		return slices.Equal(have[0], have[1]) && slices.Equal(have[0], have[2])
	})
	return errors.Join(err, late, s.history.check(have[0]))
}
