package versionvector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// group is replicas whose clients work at once. All functions but hit are for one replica,
// which may be gone: get and put return an error then that wraps gone.
type group struct {
	rec  *trace.Recorder // of the clients
	get  func(name string) (vv.Reply, error)
	put  func(name string, read vv.Reply, value string) error // nil once it is durable
	ask  func(name string) error                              // it asks all others, and flushes
	save func(name string) error                              // it flushes
	hit  func(name string, seed int64) error                  // it will be gone, at once or soon
	gone error
}

// work lets four clients read and write, each with what it has read last, wherever that
// was. One replica is hit meanwhile. Part is the number of the part of the run.
func (g *group) work(seed int64, part int) error {
	seed = seed*3 + int64(part)
	return toolbox.Concurrently(4, func(client int) (err error) {
		var read vv.Reply
		for n, op := range toolbox.Workload[operation](seed*10+int64(client), 3, 3) {
			name, value := toolbox.Pick(nodes, op.Node), values[part*12+client*3+n]
			if client == 0 && n == 2 {
				err = errors.Join(err, g.hit(toolbox.Pick(nodes, seed), seed))
			}
			answer, failed := g.get(name)
			if op.What%4 > 0 && failed == nil {
				read = answer
			}
			unknown := g.put(name, read, value)
			err = errors.Join(err, toolbox.Allow(failed, g.gone), toolbox.Allow(unknown, g.gone, vv.ErrStale))
		}
		return err
	})
}

// converge lets all replicas ask each other until they have the same. The trace claims that
// in any case, so that replicas which never come to have the same are refused.
func (g *group) converge(ctx context.Context) (err error) {
	seen, polls := make(readers, len(nodes)), 0
	look := func(before func(name string) error) {
		for i, name := range nodes {
			done := before(name)
			read, failed := g.get(name)
			seen[i], err = read, errors.Join(err, done, failed)
		}
	}
	late := new(toolbox.Patience).Eventually(ctx, "all replicas have the same", func() bool {
		if polls++; polls%50 != 1 {
			return false // a connection takes its time
		}
		look(g.ask)
		return err != nil || seen.agree()
	})
	look(g.save) // what came last; to ask again might prune again
	seen.end(g.rec)
	return errors.Join(err, late)
}

// readers are what clients have read of all replicas.
type readers []vv.Reply

func (r readers) agree() bool {
	return !slices.ContainsFunc(r, func(read vv.Reply) bool {
		return !slices.Equal(read.Values, r[0].Values) || !maps.Equal(read.Context, r[0].Context)
	})
}

// end records that nothing is left to do.
func (r readers) end(rec *trace.Recorder) {
	step := rec.Step("End").String("node", "clients")
	for _, read := range r {
		step.Heard(read.Sent)
	}
	step.State(r)
}

// View adds what the spec's View("clients") has.
func (r readers) View(o *trace.Object) {
	var all []string
	for _, read := range r {
		all = append(all, read.Values...)
	}
	slices.Sort(all)
	o.Set("shown", slices.Compact(all)...)
}

// stores are three replicas with goroutines, each with a disk of its own.
type stores struct {
	group
	toolbox.Script
	answers *toolbox.Answers
	disks   map[string]*disktest.Disk
	all     sync.Map // by name
}

// goroutines lets clients write while a disk crashes under one of the replicas, in each of
// three incarnations. In the last, all must come to have the same.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) (err error) {
		s := &stores{answers: answers, disks: map[string]*disktest.Disk{"n1": disktest.New(), "n2": disktest.New(), "n3": disktest.New()}}
		s.group = group{rec: rec, get: s.read, put: s.write, gone: vv.ErrStopped,
			ask:  func(name string) error { return askAll(s.named(name), name) },
			save: func(name string) error { return s.named(name).Flush() },
			hit:  func(name string, seed int64) error { s.disks[name].End(uint8(seed), seed); return nil }}
		for part := range 3 {
			err = errors.Join(err, s.open(func() error { return s.work(run.Seed, part) }))
		}
		return errors.Join(err, s.open(func() error { return s.converge(ctx) }), s.Err())
	})
}

// askAll lets a store ask all others, and flush what has come from them.
func askAll(s *vv.Store, name string) (err error) {
	for _, peer := range toolbox.Without(nodes, name) {
		err = errors.Join(err, s.AntiEntropy(peer))
	}
	return errors.Join(err, s.Flush())
}

// open opens all stores, of which one key is recorded, and closes them after do. A store
// whose disk has crashed says so then.
func (s *stores) open(do func() error) (err error) {
	for _, name := range nodes {
		store, err := vv.Open(vv.Options{
			Name: name, Peers: toolbox.Without(nodes, name), Send: s.send, Path: name, FS: s.disks[name],
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
		s.Allow(s.named(to).Receive(m), vv.ErrStopped)
	}
}

func (s *stores) read(name string) (vv.Reply, error) {
	read, err := s.named(name).Get("k")
	if err == nil {
		s.answers.AfterStep(s.rec, fmt.Sprint(name, " has ", read.Values), func(step string, args, _ *trace.Record) bool {
			return step == "Read" && args.String("node") == name && slices.Equal(valuesIn(args.Value("answer")), read.Values)
		})
	}
	return read, err
}

// write writes a value of two keys. What has returned must be on the replica's disk by then.
func (s *stores) write(name string, read vv.Reply, value string) error {
	if err := s.named(name).Put("k", read, value); err != nil {
		return err
	}
	s.answers.AfterStep(s.rec, fmt.Sprint(value, " is written at ", name), func(step string, args, state *trace.Record) bool {
		return step == "Flush" && args.String("node") == name && slices.Contains(valuesIn(state.Value("disk")), value)
	})
	return toolbox.Allow(s.named(name).Put("other", vv.Reply{}, value), vv.ErrStopped)
}

// valuesIn returns the values of a state that a trace shows, in ascending order.
func valuesIn(state trace.Value) []string {
	return slices.Sorted(slices.Values(regexp.MustCompile(`v\d\d`).FindAllString(fmt.Sprint(state), -1)))
}

// all are the processes that record a run: the replicas, and the one that has the clients.
var all = append([]string{"clients"}, nodes...)

func recorder(name, folder string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(folder, name, all, header("processes", seed), new(lamportclock.Clock))
}

// processes lets clients write at once while one of the replicas is killed, three times. In
// the end all must come to have the same.
func processes(ctx context.Context, run conformance.Run) (err error) {
	p := toolbox.NewProcesses(ctx, run)
	var told sync.Map // by each value of which a client was told that it is written: where
	rec, err := recorder("clients", run.Dir, run.Seed)
	g := group{rec: rec, gone: toolbox.ErrEnded,
		get: func(name string) (read vv.Reply, err error) {
			answer, err := p.Ask(name, "get")
			return read, errors.Join(err, json.Unmarshal([]byte(answer), &read))
		},
		put: func(name string, read vv.Reply, value string) error {
			seen, err := json.Marshal(read)
			answer, failed := p.Ask(name, "put", value, string(seen))
			if answer == "<nil>" {
				told.Store(value, name)
			}
			return errors.Join(err, failed)
		},
		ask:  func(name string) error { return toolbox.ErrOf(p.Ask(name, "ask")) },
		save: func(name string) error { return toolbox.ErrOf(p.Ask(name, "save")) },
		hit:  func(name string, _ int64) error { return p.Named(name).KillNow() },
	}
	err = errors.Join(err, p.Start("n1"), p.Start("n2"), p.Start("n3"))
	for part := 0; part < 3 && err == nil; part++ {
		hit := toolbox.Pick(nodes, run.Seed*3+int64(part))
		err = errors.Join(p.Introduce(nodes...), g.work(run.Seed, part), p.Start(hit))
	}
	if err == nil {
		err = errors.Join(p.Introduce(nodes...), g.converge(ctx))
	}
	return errors.Join(err, p.Kill(), rec.Close(), toolbox.Merge(run, all), holdAgainst(run.Path, &told))
}

// holdAgainst holds what clients were told against a trace: their values came to the disks.
func holdAgainst(path string, told *sync.Map) error {
	err := toolbox.Replayed(path, func(step string, args, state *trace.Record) {
		if step == "Flush" {
			for _, value := range valuesIn(state.Value("disk")) {
				told.CompareAndDelete(value, args.String("node"))
			}
		}
	})
	told.Range(func(value, name any) bool {
		err = errors.Join(err, fmt.Errorf("%s is written at %s, says Put, and its disk never had it", value, name))
		return true
	})
	return err
}

// serve is a replica that does what the parent says until that ends. Messages are requests
// over TCP, without an answer.
func serve(name, folder string, rec *trace.Recorder) error {
	var node *ssc.Node
	var surprise toolbox.Script // no replica sends what another one refuses
	store, err := vv.Open(vv.Options{
		Name: name, Peers: toolbox.Without(nodes, name), Path: filepath.Join(folder, name),
		Trace: func(string) *trace.Recorder { return rec },
		Send: func(to string, m *vv.Message) {
			_, _ = channels.Request(context.Background(), node, to, m.Encode()) // anti-entropy repeats it
		},
	})
	if err != nil {
		return err
	}
	node, err = channels.Serve(name, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		defer func() { surprise.Check(recover() == nil, "a message makes %s panic: %s", name, request) }()
		m, err := vv.Decode(request)
		if err == nil {
			err = store.Receive(m)
		}
		surprise.Must(err)
		return nil, err
	})
	if err != nil {
		return err
	}
	return toolbox.Obey(func(words []string) (string, error) {
		answer := "ok"
		err := toolbox.Command(words[0], map[string]func() (err error){
			"know": func() (err error) { answer, err = channels.Know(node, words); return err },
			"ask":  func() error { return askAll(store, name) },
			"save": store.Flush,
			"get": func() error {
				read, err := store.Get("k")
				said, failed := json.Marshal(read)
				answer = string(said)
				return errors.Join(err, failed)
			},
			"put": func() error {
				var read vv.Reply
				err := errors.Join(json.Unmarshal([]byte(words[2]), &read), store.Put("k", read, words[1]))
				answer = fmt.Sprint(err) // nil, or that the client must read again
				return toolbox.Allow(err, vv.ErrStale)
			},
		})
		return answer, errors.Join(err, surprise.Err())
	})
}
