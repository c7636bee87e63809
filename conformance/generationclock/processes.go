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
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// hosts are the processes of the nodes and the store.
type hosts struct {
	*toolbox.Processes
	ctx context.Context
}

// processes lets each holder be a process. The leader is stopped, and goes on when
// there is another leader; the store and a voter are killed and started again.
func processes(ctx context.Context, run conformance.Run) error {
	h := &hosts{toolbox.NewProcesses(ctx, run), ctx}
	err := h.restart("", all...)
	rounds, rng := toolbox.Length(run, 1, 10), rand.New(rand.NewPCG(uint64(run.Seed), 3))
	for ; rounds > 0 && err == nil; rounds-- {
		order := rng.Perm(len(nodes))
		err = h.pause(nodes[order[0]], nodes[order[1]], nodes[order[2]])
	}
	return errors.Join(err, h.Kill(), toolbox.Merge(run, all))
}

// pause is a leadership that ends while its leader stands still, before a write that
// it is about to make.
func (h *hosts) pause(old, next, voter string) error {
	var s toolbox.Script
	s.Follow(`
		old campaign leads, old order a ok, old write a ok
		suspend
		next campaign leads, next write b ok
		restart
		continue
		old write c deposed, old beat deposed
		next order d ok, next write d ok`,
		func(words []string) error {
			switch words[0] {
			case "suspend":
				return h.Named(old).Suspend()
			case "restart":
				return h.restart(old, store, voter)
			case "continue":
				return errors.Join(h.Named(old).Continue(), h.Introduce(old))
			}
			name := map[string]string{"old": old, "next": next}[words[0]]
			return h.ask(name, words[1:len(words)-1], words[len(words)-1])
		})
	return s.Err()
}

// restart kills processes while they may be at work, and starts them again. One that
// stands still is not told where they are.
func (h *hosts) restart(still string, names ...string) error {
	for _, name := range names {
		if err := h.Start(name); err != nil {
			return err
		}
	}
	return h.Introduce(slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == still })...)
}

// ask asks a process for something until it says what it must say: with real time and
// real sockets a message may come too late.
func (h *hosts) ask(name string, words []string, want string) error {
	ctx, cancel := h.Context(h.ctx)
	defer cancel()
	for {
		answer, err := h.Named(name).Ask(ctx, words...)
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
func child(args []string) error { return toolbox.RecordChild(args, recorder, serve) }

func recorder(name, dir string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(dir, name, all, header("processes", seed), new(lamportclock.Clock))
}

// serve is a holder that does what the parent says until that ends.
func serve(name, dir string, rec *trace.Recorder) (err error) {
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
	s.channels, err = channels.Serve(name, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		m, err := gc.Decode(request)
		if err != nil {
			return nil, err
		}
		answer, err := receive(m)
		if answer == nil || err != nil {
			return nil, err
		}
		return answer.Encode(), nil
	})
	if err != nil {
		return err
	}
	return toolbox.Obey(s.obey)
}

// send is a gc.Transport over TCP.
func (s *server) send(ctx context.Context, to string, m *gc.Message) (*gc.Message, error) {
	answer, err := channels.Request(ctx, s.channels, to, m.Encode())
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
		return channels.Know(s.channels, words)
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
