package versionvector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

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
			if answer == "ok" {
				told.Store(value, name)
			}
			return errors.Join(err, failed)
		},
		ask:  func(name string) error { return toolbox.ErrOf(p.Ask(name, "ask")) },
		save: func(name string) error { return toolbox.ErrOf(p.Ask(name, "save")) },
		hit:  func(name string, _ int64) error { return p.Named(name).KillNow() },
	}
	for _, name := range nodes {
		err = errors.Join(err, p.Start(name))
	}
	for part := 0; part < 4 && err == nil; part++ {
		err = p.Introduce(nodes...)
		switch {
		case err != nil:
		case part < 3:
			err = errors.Join(g.work(run.Seed, part), p.Start(toolbox.Pick(nodes, run.Seed*3+int64(part))))
		default:
			err = g.converge(ctx)
		}
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

// child is the main function of a replica's process.
func child(args []string) error { return toolbox.RecordChild(args, recorder, serve) }

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
				if errors.Is(err, vv.ErrStale) {
					answer = "stale"
				}
				return toolbox.Allow(err, vv.ErrStale)
			},
		})
		return answer, errors.Join(err, surprise.Err())
	})
}
