package generationclock

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
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
	toolbox.Script
	*toolbox.Processes
}

// processes lets each holder be a process. The leader is stopped, and goes on when
// there is another leader; the store and a voter are killed and started again.
func processes(ctx context.Context, run conformance.Run) error {
	h := &hosts{Processes: toolbox.NewProcesses(ctx, run)}
	for _, name := range all {
		h.Must(h.Start(name))
	}
	rounds, rng := toolbox.Length(run, 1, 10), rand.New(rand.NewPCG(uint64(run.Seed), 3))
	for ; rounds > 0 && h.Err() == nil; rounds-- {
		order := rng.Perm(len(nodes))
		h.pause(nodes[order[0]], nodes[order[1]], nodes[order[2]])
	}
	return errors.Join(h.Err(), h.Kill(), toolbox.Merge(run, all))
}

// pause is a leadership that ends while its leader stands still, before a write that
// it is about to make.
func (h *hosts) pause(old, next, voter string) {
	h.Must(h.Introduce(all...))
	h.Follow(strings.NewReplacer("old", old, "next", next).Replace(`
		old campaign ok, old order a ok, old write a ok
		suspend
		next campaign ok, next write b ok
		restart
		continue
		old write c deposed, old beat deposed
		next order d ok, next write d ok`),
		func(words []string) error {
			switch words[0] {
			case "suspend":
				return h.Named(old).Suspend()
			case "restart":
				return errors.Join(h.Start(store), h.Start(voter), h.Introduce(next, store, voter))
			case "continue":
				return errors.Join(h.Named(old).Continue(), h.Introduce(old))
			}
			last := len(words) - 1
			return h.Order(words[0], words[last], words[1:last]...)
		})
}

// server is a holder in a process of its own.
type server struct {
	shell
	channels *ssc.Node
}

// child is the main function of a holder's process.
func child(args []string) error { return toolbox.RecordChild(args, recorder, serve) }

func recorder(name, dir string, seed int64) (*trace.Recorder, error) {
	return toolbox.ResumeProcess(dir, name, all, header("processes", seed), new(lamportclock.Clock))
}

// serve is a holder that does what the parent says until that ends.
func serve(name, dir string, rec *trace.Recorder) (err error) {
	s := &server{}
	if s.shell, err = openShell(name, filepath.Join(dir, name), nil, s.send, rec); err != nil {
		return err
	}
	s.channels, err = channels.Serve(name, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		m, err := gc.Decode(request)
		if err != nil {
			return nil, err
		}
		answer, err := s.Receive(m)
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

// obey does what the parent asks for, again until it is done or the node is deposed: with real
// time and real sockets a message may come too late. A paused leader sends no answer, so what
// is sent to all does not wait for long.
func (s *server) obey(words []string) (string, error) {
	if words[0] == "know" {
		return channels.Know(s.channels, words)
	}
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_, err := perform(ctx, s.shell.(*gc.Node), words[0], words[len(words)-1])
		cancel()
		switch {
		case err == nil, errors.Is(err, gc.ErrNotAllowed): // it leads already
			return "ok", nil
		case errors.Is(err, gc.ErrNotLeader):
			return "deposed", nil
		case toolbox.Allow(err, gc.ErrNotElected, gc.ErrNoAnswer) != nil:
			return "", err
		}
	}
}
