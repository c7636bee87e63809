package generationclock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// hosts are the processes of the nodes and the store.
type hosts struct {
	ctx      context.Context
	run      conformance.Run
	patience toolbox.Patience
	rng      *rand.Rand
	running  map[string]*toolbox.Process
	address  map[string]string
}

func traceFile(dir, name string) string { return filepath.Join(dir, name+".ndjson") }

// processes lets each holder be a process. The leader is stopped, and goes on when
// there is another leader; the store and a voter are killed and started again.
func processes(ctx context.Context, run conformance.Run) (err error) {
	h := &hosts{ctx: ctx, run: run, rng: rand.New(rand.NewPCG(uint64(run.Seed), 3)), running: map[string]*toolbox.Process{}, address: map[string]string{}}
	err = h.story()
	var files []string
	for _, name := range all {
		if p := h.running[name]; p != nil {
			err = errors.Join(err, p.Kill())
		}
		files = append(files, traceFile(run.Dir, name))
	}
	return errors.Join(err, run.WriteMerged(files...))
}

func (h *hosts) story() error {
	for _, name := range all {
		if err := h.start(name); err != nil {
			return err
		}
	}
	for _, name := range all {
		if err := h.tell(name); err != nil {
			return err
		}
	}
	rounds := 1
	if h.run.Long {
		rounds = 10
	}
	for range rounds {
		order := h.rng.Perm(len(nodes))
		if err := h.pause(nodes[order[0]], nodes[order[1]], nodes[order[2]]); err != nil {
			return err
		}
	}
	return nil
}

// pause is a leadership that ends while its leader stands still, before a write that
// it is about to make.
func (h *hosts) pause(old, next, voter string) error {
	for _, act := range []func() error{
		func() error { return h.ask("leads", old, "campaign") },
		func() error { return h.ask("ok", old, "order", "a") },
		func() error { return h.ask("ok", old, "write", "a") },
		h.running[old].Suspend,
		func() error { return h.ask("leads", next, "campaign") },
		func() error { return h.ask("ok", next, "write", "b") },
		func() error { return h.restart(old, store, voter) },
		h.running[old].Continue,
		func() error { return h.tell(old) },
		func() error { return h.ask("deposed", old, "write", "c") },
		func() error { return h.ask("deposed", old, "beat") },
		func() error { return h.ask("ok", next, "order", "d") },
		func() error { return h.ask("ok", next, "write", "d") },
	} {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

// restart kills processes while they may be at work, and starts them again. One that
// stands still is not told where they are.
func (h *hosts) restart(still string, names ...string) error {
	for _, name := range names {
		if err := errors.Join(h.running[name].Kill(), h.start(name)); err != nil {
			return err
		}
	}
	for _, name := range all {
		if name != still {
			if err := h.tell(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// start starts a process, which says where it listens.
func (h *hosts) start(name string) (err error) {
	if h.running[name], err = toolbox.Start(h.ctx, h.run, name, name, h.run.Dir, fmt.Sprint(h.run.Seed)); err != nil {
		return err
	}
	ctx, cancel := h.patience.Context(h.ctx)
	defer cancel()
	h.address[name], err = h.running[name].Line(ctx)
	return err
}

// tell tells a process where the others are.
func (h *hosts) tell(name string) error {
	words := []string{"know"}
	for _, other := range all {
		if other != name {
			words = append(words, other, h.address[other])
		}
	}
	return h.ask("ok", name, words...)
}

// ask asks a process for something until it says what it must say: with real time and
// real sockets a message may come too late.
func (h *hosts) ask(want, name string, words ...string) error {
	ctx, cancel := h.patience.Context(h.ctx)
	defer cancel()
	for {
		answer, err := h.running[name].Ask(ctx, words...)
		if err != nil || answer == want {
			return err
		}
		if !strings.HasPrefix(answer, "again") {
			return fmt.Errorf("%s: %s: it says %q, and not %q", name, words[0], answer, want)
		}
	}
}

// server is a holder in a process of its own.
type server struct {
	channels *ssc.Node
	node     *gc.Node // nil in the store's process
}

// child is the main function of a holder's process.
func child(args []string) (err error) {
	var name, dir string
	var seed int64
	if err := toolbox.Arguments(args, "NAME FOLDER SEED", &name, &dir, &seed); err != nil {
		return err
	}
	h := header("processes", seed)
	h.Process = &trace.Process{Name: name, All: all, Run: fmt.Sprint(seed)}
	rec, _, err := toolbox.Resume(traceFile(dir, name), h)
	if err != nil {
		return err
	}
	rec.UseClock(new(lamportclock.Clock))
	defer func() { err = errors.Join(err, rec.Close()) }()
	s := &server{}
	var receive func(m *gc.Message) (*gc.Message, error)
	if path := filepath.Join(dir, name); name == store {
		st, err := gc.OpenStore(gc.StoreOptions{Name: name, Path: path, Trace: rec})
		if err != nil {
			return err
		}
		receive = st.Receive
	} else {
		s.node, err = gc.Open(gc.Options{Name: name, Peers: peersOf(name), Send: s.send, Path: path, Trace: rec})
		if err != nil {
			return err
		}
		receive = s.node.Receive
	}
	s.channels, err = ssc.Listen(name, "127.0.0.1:0", func(_ context.Context, _ string, request []byte) ([]byte, error) {
		m, err := gc.Decode(request)
		if err != nil {
			return nil, err
		}
		answer, err := receive(m)
		if answer == nil || err != nil {
			return nil, err
		}
		return answer.Encode(), nil
	}, ssc.Options{})
	if err != nil {
		return err
	}
	fmt.Println(s.channels.Addr())
	return toolbox.Obey(s.obey)
}

// send is a gc.Transport over TCP.
func (s *server) send(ctx context.Context, to string, m *gc.Message) (*gc.Message, error) {
	channel, err := s.channels.Peer(to, "")
	if err != nil {
		return nil, err
	}
	answer, err := channel.Request(ctx, m.Encode())
	if err != nil || len(answer) == 0 {
		return nil, err
	}
	return gc.Decode(answer)
}

// obey does what the parent asks for. A paused leader sends no answer, so
// what is sent to all does not wait for long.
func (s *server) obey(words []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var err error
	switch words[0] {
	case "know":
		for known := range slices.Chunk(words[1:], 2) {
			if _, err := s.channels.Peer(known[0], known[1]); err != nil {
				return "", err
			}
		}
		return "ok", nil
	case "campaign":
		if s.node.Status().Role != gc.Leader {
			_, err = s.node.Campaign(ctx)
		}
		if err == nil {
			return "leads", nil
		}
	case "beat":
		err = s.node.Beat(ctx)
	case "order":
		_, err = s.node.Order(ctx, words[1])
	case "write":
		err = s.node.Write(ctx, store, words[1])
	}
	switch {
	case err == nil:
		return "ok", nil
	case errors.Is(err, gc.ErrNotLeader):
		return "deposed", nil
	}
	return "again: " + strings.ReplaceAll(err.Error(), "\n", " "), nil
}
